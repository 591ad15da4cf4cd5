// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Loops: what is asked of them at full size, and of fewer coroutines in a thousand orders of turns.
#include "support/interleavings.hpp"
#include "support/scale.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/scope.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/clock.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/loop.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(loops_suite)

// conformance 82
BOOST_AUTO_TEST_CASE(ten_thousand_timers_armed_and_cancelled_leave_nothing) {
    run([] {
        event e;
        std::size_t in_time = 0;
        std::vector<task<void>> waiting;
        for (std::size_t i = 0; i < test::coroutines(10'000); ++i)
            waiting.push_back(spawn([&] { in_time += e.wait_for(std::chrono::hours(1)); }, {.stack_bytes = 16 * 1024}));
        detail::timer_heap& timers = loop::current()->timers();
        while (timers.size() < waiting.size())
            yield();
        e.set();
        for (auto& t : waiting)
            t.join();
        BOOST_TEST(timers.empty());
        BOOST_TEST(in_time == waiting.size());
    });
}

// conformance 82: cancelled in each way, before and after they were armed
BOOST_AUTO_TEST_CASE(timers_that_are_cancelled_leave_nothing_whatever_the_order_of_turns) {
    test::in_every_order([] {
        event e;
        int in_time = 0;
        std::vector<task<void>> waiting;
        for (int i = 0; i < 30; ++i)
            waiting.push_back(spawn([&] { in_time += e.wait_for(1h); }));
        yield(); // some have armed theirs
        for (std::size_t i = 0; i < 10; ++i)
            waiting[i].cancel();
        yield();
        e.set();
        for (auto& t : waiting)
            t.wait();
        test::require(loop::current()->timers().empty(), "a timer is left");
        test::require(in_time == 20, "woken in time were " + std::to_string(in_time));
        test::require(loop::current()->now() == time_point(), "somebody waited for a cancelled timer");
    });
}

// conformance 84
BOOST_AUTO_TEST_CASE(a_hundred_thousand_sleepers_wake_in_the_order_of_their_deadlines) {
    virtual_clock clock;
    std::size_t count = test::coroutines(100'000);
    std::vector<std::pair<duration, std::size_t>> expected, woke; // deadline, and the order of arrival among equal ones
    std::mt19937 random(1);
    for (std::size_t i = 0; i < count; ++i)
        expected.emplace_back(duration(1 + random() % count), i);
    run(
        [&] {
            std::vector<task<void>> sleepers;
            for (auto sleep : expected)
                sleepers.push_back(spawn(
                    [&woke, sleep] {
                        sleep_for(sleep.first);
                        woke.push_back(sleep);
                    },
                    {.stack_bytes = 16 * 1024}));
            for (auto& t : sleepers)
                t.join();
        },
        {.clock = &clock});
    std::sort(expected.begin(), expected.end());
    BOOST_TEST((woke == expected));
}

// conformance 84: two for each deadline
BOOST_AUTO_TEST_CASE(sleepers_wake_in_the_order_of_their_deadlines_whatever_the_order_of_turns) {
    test::in_every_order([] {
        std::vector<duration> woke;
        in_scope([&](scope& s) {
            for (int i = 0; i < 100; ++i)
                s.spawn([&woke, sleep = (1 + i * 37 % 50) * 1s] {
                    sleep_for(sleep);
                    test::require(loop::current()->now() == time_point(sleep), "too early, or too late");
                    woke.push_back(sleep);
                });
        });
        test::require(woke.size() == 100 && std::is_sorted(woke.begin(), woke.end()), "out of order");
    });
}

// conformance 87
BOOST_AUTO_TEST_CASE(a_loop_that_is_blocked_by_computation_is_reported_with_the_name_of_the_coroutine) {
    std::string name;
    std::atomic<bool> reported{false};
    run(
        [&] {
            spawn(
                [&] {
                    while (!reported)
                        std::this_thread::yield(); // the thread, not the coroutine
                },
                {.name = "computation"})
                .join();
        },
        {.watchdog = 1ms, .on_stall = [&](const stall& s) {
             if (reported || !s.by) return;
             name = s.by->name;
             reported = true;
         }});
    BOOST_TEST(name == "computation");
}

BOOST_AUTO_TEST_SUITE_END()
