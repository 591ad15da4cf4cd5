// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"

#include <plait/coro/run.hpp>
#include <plait/runtime/future.hpp>
#include <plait/runtime/gather.hpp>

namespace plait::stress {
namespace {

struct failed {};

// Tasks on any loop that end in any order; some fail, and then the others are cancelled. A task that was moved in is
// joined by then, so what they refer to may go.
const scene all_or_the_first_failure("gather", [](round& r) {
    troupe parents(r);
    parents.start(r.between(1, 3), [&](actor& a) {
        for (int i = a.between(1, 5); i > 0; --i) {
            std::atomic<int> running{0};
            bool may_fail = a.chance(50);
            int count = a.between(1, 6);
            std::vector<task<int>> children;
            a.doing("spawn");
            for (int n = 0; n < count; ++n) {
                auto wait = std::chrono::microseconds(a.between(0, 300));
                bool fails = may_fail && a.chance(30);
                children.push_back(spawn(
                    [&running, wait, fails, n] {
                        ++running;
                        try {
                            sleep_for(wait);
                        } catch (...) {
                            --running;
                            throw;
                        }
                        --running;
                        if (fails) throw failed();
                        return n;
                    },
                    {.on = loops()[a.next() % loops().size()]}));
            }
            a.doing("gather");
            try {
                auto values = gather(std::move(children));
                for (int n = 0; n < count; ++n)
                    r.check(values[static_cast<std::size_t>(n)] == n, "values come in the order of the tasks");
            } catch (const failed&) {
                r.check(may_fail, "who fails was meant to");
            }
            r.check(running == 0, "no task that was gathered is left running");
        }
    });
    for (int i = r.between(0, 2); i > 0; --i)
        parents.cancel_one();
});

const scene each_one_completes("gather_as_completed", [](round& r) {
    troupe readers(r);
    readers.start(r.between(1, 3), [&](actor& a) {
        int count = a.between(1, 6);
        std::vector<task<int>> children;
        a.doing("spawn");
        for (int n = 1; n <= count; ++n)
            children.push_back(spawn(
                [n, wait = std::chrono::microseconds(a.between(0, 300))] {
                    sleep_for(wait);
                    return n;
                },
                {.on = loops()[a.next() % loops().size()]}));
        int sum = 0;
        a.doing("as_completed");
        for (auto& child : as_completed(children)) {
            r.check(child.is_done(), "what is given out has completed");
            sum += child.join();
        }
        r.check(sum == count * (count + 1) / 2, "each is given out once");
    });
    if (r.chance(30)) readers.cancel_one();
});

} // namespace
} // namespace plait::stress
