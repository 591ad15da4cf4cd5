// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/scale.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace plait;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(scale_suite)

BOOST_AUTO_TEST_CASE(a_hundred_thousand_sleepers_wake_in_the_order_of_their_deadlines) {
    virtual_clock clock;
    run(
        [] {
            std::size_t count = test::coroutines(100'000);
            std::vector<std::size_t> order;
            order.reserve(count);
            {
                std::vector<task<void>> sleepers;
                sleepers.reserve(count);
                for (std::size_t i = 0; i < count; ++i) {
                    std::size_t when = i * 7'919 % count; // each moment once, if 7,919 does not divide the count
                    sleepers.push_back(spawn([&order, when] {
                        sleep_for(std::chrono::seconds(when));
                        order.push_back(when);
                    }));
                }
                for (auto& s : sleepers)
                    s.join();
            }
            BOOST_REQUIRE(order.size() == count);
            for (std::size_t i = 0; i < count; ++i)
                BOOST_REQUIRE(order[i] == i);
        },
        {.clock = &clock});
}

BOOST_AUTO_TEST_CASE(stacks_are_used_again) {
    run([] {
        for (int round = 0; round < 200; ++round) {
            std::vector<task<void>> tasks;
            for (int i = 0; i < 100; ++i)
                tasks.push_back(spawn([] { yield(); }));
            for (auto& t : tasks)
                t.join();
        }
    });
}

BOOST_AUTO_TEST_CASE(coroutines_of_two_loops_spawn_onto_each_other) {
    run(
        [] {
            struct chain {
                static int go(int depth) {
                    if (depth == 0) return 0;
                    loop* other = loop::current() == loops()[0] ? loops()[1] : loops()[0];
                    return spawn([depth] { return go(depth - 1); }, {.on = other}).join() + 1;
                }
            };
            BOOST_TEST(chain::go(200) == 200);
        },
        {.loops = 2});
}

BOOST_AUTO_TEST_SUITE_END()
