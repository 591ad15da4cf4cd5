// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/unhandled.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/locals.hpp>
#include <plait/runtime/mutex.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;

namespace {

bool is(const error& e, errc code) { return e.code() == code; }

} // namespace

BOOST_AUTO_TEST_SUITE(task_suite)

BOOST_AUTO_TEST_CASE(join_returns_the_value_again_and_again) {
    run([] {
        auto t = spawn([] { return std::string("value"); });
        BOOST_TEST(t.join() == "value");
        BOOST_TEST(t.join() == "value");
        std::string moved = std::move(t).join();
        BOOST_TEST(moved == "value");
    });
}

BOOST_AUTO_TEST_CASE(join_throws_the_exception_again_and_again) {
    run([] {
        auto t = spawn([]() -> int { throw std::out_of_range("no"); });
        BOOST_CHECK_THROW(t.join(), std::out_of_range);
        BOOST_CHECK_THROW(t.join(), std::out_of_range);
    });
}

BOOST_AUTO_TEST_CASE(a_value_that_can_only_be_moved_is_moved_out) {
    run([] {
        auto p = spawn([] { return std::make_unique<int>(5); }).join();
        BOOST_TEST(*p == 5);
    });
}

BOOST_AUTO_TEST_CASE(spawn_does_not_switch) {
    run([] {
        bool ran = false;
        auto t = spawn([&] { ran = true; });
        BOOST_TEST(!ran);
        t.join();
        BOOST_TEST(ran);
    });
}

BOOST_AUTO_TEST_CASE(launched_now_a_child_runs_until_it_waits_and_then_its_parent_goes_on) {
    run([] {
        std::string order;
        auto waiting_longer = spawn([&] { order += 'c'; });
        auto child = spawn(launch::now, [&] {
            order += 'a';
            yield();
            order += 'd';
        });
        order += 'b';
        child.join();
        waiting_longer.join();
        BOOST_TEST(order == "abcd");
    });
}

BOOST_AUTO_TEST_CASE(launched_now_a_child_that_does_not_wait_has_ended_when_spawn_returns) {
    run([] {
        auto child = spawn(launch::now, [] {
            auto grandchild = spawn(launch::now, [] { return std::string("depth first"); });
            BOOST_TEST(grandchild.is_done());
            return grandchild.join();
        });
        BOOST_TEST(child.is_done());
        BOOST_TEST(child.join() == "depth first");
    });
}

BOOST_AUTO_TEST_CASE(launched_now_a_child_that_throws_throws_at_its_join) {
    run([] {
        auto child = spawn(launch::now, [] { throw std::out_of_range("no"); });
        BOOST_CHECK_THROW(child.join(), std::out_of_range);
    });
}

BOOST_AUTO_TEST_CASE(launched_now_a_child_is_not_cancelled_with_its_parent) {
    run([] {
        bool child_ran = false;
        auto parent = spawn([&] {
            try {
                sleep_for(1h);
            } catch (const cancelled&) {
                auto child = spawn(launch::now, [&] { child_ran = true; }); // no cancellation point
                BOOST_TEST(child.is_done());
                throw;
            }
        });
        yield();
        parent.cancel();
        parent.wait();
        BOOST_TEST(child_ran);
    });
}

BOOST_AUTO_TEST_CASE(launched_now_in_a_run_that_ends_a_child_never_calls_its_callable) {
    bool child_ran = false;
    run([&] {
        spawn([&] {
            try {
                sleep_for(1h);
            } catch (const cancelled&) {
                spawn(launch::now, [&] { child_ran = true; }).detach();
                throw;
            }
        }).detach();
        yield();
    });
    BOOST_TEST(!child_ran);
}

BOOST_AUTO_TEST_CASE(launched_now_from_a_handler_or_another_loop_a_child_begins_when_its_loop_comes_to_it) {
    run(
        [] {
            event done;
            bool ran = false, ran_at_once = true;
            boost::asio::post(loop::current()->context(), [&] {
                spawn(launch::now, [&] {
                    ran = true;
                    done.set();
                }).detach();
                ran_at_once = ran;
            });
            done.wait();
            BOOST_TEST(!ran_at_once);

            auto elsewhere = spawn(launch::now, [] { return loop::current(); }, {.on = loops()[1]});
            BOOST_TEST((elsewhere.join() == loops()[1]));
        },
        {.loops = 2});
}

BOOST_AUTO_TEST_CASE(more_children_can_be_launched_now_than_a_batch_has_turns) {
    run([] {
        long sum = 0;
        for (int i = 0; i < 2'000; ++i)
            sum += spawn(launch::now, [i] { return i; }).join();
        BOOST_TEST(sum == 1'999'000);
    });
}

BOOST_AUTO_TEST_CASE(coroutines_take_turns_in_order) {
    run([] {
        std::string order;
        auto a = spawn([&] {
            order += 'a';
            yield();
            order += 'A';
        });
        auto b = spawn([&] {
            order += 'b';
            yield();
            order += 'B';
        });
        a.join();
        b.join();
        BOOST_TEST(order == "abAB");
    });
}

BOOST_AUTO_TEST_CASE(a_thread_can_join_a_coroutine_and_several_can) {
    run(
        [] {
            event go, joined;
            auto t = spawn([&] {
                go.wait();
                return 7;
            });
            int sum = 0, in_thread = 0;
            auto other = spawn([&] { sum += t.join(); }, {.on = loops()[1]});
            std::jthread thread([&] {
                in_thread = t.join();
                joined.set();
            });
            go.set();
            other.join();
            joined.wait();
            BOOST_TEST(sum == 7);
            BOOST_TEST(in_thread == 7);
        },
        {.loops = 2});
}

BOOST_AUTO_TEST_CASE(a_timed_join_gives_up_and_the_task_goes_on) {
    virtual_clock clock;
    run(
        [] {
            auto t = spawn([] {
                sleep_for(1h);
                return 1;
            });
            BOOST_CHECK_THROW(t.join_for(1min), timeout_error);
            BOOST_TEST(!t.is_done());
            BOOST_TEST(t.join() == 1);
        },
        {.clock = &clock});
}

BOOST_AUTO_TEST_CASE(joining_oneself_throws) {
    run([] {
        task<void> self;
        bool threw = false;
        self = spawn([&] {
            try {
                self.join();
            } catch (const error& e) {
                threw = is(e, errc::resource_deadlock_would_occur);
            }
        });
        self.wait();
        BOOST_TEST(threw);
    });
}

BOOST_AUTO_TEST_CASE(an_empty_handle_says_so) {
    task<int> empty;
    BOOST_TEST(!empty.valid());
    BOOST_CHECK_EXCEPTION(empty.join(), error, [](const error& e) { return is(e, errc::no_state); });
}

BOOST_AUTO_TEST_CASE(a_task_that_is_cancelled_before_it_begins_never_calls_its_callable) {
    run([] {
        bool ran = false;
        auto t = spawn([&] { ran = true; });
        t.cancel();
        BOOST_CHECK_EXCEPTION(t.join(), error, [](const error& e) { return is(e, errc::task_cancelled); });
        BOOST_TEST(!ran);
    });
}

BOOST_AUTO_TEST_CASE(cancelling_wakes_a_sleeper_and_every_later_park_throws_too) {
    run([] {
        int throws = 0;
        auto t = spawn([&] {
            for (int i = 0; i < 3; ++i)
                try {
                    sleep_for(1h);
                } catch (const cancelled&) {
                    ++throws;
                }
        });
        yield();
        t.cancel();
        t.join();
        BOOST_TEST(throws == 3);
    });
}

BOOST_AUTO_TEST_CASE(cancelling_one_that_holds_a_lock_gives_the_lock_back) {
    run([] {
        mutex m;
        auto holder = spawn([&] {
            std::lock_guard guard(m);
            sleep_for(1h);
        });
        yield();
        holder.cancel();
        holder.wait();
        BOOST_TEST(m.try_lock());
        m.unlock();
    });
}

BOOST_AUTO_TEST_CASE(a_shield_postpones_the_cancellation) {
    run([] {
        bool cleaned_up = false, cancelled_after = false;
        event go;
        auto t = spawn([&] {
            {
                shield s;
                go.wait();
                cleaned_up = true;
            }
            try {
                yield();
            } catch (const cancelled&) {
                cancelled_after = true;
                throw;
            }
        });
        yield();
        t.cancel();
        yield();
        BOOST_TEST(!cleaned_up);
        go.set();
        t.wait();
        BOOST_TEST(cleaned_up);
        BOOST_TEST(cancelled_after);
    });
}

BOOST_AUTO_TEST_CASE(cancelling_one_that_has_ended_does_nothing) {
    run([] {
        auto t = spawn([] { return 1; });
        t.join();
        t.cancel();
        BOOST_TEST(t.join() == 1);
    });
}

BOOST_AUTO_TEST_CASE(a_coroutine_of_another_loop_can_be_cancelled) {
    run(
        [] {
            for (int i = 0; i < 100; ++i) {
                auto t = spawn([] { sleep_for(1h); }, {.on = loops()[1]});
                t.cancel();
                t.wait();
            }
        },
        {.loops = 2});
}

BOOST_AUTO_TEST_CASE(a_destroyed_task_cancels_and_joins) {
    run([] {
        bool ended = false;
        {
            auto t = spawn([&] {
                try {
                    sleep_for(1h);
                } catch (const cancelled&) {
                    shield s;
                    yield();
                    ended = true;
                    throw;
                }
            });
            yield();
        }
        BOOST_TEST(ended);
    });
}

BOOST_AUTO_TEST_CASE(a_detached_exception_is_reported) {
    test::unhandled_exceptions reported;
    run([] {
        spawn([] { throw std::runtime_error("lost"); }, {.name = "loser"}).detach();
        yield();
    });
    BOOST_REQUIRE(reported.seen().size() == 1u);
    BOOST_TEST(reported.seen().front() == "loser: lost");
}

BOOST_AUTO_TEST_CASE(an_exception_nobody_joined_is_reported_when_the_handle_goes) {
    test::unhandled_exceptions reported;
    run([] {
        auto t = spawn([] { throw std::runtime_error("unseen"); });
        t.wait();
        BOOST_CHECK(t.is_done());
    });
    BOOST_TEST(reported.seen().size() == 1u);
    run([] {
        auto t = spawn([] { throw std::runtime_error("seen"); });
        BOOST_CHECK_THROW(t.join(), std::runtime_error);
    });
    BOOST_TEST(reported.seen().size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_callable_is_destroyed_when_the_coroutine_ends) {
    run([] {
        auto held = std::make_shared<int>(1);
        auto t = spawn([held] { return *held; });
        t.join();
        BOOST_TEST(held.use_count() == 1);
    });
}

BOOST_AUTO_TEST_CASE(a_callable_whose_move_throws_is_reported_to_the_caller) {
    struct unmovable {
        unmovable() = default;
        unmovable(const unmovable&) { throw std::runtime_error("no copy"); }
        void operator()() {}
    };
    run([] {
        unmovable f;
        BOOST_CHECK_THROW(static_cast<void>(spawn(f)), std::runtime_error);
    });
}

BOOST_AUTO_TEST_CASE(a_callable_too_large_for_its_stack_is_refused) {
    struct large {
        char bytes[32 * 1024];
        void operator()() {}
    };
    run([] {
        BOOST_CHECK_EXCEPTION(static_cast<void>(spawn(large(), {.stack_bytes = 16 * 1024})), error, [](const error& e) {
            return is(e, errc::invalid_argument);
        });
    });
}

BOOST_AUTO_TEST_CASE(spawn_outside_of_a_loop_is_refused) {
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(spawn([] {})), error, [](const error& e) { return is(e, errc::invalid_argument); });
}

BOOST_AUTO_TEST_CASE(a_detached_coroutine_s_result_may_wait_when_it_is_destroyed) {
    run([] {
        event inner_ended;
        spawn([&] {
            auto inner = spawn([&] {
                try {
                    sleep_for(1h);
                } catch (const cancelled&) {
                    inner_ended.set();
                    throw;
                }
            });
            yield();
            return inner; // a task: its destructor joins
        }).detach();
        inner_ended.wait(); // nothing else is ready: the loop's own context frees the coroutine
    });
}

BOOST_AUTO_TEST_CASE(a_result_may_wait_when_it_is_destroyed_also_if_the_task_is_detached_as_the_coroutine_ends) {
    event locals_go, go_on;
    struct waits {
        event &gone, &until;
        ~waits() {
            gone.set();
            until.wait();
        }
    };
    local<std::unique_ptr<waits>> last_of_all;
    bool destroyed = false;
    run([&] {
        auto t = spawn([&] {
            last_of_all.get().reset(new waits{locals_go, go_on});
            return std::shared_ptr<void>(nullptr, [&](void*) {
                sleep_for(1ms);
                destroyed = true;
            });
        });
        locals_go.wait();
        t.detach();
        go_on.set();
    });
    BOOST_TEST(destroyed);
}

BOOST_AUTO_TEST_CASE(a_task_can_be_cancelled_from_outside_while_its_run_ends) {
    for (int round = 0; round < 300; ++round) {
        std::atomic<bool> started{false};
        task<void> t;
        std::jthread outside([&] {
            while (!started.load())
                std::this_thread::yield();
            t.cancel();
            t = {};
        });
        run([&] {
            t = spawn([] { sleep_for(1h); });
            started = true;
        });
    }
}

BOOST_AUTO_TEST_SUITE_END()
