// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"

#include <plait/coro/run.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>

#include <memory>

namespace plait::stress {
namespace {

struct failed {};

/// Counts itself in, and out however it ends.
class head_count {
public:
    explicit head_count(std::atomic<long>& alive) noexcept : alive_(alive) { ++alive_; }
    head_count(const head_count& other) noexcept : alive_(other.alive_) { ++alive_; }
    head_count& operator=(const head_count&) = delete;
    ~head_count() { --alive_; }

private:
    std::atomic<long>& alive_;
};

loop& any_loop(actor& a) { return *loops()[a.next() % loops().size()]; }

/// The number of leaves of a tree of coroutines that lie on the loops by chance.
long leaves(actor& a, dice d, int depth) {
    a.doing("spawn");
    if (depth == 0) return 1;
    std::vector<task<long>> children;
    for (int i = 0; i < 3; ++i) {
        children.push_back(spawn(
            [&a, depth, seed = d.next()] { return leaves(a, dice(seed), depth - 1); },
            {.on = loops()[d.next() % loops().size()]}));
    }
    long sum = 0;
    for (auto& child : children)
        sum += std::move(child).join();
    return sum;
}

const scene every_child_is_joined("tasks", [](round& r) {
    int depth = r.between(1, 4);
    long expected = 1;
    for (int i = 0; i < depth; ++i)
        expected *= 3;
    troupe parents(r);
    parents.start(1, [&](actor& a) {
        r.check(leaves(a, dice(a.next()), depth) == expected, "every child's value reaches its parent");
    });
});

// A task ends with its value, its exception, or by being cancelled; whichever it is, it leaves nothing behind.
const scene every_task_ends("tasks_end", [](round& r) {
    std::atomic<long> alive{0};
    event never;
    troupe parents(r);
    parents.start(r.between(1, 4), [&](actor& a) {
        for (int i = a.between(1, 20); i > 0; --i) {
            a.doing("spawn");
            int fate = a.between(0, 3);
            auto t = spawn(
                [&, fate, here = head_count(alive)] {
                    head_count running(alive);
                    if (fate == 0) throw failed();
                    if (fate == 1) never.wait();
                    if (fate == 2) yield();
                    return fate;
                },
                {.on = &any_loop(a)});
            if (a.chance(50)) a.dawdle();
            if (fate == 1 && a.chance(50)) t.cancel();
            if (fate == 1 && !a.chance(20)) continue; // its handle cancels it
            if (fate == 1) t.cancel();
            a.doing("join");
            try {
                r.check(t.join() == fate, "a task ends with the value that it returned");
                r.check(fate > 1, "a value comes from who returned one");
            } catch (const failed&) {
                r.check(fate == 0, "an exception comes from who threw it");
            } catch (const error& e) {
                r.check(fate == 1 && e.code() == errc::task_cancelled, "who was cancelled says so");
            }
        }
    });
    parents.join();
    r.check(alive == 0, "no coroutine, and nothing that it held, is left");
});

const scene many_join_one("tasks_joined_by_many", [](round& r) {
    event begin;
    auto one = spawn(
        [&] {
            begin.wait();
            return 42;
        },
        {.on = loops()[r.next() % loops().size()]});
    troupe joiners(r);
    joiners.start(r.between(1, 6), [&](actor& a) {
        a.dawdle();
        a.doing("join");
        r.check(one.join() == 42, "everybody who joins gets the value");
    });
    for (int i = r.between(0, 2); i > 0; --i)
        joiners.cancel_one();
    begin.set();
    joiners.join();
    one.wait();
});

const scene detached_tasks_end("tasks_detached", [](round& r) {
    std::weak_ptr<int> held;
    {
        auto held_by_all = std::make_shared<int>();
        held = held_by_all;
        troupe parents(r);
        parents.start(r.between(1, 4), [&](actor& a) {
            for (int i = a.between(1, 20); i > 0; --i) {
                a.doing("spawn");
                spawn([held_by_all] { yield(); }, {.on = &any_loop(a)}).detach();
            }
        });
    }
    troupe watchers(r);
    watchers.start(1, [&](actor& a) {
        while (!held.expired())
            a.dawdle();
    });
});

} // namespace
} // namespace plait::stress
