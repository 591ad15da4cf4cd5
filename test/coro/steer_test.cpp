// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Workers that are coroutines, and a queue that is steered by them, on simulated time.
#include <plait/coro/simulate.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/queue.hpp>
#include <plait/runtime/steering.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(coro_steer)

BOOST_AUTO_TEST_CASE(workers_come_while_more_arrives_than_they_can_do_and_go_when_there_is_nothing_to_do) {
    simulate([] {
        constexpr int go_home = -1;
        queue<int> orders(1000);
        std::vector<task<void>> all;
        std::size_t working = 0, most = 0, deepest = 0;
        const steered waiters{
            .read = [&] { return queue_reading{.depth = orders.size()}; },
            .count = [&] { return working; },
            .start_one =
                [&] {
                    most = std::max(most, ++working);
                    all.push_back(spawn([&] {
                        while (orders.get() != go_home)
                            sleep_for(10ms);
                    }));
                },
            .end_one =
                [&] {
                    --working;
                    orders.put(go_home);
                }};
        event done;
        auto manager = spawn([&] {
            steer(
                steering(
                    {.min_workers = 1, .max_workers = 8, .high_depth = 20, .grow_after = 50ms, .shrink_after = 500ms}),
                waiters, done);
        });
        for (int i = 0; i < 1000; ++i) { // three a 10 ms: three waiters can do it, but not two
            orders.put(i);
            deepest = std::max(deepest, orders.size());
            sleep_for(3500us);
        }
        BOOST_TEST(most >= 3u);
        BOOST_TEST(most < 8u);
        BOOST_TEST(deepest < 80u);
        sleep_for(10s);
        BOOST_TEST(working == 1u);
        done.set();
        manager.join();
        waiters.end_one();
        for (auto& t : all)
            t.join();
        BOOST_TEST(orders.empty());
    });
}

BOOST_AUTO_TEST_SUITE_END()
