// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/event.hpp>
#include <plait/runtime/task_group.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace plait;

namespace {

long fib(int n) {
    if (n < 2) return n;
    long a = 0, b = 0;
    invoke([&] { a = fib(n - 1); }, [&] { b = fib(n - 2); });
    return a + b;
}

long fib_of_groups(int n) {
    if (n < 2) return n;
    long a = 0, b = 0;
    task_group group;
    group.run([&] { a = fib_of_groups(n - 1); });
    b = fib_of_groups(n - 2);
    group.wait();
    return a + b;
}

// A tree that is visited by one group: each visit brings forth the next ones and does not wait for them.
void visit(task_group& group, std::atomic<int>& visited, int depth) {
    ++visited;
    if (depth == 0) return;
    for (int child = 0; child < 2; ++child)
        group.run([&group, &visited, depth] { visit(group, visited, depth - 1); });
}

void wait_for(const std::atomic<bool>& flag) {
    while (!flag)
        std::this_thread::yield();
}

} // namespace

BOOST_AUTO_TEST_SUITE(task_group_suite)

BOOST_AUTO_TEST_CASE(invoke_calls_every_function_whoever_calls_it) {
    test::for_every_kind([](test::parties& party) {
        std::vector<std::atomic<int>> calls(5);
        party([&] { invoke([&] { ++calls[0]; }, [&] { ++calls[1]; }, [&] { ++calls[2]; }); });
        party([&] { invoke([&] { ++calls[3]; }, [&] { ++calls[4]; }); });
        party.join();
        BOOST_TEST(std::all_of(calls.begin(), calls.end(), [](auto& n) { return n == 1; }));
    });
}

BOOST_AUTO_TEST_CASE(recursive_invoke_gives_the_right_result_with_any_number_of_workers) {
    for (std::size_t threads : {1u, 2u, 3u, 8u}) {
        thread_pool pool({.threads = threads});
        BOOST_TEST(pool.submit(fib, 18).get() == 2'584);
    }
}

BOOST_AUTO_TEST_CASE(recursive_groups_give_the_right_result_with_any_number_of_workers) {
    for (std::size_t threads : {1u, 2u, 3u, 8u}) {
        thread_pool pool({.threads = threads});
        BOOST_TEST(pool.submit(fib_of_groups, 15).get() == 610);
    }
}

BOOST_AUTO_TEST_CASE(what_invoke_forks_is_stolen_by_a_worker_that_is_free) {
    thread_pool pool({.threads = 2});
    pool.submit([] {
            std::atomic<bool> second_runs{false};
            invoke([&] { wait_for(second_runs); }, [&] { second_runs = true; });
        })
        .get();
    BOOST_TEST(pool.stats().stolen >= 1u);
}

BOOST_AUTO_TEST_CASE(one_that_waits_for_a_thief_helps_it) {
    thread_pool pool({.threads = 2});
    pool.submit([] {
            std::atomic<bool> stolen{false}, helped{false};
            invoke(
                [&] { wait_for(stolen); }, // so that the other is not taken back
                [&] {
                    stolen = true;
                    invoke(
                        [&] { wait_for(helped); },
                        [&] { helped = true; }); // by the one that waits, as nobody else is free
                });
        })
        .get();
    BOOST_TEST(pool.stats().stolen >= 2u);
}

BOOST_AUTO_TEST_CASE(one_that_sleeps_while_it_waits_for_a_thief_is_woken_to_help_it) {
    thread_pool pool({.threads = 2});
    pool.submit([] {
            std::atomic<bool> stolen{false}, helped{false};
            invoke(
                [&] { wait_for(stolen); },
                [&] {
                    stolen = true;
                    for (int i = 0; i < 20'000; ++i) // longer than anybody spins
                        std::this_thread::yield();
                    invoke([&] { wait_for(helped); }, [&] { helped = true; });
                });
        })
        .get();
    BOOST_TEST(pool.stats().stolen >= 2u);
}

BOOST_AUTO_TEST_CASE(one_that_waits_for_a_group_of_another_pool_takes_none_of_that_pool_s_tasks) {
    thread_pool waits({.threads = 1}), works({.threads = 1});
    bool ran_where_it_was_submitted = false;
    waits
        .submit([&] {
            future<bool> task;
            task_group group(works);
            group.run([&] {
                task = works.submit([&] { return works.runs_here(); });
                for (int i = 0; i < 20'000; ++i) // longer than anybody spins
                    std::this_thread::yield();
            });
            group.wait();
            ran_where_it_was_submitted = task.get();
        })
        .get();
    BOOST_TEST(ran_where_it_was_submitted);
    BOOST_TEST(waits.stats().run == 1u);
}

BOOST_AUTO_TEST_CASE(the_first_failure_is_thrown_when_all_that_began_have_ended) {
    thread_pool pool({.threads = 2});
    std::atomic<bool> stolen{false}, ended{false};
    auto f = pool.submit([&] {
        invoke(
            [&] {
                wait_for(stolen);
                throw std::out_of_range("first");
            },
            [&] {
                stolen = true;
                std::this_thread::yield();
                ended = true;
            });
    });
    BOOST_CHECK_THROW(f.get(), std::out_of_range);
    BOOST_TEST(ended);
}

BOOST_AUTO_TEST_CASE(a_failure_on_a_thief_is_thrown_to_the_caller) {
    thread_pool pool({.threads = 2});
    auto f = pool.submit([] {
        std::atomic<bool> stolen{false};
        invoke(
            [&] { wait_for(stolen); },
            [&] {
                stolen = true;
                throw std::length_error("on the thief");
            });
    });
    BOOST_CHECK_THROW(f.get(), std::length_error);
}

BOOST_AUTO_TEST_CASE(a_failure_reaches_a_caller_that_is_no_worker) {
    test::for_every_kind([](test::parties& party) {
        bool caught = false;
        party([&] {
            try {
                invoke([] { throw std::out_of_range("x"); }, [] {});
            } catch (const std::out_of_range&) {
                caught = true;
            }
        });
        party.join();
        BOOST_TEST(caught);
    });
}

BOOST_AUTO_TEST_CASE(what_was_not_begun_when_the_first_function_failed_is_not_called) {
    thread_pool pool({.threads = 1});
    bool was_called = false;
    auto f = pool.submit([&] { invoke([] { throw 1; }, [&] { was_called = true; }); });
    BOOST_CHECK_THROW(f.get(), int);
    BOOST_TEST(!was_called);
}

BOOST_AUTO_TEST_CASE(tasks_that_are_posted_inside_a_fork_are_not_run_inside_its_join) {
    thread_pool pool({.threads = 1});
    std::atomic<int> depth{0}, deepest{0}, left{100};
    event over;
    std::function<void()> step = [&] {
        deepest = std::max(deepest.load(), ++depth);
        invoke([&] { left == 0 ? over.set() : pool.post(step); }, [&] { --left; });
        --depth;
    };
    pool.post(step);
    over.wait();
    pool.shutdown();
    BOOST_TEST(deepest == 1);
}

BOOST_AUTO_TEST_CASE(a_group_waits_for_all_it_was_given_whoever_waits) {
    test::for_every_kind([](test::parties& party) {
        std::atomic<int> run{0}, seen{0};
        for (int p = 0; p < 3; ++p)
            party([&] {
                std::atomic<int> mine{0};
                task_group group;
                for (int i = 0; i < 200; ++i)
                    group.run([&] {
                        ++mine;
                        ++run;
                    });
                group.wait();
                if (mine == 200) ++seen;
            });
        party.join();
        BOOST_TEST(run == 600);
        BOOST_TEST(seen == 3);
    });
}

BOOST_AUTO_TEST_CASE(functions_of_a_group_may_give_it_more) {
    test::for_every_kind([](test::parties& party) {
        std::atomic<int> visited{0};
        party([&] {
            task_group group;
            visit(group, visited, 9);
            group.wait();
        });
        party.join();
        BOOST_TEST(visited == 1'023);
    });
    thread_pool pool({.threads = 1});
    std::atomic<int> visited{0};
    pool.submit([&] {
            task_group group;
            visit(group, visited, 9);
            group.wait();
        })
        .get();
    BOOST_TEST(visited == 1'023);
}

BOOST_AUTO_TEST_CASE(a_group_can_be_used_again_after_a_failure) {
    thread_pool pool({.threads = 2});
    task_group group(pool);
    group.run([] { throw std::out_of_range("x"); });
    BOOST_CHECK_THROW(group.wait(), std::out_of_range);
    bool called = false;
    group.run([&] { called = true; });
    group.wait();
    BOOST_TEST(called);
}

BOOST_AUTO_TEST_CASE(what_a_cancelled_group_has_not_begun_is_not_called) {
    thread_pool pool({.threads = 1});
    event begun, may_go;
    auto block = pool.submit([&] {
        begun.set();
        may_go.wait();
    });
    begun.wait();
    task_group group(pool);
    std::atomic<int> calls{0};
    auto token = std::make_shared<int>(1);
    for (int i = 0; i < 10; ++i)
        group.run([&calls, token] { ++calls; });
    group.cancel();
    may_go.set();
    group.wait();
    BOOST_TEST(calls == 0);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_is_cancelled_while_it_waits_leaves_when_what_has_begun_has_ended) {
    run([] {
        thread_pool pool({.threads = 1});
        event begun, may_go;
        std::atomic<bool> ended{false}, second_called{false};
        bool ended_before_it_left = false, was_cancelled = false;
        auto waits = spawn([&] {
            task_group group(pool);
            group.run([&] {
                begun.set();
                may_go.wait();
                ended = true;
            });
            group.run([&] { second_called = true; });
            try {
                group.wait();
            } catch (const cancelled&) {
                was_cancelled = true;
                ended_before_it_left = ended;
                throw;
            }
        });
        begun.wait();
        waits.cancel();
        yield();
        may_go.set();
        waits.wait();
        BOOST_TEST(was_cancelled);
        BOOST_TEST(ended_before_it_left);
        BOOST_TEST(!second_called);
    });
}

BOOST_AUTO_TEST_CASE(a_loop_goes_on_while_one_of_its_coroutines_waits_for_workers) {
    run([] {
        event may_go;
        auto computes = spawn([&] { invoke([&] { may_go.wait(); }, [] {}); });
        yield();
        may_go.set(); // by the loop that a blocked invoke would have stopped
        computes.join();
        BOOST_TEST(computes.is_done());
    });
}

BOOST_AUTO_TEST_SUITE_END()
