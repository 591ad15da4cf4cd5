// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Pools of processes in trouble that is not their workers': limits that are reached, options at the end of their range,
// callbacks and handlers that end the pool, and copies of the process that owns it.
#include "support/fails_with.hpp"
#include "support/pool_door.hpp"

#include <plait/ipc/process_pool.hpp>
#include <plait/runtime/detail/child_process.hpp>
#include <plait/runtime/loop.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

using namespace plait;
using namespace std::chrono_literals;
using ipc::process_pool;
using test::pool_door;

namespace {

int twice(int n) { return 2 * n; }

} // namespace

BOOST_AUTO_TEST_SUITE(process_pool_trouble_suite)

BOOST_AUTO_TEST_CASE(the_longest_timeout_is_none) {
    pool_door door;
    process_pool pool({.workers = 2}, fn<&pool_door::enter_hall>, door.tickets(), door.arrivals());
    auto patient = pool.submit(ipc::task_options{.timeout = duration::max()}, fn<&pool_door::wait>);
    door.await();
    for (int i = 0; i < 100; ++i)
        BOOST_TEST(pool.submit(ipc::task_options{.timeout = 1h}, fn<&twice>, i).get() == 2 * i);
    door.open();
    BOOST_CHECK_NO_THROW(patient.get());
}

BOOST_AUTO_TEST_CASE(with_the_longest_idle_time_workers_that_came_stay) {
    pool_door door;
    process_pool pool(
        {.workers = 2, .min_workers = 1, .idle_time = duration::max()}, fn<&pool_door::enter_hall>, door.tickets(),
        door.arrivals());
    auto one = pool.submit(fn<&pool_door::wait>), other = pool.submit(fn<&pool_door::wait>);
    door.await(2);
    door.open(2);
    one.get();
    other.get();
    for (int i = 0; i < 1000; ++i)
        BOOST_REQUIRE(pool.submit(fn<&twice>, i).get() == 2 * i);
    BOOST_TEST(pool.stats().workers == 2U);
    BOOST_TEST(pool.stats().started == 2U);
}

BOOST_AUTO_TEST_CASE(in_the_longest_restart_period_every_death_counts_once) {
    process_pool pool({.workers = 1, .max_restarts = 2, .restart_period = duration::max()}, [] { ::_exit(9); });
    BOOST_TEST(test::fails_with(errc::pool_broken, [&] { pool.submit(fn<&twice>, 1).get(); }));
    BOOST_TEST(pool.stats().died == 3U);
}

BOOST_AUTO_TEST_CASE(who_only_asks_whether_it_is_done_is_told) {
    process_pool pool({.workers = 1});
    auto asked = pool.submit(fn<&twice>, 1);
    while (!asked.is_done())
        std::this_thread::yield();
    auto shared = pool.submit(fn<&twice>, 2).share();
    while (!shared.is_done())
        std::this_thread::yield();
    BOOST_TEST(asked.get() + shared.get() == 6);
}

BOOST_AUTO_TEST_SUITE_END()
