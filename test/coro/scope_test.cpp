// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/interleavings.hpp"
#include "support/unhandled.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/scope.hpp>
#include <plait/coro/simulate.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/gather.hpp>
#include <plait/runtime/timeout.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;
using test::require;

namespace {

// What is thrown by `f`, in words.
std::string outcome_of(const std::function<void()>& f) {
    try {
        f();
    } catch (const cancelled&) {
        return "cancelled";
    } catch (const error& e) {
        return e.code().message();
    } catch (const std::exception& e) {
        return e.what();
    }
    return "nothing";
}

void in_any_order(const std::function<void()>& f) { test::in_every_order(f, 50); }

void sleep_for_ever() { sleep_for(1000h); }

} // namespace

BOOST_AUTO_TEST_SUITE(scope_suite)

BOOST_AUTO_TEST_CASE(it_ends_when_its_body_and_all_children_have_ended) {
    in_any_order([] {
        int ended = 0;
        int value = in_scope([&](scope& s) {
            for (int i = 1; i <= 5; ++i)
                s.spawn([&ended, i] {
                    sleep_for(i * 1s);
                    ++ended;
                });
            return 7;
        });
        require(value == 7 && ended == 5, "a child was left behind");
    });
}

BOOST_AUTO_TEST_CASE(the_values_of_children_can_be_read_inside_and_afterwards) {
    run([] {
        scoped_task<std::string> kept;
        std::string both = in_scope([&](scope& s) {
            auto first = s.spawn([] { return std::string("duck"); });
            kept = s.spawn([] { return std::string("corn"); }, {.name = "corn"});
            return first.join() + std::as_const(kept.join());
        });
        BOOST_TEST(both == "duckcorn");
        BOOST_TEST(kept.is_done());
        BOOST_TEST(kept.name() == "corn");
        BOOST_TEST(std::move(kept).join() == "corn");
    });
}

BOOST_AUTO_TEST_CASE(children_spawn_further_children_which_are_waited_for_as_well) {
    in_any_order([] {
        int leaves = 0;
        std::function<void(scope&, int)> grow = [&](scope& s, int depth) {
            if (depth == 0) {
                sleep_for(1s);
                ++leaves;
            } else
                for (int i = 0; i < 3; ++i)
                    s.spawn([&, depth] { grow(s, depth - 1); });
        };
        in_scope([&](scope& s) { grow(s, 3); });
        require(leaves == 27, "a grandchild was left behind");
    });
}

BOOST_AUTO_TEST_CASE(the_first_failure_cancels_the_siblings_and_is_thrown) {
    in_any_order([] {
        int cut_short = 0;
        auto what = outcome_of([&] {
            in_scope([&](scope& s) {
                for (int i = 0; i < 3; ++i)
                    s.spawn([&] {
                        try {
                            sleep_for_ever();
                        } catch (const cancelled&) {
                            ++cut_short;
                            throw;
                        }
                    });
                s.spawn([] {
                    sleep_for(1s);
                    throw std::runtime_error("burnt");
                });
            });
        });
        require(what == "burnt", "what the child threw is not what the scope threw");
        require(cut_short == 3, "a sibling was not cancelled");
    });
}

BOOST_AUTO_TEST_CASE(a_failure_cancels_the_waits_of_the_body) {
    in_any_order([] {
        bool cut_short = false;
        auto what = outcome_of([&] {
            in_scope([&](scope& s) {
                s.spawn([] { throw std::runtime_error("burnt"); });
                try {
                    sleep_for_ever();
                } catch (const cancelled&) {
                    cut_short = true;
                    throw;
                }
            });
        });
        require(what == "burnt" && cut_short, "the body was not cancelled");
        require(outcome_of([] { sleep_for(1s); }) == "nothing", "the cancellation outlives the scope");
    });
}

BOOST_AUTO_TEST_CASE(an_exception_of_the_body_cancels_the_children_and_is_thrown_when_they_have_ended) {
    run([] {
        event began;
        bool child_ended = false;
        BOOST_CHECK_THROW(
            in_scope([&](scope& s) {
                s.spawn([&] {
                    began.set();
                    try {
                        sleep_for_ever();
                    } catch (const cancelled&) {
                        shield cleaning_up;
                        yield();
                        child_ended = true;
                        throw;
                    }
                });
                began.wait();
                throw std::runtime_error("burnt");
            }),
            std::runtime_error);
        BOOST_TEST(child_ended);
    });
}

BOOST_AUTO_TEST_CASE(all_failures_are_kept_in_the_order_in_which_they_came) {
    virtual_clock clock;
    run(
        [] {
            try {
                in_scope([](scope& s) {
                    s.spawn([] {
                        try {
                            sleep_for_ever();
                        } catch (const cancelled&) {
                            throw std::out_of_range("second");
                        }
                    });
                    s.spawn([] {
                        sleep_for(1s);
                        throw std::runtime_error("first");
                    });
                    try {
                        sleep_for_ever();
                    } catch (const cancelled&) {
                        shield still;
                        sleep_for(1s);
                        throw std::logic_error("third");
                    }
                });
                BOOST_ERROR("nothing was thrown");
            } catch (const exception_group& group) {
                BOOST_TEST((group.code() == errc::several_failures));
                std::string text = group.what();
                BOOST_TEST(text.starts_with("3 failures: (first) (second) (third)"));
                BOOST_REQUIRE(group.exceptions().size() == 3u);
                BOOST_CHECK_THROW(std::rethrow_exception(group.exceptions()[1]), std::out_of_range);
            }
        },
        {.clock = &clock});
}

BOOST_AUTO_TEST_CASE(what_several_throw_because_they_joined_the_one_that_failed_counts_once) {
    in_any_order([] {
        auto what = outcome_of([] {
            scoped_task<void> bad;
            in_scope([&](scope& s) {
                bad = s.spawn([] { throw std::runtime_error("burnt"); });
                s.spawn([&] { bad.join(); });
                bad.join();
            });
        });
        require(what == "burnt", "one failure counts as several");
    });
}

BOOST_AUTO_TEST_CASE(joining_a_child_that_was_cancelled_with_the_scope_is_no_failure) {
    in_any_order([] {
        auto what = outcome_of([] {
            scoped_task<void> sleeper;
            in_scope([&](scope& s) {
                sleeper = s.spawn(sleep_for_ever);
                s.spawn([&] {
                    shield not_cut_short_myself;
                    sleeper.join();
                });
                s.spawn([] { throw std::runtime_error("burnt"); });
                shield nor_I;
                sleeper.join();
            });
        });
        require(what == "burnt", "a consequence of the cancellation counts as a failure");
    });
}

BOOST_AUTO_TEST_CASE(a_group_that_a_child_throws_is_taken_apart) {
    run([] {
        auto fail_both_ways = [](scope& s) {
            s.spawn([] { throw std::runtime_error("one"); });
            throw std::runtime_error("two");
        };
        try {
            in_scope([&](scope& s) {
                s.spawn([&] { in_scope(fail_both_ways); });
                shield cut_nothing_short;
                yield();
                yield();
                throw std::runtime_error("three");
            });
            BOOST_ERROR("nothing was thrown");
        } catch (const error& e) {
            BOOST_TEST(std::string(e.what()).starts_with("2 failures"));
        }
    });
}

BOOST_AUTO_TEST_CASE(a_cancellation_from_outside_reaches_the_children_at_once) {
    virtual_clock clock;
    run(
        [&clock] {
            time_point child_ended;
            auto t = spawn([&] {
                in_scope([&](scope& s) {
                    s.spawn([&] {
                        try {
                            sleep_for_ever();
                        } catch (const cancelled&) {
                            child_ended = clock.now();
                            throw;
                        }
                    });
                    shield the_body_is_busy;
                    sleep_for(1h);
                });
            });
            sleep_for(1s);
            t.cancel();
            BOOST_TEST(outcome_of([&] { t.join(); }) == "the task was cancelled");
            BOOST_TEST((child_ended == time_point(1s)));
            BOOST_TEST((clock.now() == time_point(1h)));
        },
        {.clock = &clock});
}

BOOST_AUTO_TEST_CASE(a_cancellation_while_it_waits_for_its_children_reaches_them) {
    in_any_order([] {
        int begun = 0, cut_short = 0;
        auto t = spawn([&] {
            in_scope([&](scope& s) {
                for (int i = 0; i < 3; ++i)
                    s.spawn([&] {
                        ++begun;
                        try {
                            sleep_for_ever();
                        } catch (const cancelled&) {
                            ++cut_short;
                            throw;
                        }
                    });
            });
        });
        sleep_for(1s);
        t.cancel();
        require(outcome_of([&] { t.join(); }) == "the task was cancelled", "the scope hid that it was cancelled");
        require(begun == 3 && cut_short == 3, "a child was not cancelled");
    });
}

BOOST_AUTO_TEST_CASE(a_result_that_nobody_was_cut_short_for_stands) {
    run([] {
        int value = 0;
        auto t = spawn([&] {
            value = in_scope([](scope& s) {
                auto child = s.spawn([] {
                    shield unimpressed;
                    yield();
                    yield();
                    yield();
                    return 7;
                });
                shield unimpressed;
                return child.join();
            });
        });
        yield();
        yield();
        t.cancel();
        t.wait();
        BOOST_TEST(value == 7);
    });
}

BOOST_AUTO_TEST_CASE(a_shield_around_it_keeps_a_cancellation_off) {
    run([] {
        bool came_to_its_end = false;
        auto t = spawn([&] {
            shield s;
            in_scope([&](scope& inside) {
                inside.spawn([&] {
                    yield();
                    yield();
                    came_to_its_end = true;
                });
            });
        });
        yield();
        t.cancel();
        t.wait();
        BOOST_TEST(came_to_its_end);
    });
}

BOOST_AUTO_TEST_CASE(children_are_under_the_timeouts_around_the_scope) {
    in_any_order([] {
        std::string order;
        time_point began = loop::current()->now();
        auto at = [&](const char* what) {
            order += what + std::to_string((loop::current()->now() - began) / 1s) + ' ';
        };
        auto what = outcome_of([&] {
            timeout(10s, [&] {
                auto inner =
                    outcome_of([&] { timeout(2s, [&] { in_scope([](scope& s) { s.spawn(sleep_for_ever); }); }); });
                at(inner == "timed out" ? "inner " : "?");
                in_scope([](scope& s) { s.spawn([&s] { s.spawn(sleep_for_ever); }); });
            });
        });
        at(what == "timed out" ? "outer " : "?");
        require(order == "inner 2 outer 10 ", "the deadlines did not come in order");
    });
}

BOOST_AUTO_TEST_CASE(a_failure_goes_before_a_timeout) {
    in_any_order([] {
        auto what = outcome_of([] {
            timeout(1s, [] {
                in_scope([](scope& s) {
                    s.spawn([] {
                        try {
                            sleep_for_ever();
                        } catch (const cancelled&) {
                            throw std::runtime_error("cannot clean up");
                        }
                    });
                });
            });
        });
        require(what == "cannot clean up", "a failure was lost");
    });
}

BOOST_AUTO_TEST_CASE(a_child_knows_the_deadline_that_it_is_under) {
    virtual_clock clock;
    run(
        [] {
            BOOST_TEST(current_deadline().is_never());
            timeout(10s, [] {
                in_scope([](scope& s) {
                    timeout(1s, [&] { // around the spawn, and not around the scope
                        s.spawn([] {
                             BOOST_TEST((current_deadline().at() == time_point(10s)));
                             timeout(3s, [] { BOOST_TEST((current_deadline().at() == time_point(3s))); });
                             timeout(30s, [] { BOOST_TEST((current_deadline().at() == time_point(10s))); });
                             shield keeps_it_off;
                             BOOST_TEST(current_deadline().is_never());
                         }).join();
                    });
                });
                shield around;
                in_scope([](scope& s) { s.spawn([] { BOOST_TEST(current_deadline().is_never()); }); });
            });
        },
        {.clock = &clock});
}

BOOST_AUTO_TEST_CASE(cancel_ends_it_without_a_failure) {
    in_any_order([] {
        in_scope([](scope& s) {
            s.spawn(sleep_for_ever);
            s.spawn([&s] { s.cancel(); });
            sleep_for_ever();
        });
        in_scope([](scope& s) {
            s.spawn(sleep_for_ever);
            require(!s.is_cancelled(), "cancelled before anybody did so");
            s.cancel();
            require(s.is_cancelled(), "not cancelled");
        });
        int value = in_scope([](scope& s) {
            s.spawn(sleep_for_ever);
            s.cancel();
            return 7;
        });
        require(value == 7, "the value of the body was lost");
        require(
            outcome_of([] {
                in_scope([](scope& s) -> int {
                    s.cancel();
                    sleep_for_ever();
                    return 7;
                });
            }) == "the task was cancelled",
            "a body that was cut short has a value");
    });
}

BOOST_AUTO_TEST_CASE(a_child_that_is_spawned_after_the_cancellation_is_never_called) {
    run([] {
        bool called = false;
        in_scope([&](scope& s) {
            s.cancel();
            s.spawn([&] { called = true; });
        });
        BOOST_TEST(!called);
        auto t = spawn([&] {
            try {
                sleep_for_ever();
            } catch (const cancelled&) {
                in_scope([&](scope& s) { s.spawn([&] { called = true; }); });
            }
        });
        yield();
        t.cancel();
        t.wait();
        BOOST_TEST(!called);
    });
}

BOOST_AUTO_TEST_CASE(a_child_can_be_cancelled_alone) {
    in_any_order([] {
        bool sibling_ended = false;
        in_scope([&](scope& s) {
            auto child = s.spawn(sleep_for_ever);
            s.spawn([&] {
                sleep_for(2s);
                sibling_ended = true;
            });
            sleep_for(1s);
            child.cancel();
            require(outcome_of([&] { child.join(); }) == "the task was cancelled", "it was not cancelled");
            require(!s.is_cancelled(), "the scope was cancelled with it");
        });
        require(sibling_ended, "a sibling was cancelled with it");
    });
}

BOOST_AUTO_TEST_CASE(a_child_whose_handle_was_dropped_goes_on_and_nothing_is_reported_as_unhandled) {
    test::unhandled_exceptions reported;
    run([&] {
        BOOST_TEST(outcome_of([] {
                       in_scope([](scope& s) {
                           {
                               auto dropped = s.spawn([] { throw std::runtime_error("burnt"); });
                           }
                           auto replaced = s.spawn(yield);
                           replaced = s.spawn(yield);
                           sleep_for_ever();
                       });
                   }) == "burnt");
    });
    BOOST_TEST(reported.seen().empty());
}

BOOST_AUTO_TEST_CASE(children_that_have_ended_cost_nothing) {
    run([] {
        int ended = 0;
        in_scope([&](scope& s) {
            for (int i = 0; i < 10'000; ++i) { // more than ThreadSanitizer could bear at once
                s.spawn([&] { ++ended; }, {.stack_bytes = 16 * 1024});
                yield();
            }
        });
        BOOST_TEST(ended == 10'000);
    });
}

BOOST_AUTO_TEST_CASE(children_can_be_gathered) {
    run([] {
        in_scope([](scope& s) {
            auto [a, b] = gather(s.spawn([] { return 1; }), s.spawn([] { return std::string("2"); }));
            BOOST_TEST(a == 1);
            BOOST_TEST(b == "2");
            std::vector<scoped_task<int>> many;
            for (int i = 0; i < 3; ++i)
                many.push_back(s.spawn([i] { return i; }));
            int sum = 0;
            for (auto& done : as_completed(many))
                sum += done.join();
            BOOST_TEST(sum == 3);
        });
    });
}

BOOST_AUTO_TEST_CASE(a_failure_on_another_loop_cancels_siblings_and_body_wherever_they_are) {
    run(
        [] {
            for (unsigned round = 0; round < 200; ++round) {
                std::atomic<int> alive{0};
                auto sleeper = [&] {
                    ++alive;
                    try {
                        sleep_for_ever();
                    } catch (const cancelled&) {
                        --alive;
                        throw;
                    }
                };
                auto what = outcome_of([&] {
                    in_scope([&](scope& s) {
                        for (loop* l : loops())
                            s.spawn(sleeper, {.on = l});
                        s.spawn([] { throw std::runtime_error("burnt"); }, {.on = loops()[1]});
                        s.spawn([] { throw std::runtime_error("burnt"); }, {.on = loops()[round % 3]});
                        if (round % 2) sleep_for_ever();
                    });
                });
                BOOST_TEST((what == "burnt" || what == "several failures"), what);
                BOOST_TEST(alive == 0);
            }
        },
        {.loops = 3});
}

BOOST_AUTO_TEST_CASE(children_on_other_loops_spawn_and_end_while_it_waits) {
    run(
        [] {
            for (int round = 0; round < 100; ++round) {
                std::atomic<int> leaves{0};
                in_scope([&](scope& s) {
                    for (loop* l : loops())
                        s.spawn(
                            [&] {
                                for (loop* further : loops())
                                    s.spawn([&] { ++leaves; }, {.on = further});
                            },
                            {.on = l});
                });
                BOOST_TEST(leaves == 4);
            }
        },
        {.loops = 2});
}

BOOST_AUTO_TEST_CASE(any_thread_may_cancel_it) {
    run([] {
        for (int round = 0; round < 100; ++round) {
            event let_go;
            std::jthread thread;
            in_scope([&](scope& s) {
                s.spawn(sleep_for_ever);
                thread = std::jthread([&] {
                    s.cancel();
                    let_go.set();
                });
                shield until_the_thread_lets_go;
                let_go.wait();
            });
        }
    });
}

BOOST_AUTO_TEST_CASE(the_end_of_the_run_ends_scopes) {
    bool ended = false;
    run([&] {
        spawn([&] {
            try {
                in_scope([](scope& s) {
                    s.spawn(sleep_for_ever);
                    s.spawn([&s] { s.spawn(sleep_for_ever).join(); });
                });
            } catch (const cancelled&) {
                ended = true;
                throw;
            }
        }).detach();
        yield();
        yield();
    });
    BOOST_TEST(ended);
}

BOOST_AUTO_TEST_CASE(a_scope_whose_loop_goes_is_left_as_it_is) {
    static event never; // outlives those that are abandoned
    BOOST_CHECK_THROW(
        simulate(
            [] {
                in_scope([](scope& s) {
                    for (int i = 0; i < 3; ++i)
                        s.spawn([] {
                            shield for_ever;
                            never.wait();
                        });
                });
            },
            {.seeds = 5}),
        simulation_failed);
}

BOOST_AUTO_TEST_CASE(outside_of_a_coroutine_it_is_refused) {
    BOOST_CHECK_EXCEPTION(
        in_scope([](scope&) {}), error, [](const error& e) { return e.code() == errc::invalid_argument; });
}

BOOST_AUTO_TEST_SUITE_END()
