// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"

#include <plait/runtime/error.hpp>
#include <plait/runtime/offload.hpp>
#include <plait/runtime/task_group.hpp>
#include <plait/runtime/thread_pool.hpp>

#include <numeric>
#include <optional>

namespace plait::stress {
namespace {

struct failed {};

thread_pool_options any_pool(dice& d) {
    return {.threads = static_cast<std::size_t>(d.between(1, 4)), .on_demand = d.chance(50)};
}

/// The number of leaves of a tree of tasks, each of which waits for those it has submitted.
long leaves(thread_pool& pool, int depth) {
    if (depth == 0) return 1;
    auto left = pool.submit(leaves, std::ref(pool), depth - 1);
    auto right = pool.submit(leaves, std::ref(pool), depth - 1);
    return left.get() + right.get();
}

long leaves_of_forks(int depth) {
    if (depth == 0) return 1;
    long left = 0, right = 0;
    invoke([&] { left = leaves_of_forks(depth - 1); }, [&] { right = leaves_of_forks(depth - 1); });
    return left + right;
}

// Every task ends in exactly one way: with its value, its exception, or by being cancelled; and one that was not called
// is cancelled.
const scene every_task_ends_once("thread_pool", [](round& r) {
    thread_pool pool(any_pool(r));
    std::atomic<long> called{0}, ended{0}, refused{0}, submitted{0};
    event never;
    troupe clients(r), closer(r);
    clients.start(r.between(1, 5), [&](actor& a) {
        for (int i = a.between(1, 20); i > 0; --i) {
            int fate = a.between(0, 3);
            a.doing("submit");
            future<int> f;
            try {
                f = pool.submit([&, fate] {
                    ++called;
                    struct counts_the_end {
                        std::atomic<long>& ended;
                        ~counts_the_end() { ++ended; }
                    } at_the_end{ended};
                    if (fate == 0) throw failed();
                    if (fate == 1) never.wait();
                    return fate;
                });
            } catch (const error& e) {
                r.check(e.code() == errc::pool_shut_down, "a pool that is open takes work");
                return;
            }
            ++submitted;
            shield until_it_ended; // it refers to what the round has
            if (a.chance(30)) a.dawdle();
            if (fate == 1 || a.chance(20)) f.cancel();
            a.doing("get");
            try {
                r.check(f.get() == fate && fate > 1, "a value comes from who returned it");
            } catch (const failed&) {
                r.check(fate == 0, "an exception comes from who threw it");
            } catch (const error& e) {
                r.check(e.code() == errc::task_cancelled, "who has neither was cancelled");
            }
        }
    });
    if (r.chance(30))
        closer.start(1, [&](actor& a) {
            a.dawdle();
            a.doing("shutdown");
            pool.shutdown(a.chance(50) ? unstarted_tasks::run : unstarted_tasks::drop);
        });
    for (int i = r.between(0, 2); i > 0; --i)
        clients.cancel_one();
    clients.join();
    closer.join();
    pool.shutdown();
    r.check(called == ended, "what was called has ended");
    r.check(called <= submitted, "nothing is called twice");
    r.check(pool.stats().queued == 0, "nothing is left in the queue");
});

const scene tasks_wait_for_tasks("thread_pool_tree", [](round& r) {
    thread_pool pool(any_pool(r));
    int depth = r.between(1, 7);
    troupe clients(r);
    clients.start(r.between(1, 3), [&](actor& a) {
        a.doing("get");
        r.check(
            pool.submit(leaves, std::ref(pool), depth).get() == 1L << depth, "every task's value reaches its parent");
    });
});

const scene results_in_order("thread_pool_map", [](round& r) {
    thread_pool pool(any_pool(r));
    troupe clients(r);
    clients.start(r.between(1, 3), [&](actor& a) {
        std::vector<int> items(static_cast<std::size_t>(a.between(1, 60)));
        std::iota(items.begin(), items.end(), 0);
        int fails_at = a.chance(30) ? a.between(0, 59) : -1;
        int expected = 0;
        a.doing("map");
        try {
            for (int result : pool.map(
                     [fails_at](int n) {
                         if (n == fails_at) throw failed();
                         return n * 2;
                     },
                     items, static_cast<std::size_t>(a.between(1, 8)))) {
                r.check(result == 2 * expected++, "results come in the order of the items");
                if (a.chance(3)) return; // what is left is cancelled
            }
            r.check(expected == static_cast<int>(items.size()), "each item has its result");
        } catch (const failed&) {
            r.check(fails_at >= 0, "a failure comes from who failed");
        }
    });
    for (int i = r.between(0, 2); i > 0; --i)
        clients.cancel_one();
});

// invoke() and groups, by all kinds of parties at once, on the pool that they share.
const scene forks_are_joined("task_group", [](round& r) {
    int depth = r.between(1, 8);
    troupe parents(r);
    parents.start(r.between(1, 4), [&](actor& a) {
        if (a.chance(50)) {
            a.doing("invoke");
            r.check(leaves_of_forks(depth) == 1L << depth, "every fork is joined");
            return;
        }
        int count = a.between(1, 30), fails_at = a.chance(30) ? a.between(1, 30) : 0;
        std::atomic<int> running{0}, called{0};
        task_group group;
        struct nobody_is_left {
            const round& r;
            std::atomic<int>& running;
            ~nobody_is_left() { r.check(running == 0, "what a group has run has ended when it was waited for"); }
        } at_the_end{r, running};
        for (int i = 1; i <= count; ++i)
            group.run([&, i] {
                ++running;
                ++called;
                if (i % 7 == 0) std::this_thread::yield();
                --running;
                if (i == fails_at) throw failed();
            });
        if (a.chance(10)) group.cancel();
        bool is_cancelled = group.is_cancelled();
        a.doing("wait");
        try {
            group.wait();
            r.check(is_cancelled || called == count, "everything of a group that nobody cancelled is called");
        } catch (const failed&) {
            r.check(fails_at > 0, "a failure comes from who failed");
        }
    });
    for (int i = r.between(0, 2); i > 0; --i)
        parents.cancel_one();
});

// What is offloaded refers to the caller's frame: it must have ended when the call returns, also to one that was cancelled.
const scene offloaded_calls_end_first("offload", [](round& r) {
    event never;
    troupe callers(r);
    callers.start(r.between(1, 6), [&](actor& a) {
        for (int i = a.between(1, 10); i > 0; --i) {
            struct frame {
                const round& r;
                std::atomic<bool> in_use{false};
                ~frame() { r.check(!in_use, "a call that was offloaded has ended when offload returns"); }
            } here{r};
            bool waits = a.chance(30);
            a.doing("offload");
            int got = offload([&] {
                struct use {
                    std::atomic<bool>& flag;
                    explicit use(std::atomic<bool>& f) : flag(f) { flag = true; }
                    ~use() { flag = false; }
                } used(here.in_use);
                if (waits) static_cast<void>(never.wait_for(std::chrono::microseconds(200)));
                return i;
            });
            r.check(got == i, "what was returned comes back");
        }
    });
    for (int i = r.between(0, 3); i > 0; --i)
        callers.cancel_one();
});

} // namespace
} // namespace plait::stress
