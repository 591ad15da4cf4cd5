// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Coroutines: what users of gevent, asyncio and trio rely on, each in a thousand orders of turns. Stacks (83), loops (82, 84,
// 87), locks (81), futures (85) and greenlets (88) have their lines beside what they are about.
#include "support/interleavings.hpp"
#include "support/parties.hpp"
#include "support/unhandled.hpp"

#include <plait/coro/coro_pool.hpp>
#include <plait/coro/scope.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/gather.hpp>
#include <plait/runtime/mutex.hpp>
#include <plait/runtime/queue.hpp>
#include <plait/runtime/semaphore.hpp>
#include <plait/runtime/timeout.hpp>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;
using test::in_every_order;
using test::require;

namespace {

void sleep_for_ever() { sleep_for(1000h); }

duration passed() { return loop::current()->now() - time_point(); }

} // namespace

BOOST_AUTO_TEST_SUITE(coroutines_conformance)

// conformance A: run one
BOOST_AUTO_TEST_CASE(one_coroutine_is_run_and_its_value_returned) {
    in_every_order([] { require(spawn([] { return 7; }).join() == 7, "the value was lost"); });
    BOOST_TEST(run([] { return 3; }) == 3);
}

// conformance A: run three
BOOST_AUTO_TEST_CASE(three_coroutines_run_side_by_side) {
    in_every_order([] {
        std::vector<task<void>> three;
        for (int i = 1; i <= 3; ++i)
            three.push_back(spawn([i] { sleep_for(i * 1s); }));
        gather(three);
        require(passed() == 3s, "they waited for each other");
    });
}

// conformance A: results in order; 85
BOOST_AUTO_TEST_CASE(gathered_results_are_in_the_order_of_the_tasks) {
    in_every_order([] {
        std::vector<task<int>> tasks;
        for (int i : {3, 1, 2})
            tasks.push_back(spawn([i] {
                sleep_for(i * 1s);
                return i;
            }));
        require(gather(std::move(tasks)) == std::vector{3, 1, 2}, "not the order of the tasks");
    });
}

// conformance A: results as completed; 85
BOOST_AUTO_TEST_CASE(results_come_as_they_are_completed) {
    in_every_order([] {
        std::vector<task<int>> tasks;
        for (int i : {3, 1, 2})
            tasks.push_back(spawn([i] {
                sleep_for(i * 1s);
                return i;
            }));
        std::vector<int> order;
        for (auto& t : as_completed(tasks))
            order.push_back(t.join());
        require(order == std::vector{1, 2, 3}, "not the order of completion");
    });
}

// conformance A: spawn/join/joinall/value
BOOST_AUTO_TEST_CASE(those_that_were_spawned_are_joined_together_and_then_have_their_values) {
    in_every_order([] {
        std::vector<task<int>> tasks;
        for (int i = 0; i < 5; ++i)
            tasks.push_back(spawn([i] {
                sleep_for((5 - i) * 1s);
                if (i == 3) throw std::runtime_error("three");
                return i;
            }));
        auto [done, pending] = wait_for(1500ms, tasks);
        require(done.size() == 1 && pending.size() == 4, "a timed wait waits for one");
        static_cast<void>(wait(tasks));
        int sum = 0;
        for (auto& t : tasks) {
            require(t.is_done(), "joined, and not done");
            if (&t != &tasks[3]) sum += t.join();
        }
        require(sum == 0 + 1 + 2 + 4, "a value is wrong");
        require(test::code_of([&] { static_cast<void>(wait(tasks)); }) == boost::system::error_code(), "wait throws");
        try {
            tasks[3].join();
            require(false, "the exception was lost");
        } catch (const std::runtime_error&) {
        }
    });
}

// conformance A: blocking-looking code that switches by itself
BOOST_AUTO_TEST_CASE(code_that_looks_as_if_it_blocked_lets_the_others_go_on) {
    in_every_order([] {
        queue<int> numbers(1);
        int sum = 0;
        in_scope([&](scope& s) {
            s.spawn([&] {
                for (int i = 1; i <= 10; ++i)
                    numbers.put(i);
                numbers.close();
            });
            s.spawn([&] {
                try {
                    for (;;)
                        sum += numbers.get();
                } catch (const queue_closed&) {
                }
            });
        });
        require(sum == 55, "not everything arrived");
    });
}

// conformance A: 22 workers, 5 at a time
BOOST_AUTO_TEST_CASE(of_twenty_two_workers_five_work_at_a_time) {
    int inside = 0, most = 0;
    auto work = [&] {
        most = std::max(most, ++inside);
        sleep_for(1s);
        --inside;
    };
    in_every_order([&] {
        most = 0;
        bounded_semaphore desks(5);
        in_scope([&](scope& s) {
            for (int i = 0; i < 22; ++i)
                s.spawn([&] {
                    permit mine(desks);
                    work();
                });
        });
        require(most == 5 && passed() == 5s, "a semaphore that lets in too many, or too few");
    });
    in_every_order([&] {
        most = 0;
        coro_pool pool(5);
        for (int i = 0; i < 22; ++i)
            pool.spawn(work);
        pool.join();
        require(most == 5 && passed() == 5s, "a pool that lets in too many, or too few");
    });
}

// conformance 75
BOOST_AUTO_TEST_CASE(value_and_exception_come_through_join_as_often_as_it_is_called) {
    in_every_order([] {
        auto value = spawn([] { return std::string("duck"); });
        auto failure = spawn([] { throw std::out_of_range("burnt"); });
        for (int i = 0; i < 2; ++i) {
            require(value.join() == "duck", "the value is another one");
            try {
                failure.join();
                require(false, "the exception was lost");
            } catch (const std::out_of_range& e) {
                require(e.what() == std::string("burnt"), "the exception is another one");
            }
        }
    });
}

// conformance 76
BOOST_AUTO_TEST_CASE(one_that_is_cancelled_before_its_start_never_starts) {
    in_every_order([] {
        bool called = false;
        auto t = spawn([&] { called = true; });
        t.cancel();
        require(test::code_of([&] { t.join(); }) == errc::task_cancelled, "it did not end as cancelled");
        require(!called, "it was called");
    });
}

// conformance 76
BOOST_AUTO_TEST_CASE(one_that_is_cancelled_while_it_sleeps_ends_at_once) {
    in_every_order([] {
        auto t = spawn(sleep_for_ever);
        sleep_for(1s);
        t.cancel();
        require(test::code_of([&] { t.join(); }) == errc::task_cancelled, "it did not end as cancelled");
        require(passed() == 1s, "it slept on");
    });
}

// conformance 76
BOOST_AUTO_TEST_CASE(one_that_is_cancelled_while_it_holds_a_lock_leaves_it_to_the_next) {
    in_every_order([] {
        mutex m;
        bool next_had_it = false;
        auto holder = spawn([&] {
            std::lock_guard guard(m);
            sleep_for_ever();
        });
        sleep_for(1s);
        auto next = spawn([&] {
            std::lock_guard guard(m);
            next_had_it = true;
        });
        auto gives_up = spawn([&] { std::lock_guard guard(m); });
        sleep_for(1s);
        gives_up.cancel(); // while it waits for the lock
        holder.cancel();
        next.join();
        gives_up.wait();
        require(next_had_it && m.try_lock(), "the lock is not free");
        m.unlock();
    });
}

// conformance 76
BOOST_AUTO_TEST_CASE(a_cancellation_inside_the_cleaning_up_cuts_it_short_unless_it_is_shielded) {
    in_every_order([] {
        std::string done;
        auto cleans_up = [&](bool shielded) {
            return [&done, shielded] {
                try {
                    sleep_for_ever();
                } catch (const cancelled&) {
                    if (shielded) {
                        shield until_done;
                        sleep_for(1s);
                        done += "shielded ";
                    }
                    sleep_for(1s);
                    done += "not cut short";
                }
            };
        };
        auto bare = spawn(cleans_up(false)), shielded = spawn(cleans_up(true));
        sleep_for(1s);
        bare.cancel();
        shielded.cancel();
        sleep_for(500ms);
        shielded.cancel(); // once more, while it cleans up
        bare.wait();
        shielded.wait();
        require(done == "shielded ", "cleaning up did: " + done);
        require(bare.is_cancelled() && shielded.is_cancelled(), "a second wait did not throw");
    });
}

// conformance 76
BOOST_AUTO_TEST_CASE(cancelling_one_that_has_ended_does_nothing) {
    in_every_order([] {
        auto t = spawn([] { return 7; });
        t.wait();
        t.cancel();
        require(t.join() == 7 && !t.is_cancelled(), "the value was lost");
    });
}

// conformance 77
BOOST_AUTO_TEST_CASE(of_nested_timeouts_the_inner_one_ends_and_then_the_outer_one) {
    in_every_order([] {
        std::string order;
        auto outer = test::code_of([&] {
            timeout(10s, [&] {
                auto inner = test::code_of([] { timeout(2s, sleep_for_ever); });
                order += inner == errc::timed_out && passed() == 2s ? "inner " : "? ";
                sleep_for_ever();
            });
        });
        order += outer == errc::timed_out && passed() == 10s ? "outer" : "?";
        require(order == "inner outer", order);
        auto wrong_way_round = test::code_of([&] {
            timeout(2s, [&] {
                timeout(10s, sleep_for_ever);
                order = "the inner one ended";
            });
        });
        require(
            wrong_way_round == errc::timed_out && order == "inner outer", "an inner timeout holds up the outer one");
        require(passed() == 12s, "too late");
    });
}

// conformance 77, with what was spawned
BOOST_AUTO_TEST_CASE(children_are_bound_by_the_timeouts_around_their_scope) {
    in_every_order([] {
        std::string order;
        auto outer = test::code_of([&] {
            timeout(10s, [&] {
                in_scope([&](scope& s) {
                    s.spawn([&] {
                        require(current_deadline().at() == time_point(10s), "a child does not know its deadline");
                        auto inner = test::code_of([&] {
                            timeout(2s, [] { in_scope([](scope& inside) { inside.spawn(sleep_for_ever); }); });
                        });
                        order += inner == errc::timed_out && passed() == 2s ? "inner " : "? ";
                        sleep_for_ever();
                        order += "? ";
                    });
                    s.spawn(sleep_for_ever);
                });
            });
        });
        order += outer == errc::timed_out && passed() == 10s ? "outer" : "?";
        require(order == "inner outer", order);
    });
}

// conformance 78
BOOST_AUTO_TEST_CASE(the_first_failure_in_a_scope_cancels_the_siblings_and_all_are_joined) {
    in_every_order([] {
        int begun = 0, ended = 0;
        try {
            in_scope([&](scope& s) {
                for (int i = 0; i < 3; ++i)
                    s.spawn([&] {
                        ++begun;
                        try {
                            sleep_for_ever();
                        } catch (const cancelled&) {
                            shield cleaning_up;
                            sleep_for(1s);
                            ++ended;
                            throw;
                        }
                    });
                s.spawn([] {
                    sleep_for(1s);
                    throw std::out_of_range("burnt");
                });
                sleep_for_ever();
            });
            require(false, "the failure was lost");
        } catch (const std::out_of_range&) {
        }
        require(begun == 3 && ended == 3 && passed() == 2s, "a sibling went on, or was not waited for");
    });
}

// conformance 78
BOOST_AUTO_TEST_CASE(all_errors_of_a_scope_are_kept) {
    in_every_order([] {
        try {
            in_scope([](scope& s) {
                for (int i = 1; i <= 3; ++i)
                    s.spawn([i] {
                        try {
                            sleep_for(i * 1s);
                        } catch (const cancelled&) {
                        }
                        throw std::runtime_error(std::to_string(i));
                    });
            });
            require(false, "the failures were lost");
        } catch (const exception_group& group) {
            std::vector<std::string> texts;
            for (const auto& e : group.exceptions())
                try {
                    std::rethrow_exception(e);
                } catch (const std::runtime_error& one) {
                    texts.emplace_back(one.what());
                }
            require(texts.size() == 3 && texts.front() == "1", "not the first one first: " + std::string(group.what()));
            std::sort(texts.begin(), texts.end());
            require(texts == std::vector<std::string>{"1", "2", "3"}, "one was lost");
        }
    });
}

// conformance 79
BOOST_AUTO_TEST_CASE(one_may_wait_in_a_catch_block_and_throw_on) {
    in_every_order([] {
        auto throws = [](int number) {
            return [number] {
                try {
                    throw number;
                } catch (int first) {
                    for (int i = 0; i < 3; ++i) {
                        try {
                            throw std::to_string(number);
                        } catch (const std::string& second) {
                            yield();
                            require(second == std::to_string(number), "another's exception");
                        }
                        require(first == number, "another's exception");
                    }
                    throw;
                }
            };
        };
        std::vector<task<void>> tasks;
        for (int i = 0; i < 5; ++i)
            tasks.push_back(spawn(throws(i)));
        for (int i = 0; i < 5; ++i)
            try {
                tasks[static_cast<std::size_t>(i)].join();
                require(false, "nothing was thrown on");
            } catch (int thrown) {
                require(thrown == i, "another's exception was thrown on");
            }
    });
}

// conformance 79
BOOST_AUTO_TEST_CASE(one_may_wait_in_a_destructor_during_unwinding_and_uncaught_exceptions_are_its_own) {
    struct waits_when_destroyed {
        bool& saw_its_own;

        ~waits_when_destroyed() {
            for (int i = 0; i < 3; ++i) {
                saw_its_own &= std::uncaught_exceptions() == 1;
                yield();
            }
        }
    };
    in_every_order([] {
        auto unwinds = [] {
            bool saw_its_own = true;
            try {
                waits_when_destroyed guard{saw_its_own};
                throw 7;
            } catch (int seven) {
                require(seven == 7 && std::uncaught_exceptions() == 0, "unwinding went wrong");
            }
            require(saw_its_own, "another's count");
        };
        auto first = spawn(unwinds), second = spawn(unwinds);
        auto other = spawn([] {
            for (int i = 0; i < 5; ++i) {
                require(std::uncaught_exceptions() == 0, "another's count");
                yield();
            }
        });
        gather(first, second, other);
    });
}

// conformance 80
BOOST_AUTO_TEST_CASE(errno_belongs_to_a_coroutine) {
    in_every_order([] {
        in_scope([](scope& s) {
            for (int number = 1; number <= 5; ++number)
                s.spawn([number] {
                    errno = number;
                    for (int i = 0; i < 3; ++i) {
                        yield();
                        require(errno == number, "another's errno");
                    }
                });
        });
    });
}

// conformance 86
BOOST_AUTO_TEST_CASE(an_exception_of_a_detached_coroutine_is_reported_with_its_name) {
    test::unhandled_exceptions reported;
    in_every_order([] {
        spawn([] { throw std::runtime_error("burnt"); }, {.name = "duck"}).detach();
        spawn(sleep_for_ever).detach(); // is cancelled at the end, which is nothing to report
        sleep_for(1s);
    });
    auto seen = reported.seen();
    BOOST_TEST(seen.size() == (std::getenv("PLAIT_SEED") ? 1 : test::interleavings()));
    BOOST_TEST(static_cast<std::size_t>(std::count(seen.begin(), seen.end(), "duck: burnt")) == seen.size());
}

// conformance 86
BOOST_AUTO_TEST_CASE(an_exception_that_somebody_joins_is_not_reported) {
    test::unhandled_exceptions reported;
    in_every_order([] {
        auto t = spawn([] { throw std::runtime_error("burnt"); });
        try {
            t.join();
        } catch (const std::runtime_error&) {
        }
    });
    BOOST_TEST(reported.seen().empty());
}

BOOST_AUTO_TEST_SUITE_END()
