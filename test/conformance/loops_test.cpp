// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/scale.hpp"

#include <plait/coro/run.hpp>
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
