// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/coro/join_all.hpp>
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/timeout.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(join_all_suite)

BOOST_AUTO_TEST_CASE(all_have_ended_and_a_failure_stays_with_its_task) {
    run([] {
        std::vector<task<int>> tasks;
        for (int i = 0; i < 3; ++i)
            tasks.push_back(spawn([i] {
                for (int turns = 0; turns < i; ++turns)
                    yield();
                if (i == 1) throw std::runtime_error("one");
                return i;
            }));
        join_all(tasks);
        for (auto& t : tasks)
            BOOST_TEST(t.is_done());
        BOOST_TEST(tasks[0].join() == 0);
        BOOST_CHECK_THROW(tasks[1].join(), std::runtime_error);
        BOOST_TEST(tasks[2].join() == 2);
    });
}

BOOST_AUTO_TEST_CASE(in_time_or_not_the_tasks_go_on) {
    virtual_clock clock;
    run(
        [] {
            std::vector<task<void>> tasks;
            tasks.push_back(spawn([] { sleep_for(1s); }));
            tasks.push_back(spawn([] { sleep_for(5s); }));
            BOOST_TEST(!join_all_for(3s, tasks));
            BOOST_TEST(tasks[0].is_done());
            BOOST_TEST(!tasks[1].is_done());
            BOOST_TEST(join_all_until(time_point(7s), tasks));
        },
        {.clock = &clock});
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_leaves_the_tasks_alone) {
    virtual_clock clock;
    run(
        [] {
            std::vector<task<int>> tasks;
            tasks.push_back(spawn([] {
                sleep_for(2s);
                return 7;
            }));
            BOOST_CHECK_THROW(timeout(1s, [&] { join_all(tasks); }), timeout_error);
            BOOST_TEST(tasks[0].join() == 7);
        },
        {.clock = &clock});
}

BOOST_AUTO_TEST_CASE(of_nothing_it_returns_at_once) {
    std::vector<task<void>> none;
    join_all(none);
    BOOST_TEST(join_all_for(0s, none));
}

BOOST_AUTO_TEST_SUITE_END()
