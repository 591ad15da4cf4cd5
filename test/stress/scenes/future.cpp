// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"
#include "../tracked.hpp"

#include <plait/runtime/future.hpp>

#include <stdexcept>

namespace plait::stress {
namespace {

struct failed {};

/// Waits for the result in any of the ways that there are, until it is there.
tracked get_somehow(actor& a, future<tracked>& f) {
    while (!f.is_done()) {
        switch (a.between(0, 3)) {
        case 0:
            a.doing("get_for");
            try {
                return std::move(f).get_for(std::chrono::microseconds(a.between(0, 300)));
            } catch (const timeout_error&) {
                break;
            }
        case 1:
            a.doing("wait_for");
            static_cast<void>(f.wait_for(std::chrono::microseconds(a.between(0, 300))));
            break;
        default: a.doing("wait"); f.wait();
        }
    }
    a.doing("get");
    return std::move(f).get();
}

const scene every_promise_is_kept_or_broken("future", [](round& r) {
    tracked::ledger results;
    std::atomic<int> announced{0};
    int count = r.between(1, 20);
    for (int i = 0; i < count; ++i) {
        promise<tracked> p;
        future<tracked> f = p.get_future();
        if (r.chance(50))
            f.on_done([&] { ++announced; });
        else
            ++announced;
        troupe readers(r), producers(r);
        readers.start(1, [&, f = std::make_shared<future<tracked>>(std::move(f))](actor& a) {
            a.dawdle();
            try {
                results.note_taken(get_somehow(a, *f).value());
            } catch (const failed&) {
                a.doing("failed");
            } catch (const error& e) {
                r.check(e.code() == errc::broken_promise, "a promise is kept, fails or is broken");
            }
        });
        producers.start(1, [&, p = std::make_shared<promise<tracked>>(std::move(p))](actor& a) {
            auto own = std::move(*p);
            a.dawdle();
            if (a.chance(20)) return; // broken
            if (a.chance(20)) return own.set_exception(std::make_exception_ptr(failed()));
            tracked result(results);
            results.note_put(result.value());
            own.set_value(std::move(result));
        });
    }
    r.check(results.put() == results.taken(), "every result is read once");
    r.check(results.alive() == 0, "no result is left behind");
    r.check(announced == count, "every end is announced once");
});

} // namespace
} // namespace plait::stress
