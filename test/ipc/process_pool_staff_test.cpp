// Copyright 2026 the plait authors. Boost Software License 1.0
//
// How many workers a pool has, and what it tells of them.
#include "support/pool_door.hpp"
#include "support/signal_relative.hpp"

#include <plait/ipc/process_pool.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

using namespace plait;
using namespace std::chrono_literals;
using ipc::process_pool;
using ipc::process_pool_options;
using ipc::worker_event;
using test::pool_door;

namespace {

void die() { ::raise(SIGKILL); }
void nothing() {}
pid_t retire() {
    ipc::retire_worker();
    return ::getpid();
}

void refuses(process_pool_options options, const std::string& field) {
    BOOST_CHECK_EXCEPTION(process_pool(std::move(options)), error, [&](const error& e) {
        BOOST_TEST(std::string(e.what()).find("process_pool_options::" + field) != std::string::npos, e.what());
        return e.code() == errc::invalid_argument;
    });
}

class diary {
public:
    void operator()(const worker_event& e) {
        std::scoped_lock lock(mutex_);
        events_.push_back(e);
    }
    [[nodiscard]] std::vector<worker_event> events() {
        std::scoped_lock lock(mutex_);
        return events_;
    }
    [[nodiscard]] bool has(worker_event::kind what) {
        for (auto& e : events())
            if (e.what == what) return true;
        return false;
    }

private:
    std::mutex mutex_;
    std::vector<worker_event> events_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(ipc_process_pool_staff)

BOOST_AUTO_TEST_CASE(a_band_that_is_none_is_refused) {
    refuses({.low_depth = 2, .high_depth = 1}, "low_depth");
    refuses({.low_age = 2s, .high_age = 1s}, "low_age");
    refuses({.grow_after = -1s}, "grow_after");
}

BOOST_AUTO_TEST_CASE(a_task_that_waits_too_long_gets_another_worker_however_few_wait) {
    pool_door door;
    process_pool pool(
        {.workers = 2, .min_workers = 1, .high_depth = 1000, .low_age = 0ms, .high_age = 1ms},
        fn<&pool_door::enter_hall>, door.tickets(), door.arrivals());
    auto first = pool.submit(fn<&pool_door::wait>);
    door.await();
    auto second = pool.submit(fn<&pool_door::wait>);
    door.await(); // both at once
    door.open(2);
    first.get();
    second.get();
    BOOST_TEST(pool.stats().started == 2U);
}

BOOST_AUTO_TEST_CASE(as_many_tasks_as_the_band_allows_wait_for_the_workers_that_there_are) {
    pool_door door;
    process_pool pool(
        {.workers = 4, .min_workers = 1, .high_depth = 2}, fn<&pool_door::enter_hall>, door.tickets(), door.arrivals());
    std::vector<future<void>> tasks;
    for (int i = 0; i < 3; ++i)
        tasks.push_back(pool.submit(fn<&pool_door::wait>));
    door.await();
    BOOST_TEST(pool.stats().workers == 1U);
    tasks.push_back(pool.submit(fn<&pool_door::wait>)); // the third that waits
    door.await();
    BOOST_TEST(pool.stats().workers == 2U);
    door.open(4);
    for (auto& t : tasks)
        t.get();
    BOOST_TEST(pool.stats().started == 2U);
}

BOOST_AUTO_TEST_CASE(who_listens_is_told_of_starts_and_ends_and_of_who_replaces_whom) {
    diary told;
    {
        process_pool pool({.workers = 1, .on_worker = std::ref(told)});
        BOOST_CHECK_THROW(pool.submit(fn<&die>).get(), ipc::worker_exited);
        pool.submit(fn<&nothing>).get();
    }
    auto events = told.events();
    BOOST_REQUIRE(events.size() == 3U); // the one that ends with the pool does so in order
    BOOST_CHECK(events[0].what == worker_event::kind::started);
    BOOST_TEST(events[0].predecessor == 0);
    BOOST_CHECK(events[1].what == worker_event::kind::ended);
    BOOST_TEST(events[1].pid == events[0].pid);
    BOOST_TEST(events[1].exit_code == -SIGKILL);
    BOOST_CHECK(events[2].what == worker_event::kind::started);
    BOOST_TEST(events[2].predecessor == events[0].pid);
}

BOOST_AUTO_TEST_CASE(a_pool_that_does_not_give_up_goes_on_after_the_period) {
    diary told;
    process_pool pool(
        {.workers = 1, .max_restarts = 1, .restart_period = 1h, .gives_up = false, .on_worker = std::ref(told)});
    while (!told.has(worker_event::kind::held_back)) { // two in vain within the hour
        for (auto pid : pool.pids())
            test::signal_relative(pid, SIGKILL);
        std::this_thread::yield();
    }
    auto waits = pool.submit(fn<&nothing>);
    BOOST_TEST(!waits.is_done());
    BOOST_TEST(waits.cancel()); // it is not broken, and the task has not begun
    BOOST_TEST(waits.is_cancelled());
}

BOOST_AUTO_TEST_CASE(a_pool_that_has_to_wait_starts_the_next_worker_when_the_period_is_over) {
    diary told;
    process_pool pool(
        {.workers = 1, .max_restarts = 1, .restart_period = 1s, .gives_up = false, .on_worker = std::ref(told)});
    while (!told.has(worker_event::kind::held_back)) {
        for (auto pid : pool.pids())
            test::signal_relative(pid, SIGKILL);
        std::this_thread::yield();
    }
    pool.submit(fn<&nothing>).get();
    BOOST_TEST(pool.stats().completed == 1U);
}

BOOST_AUTO_TEST_CASE(a_pool_that_is_resized_starts_and_ends_workers) {
    pool_door door;
    process_pool pool({.workers = 1, .seats = 4}, fn<&pool_door::enter_hall>, door.tickets(), door.arrivals());
    pool.resize(3, 4);
    BOOST_TEST(pool.size() == 4U);
    std::vector<future<void>> tasks;
    for (int i = 0; i < 4; ++i)
        tasks.push_back(pool.submit(fn<&pool_door::wait>));
    for (int i = 0; i < 4; ++i)
        door.await(); // all four at once
    pool.resize(1, 1);
    door.open(4);
    for (auto& t : tasks)
        t.get();
    while (pool.stats().workers != 1U)
        std::this_thread::yield();
    pool.submit(fn<&nothing>).get();
}

BOOST_AUTO_TEST_CASE(a_pool_is_resized_within_its_seats) {
    process_pool pool({.workers = 2, .seats = 3});
    for (auto [least, most] : {std::pair{0U, 1U}, {2U, 1U}, {1U, 4U}})
        BOOST_CHECK_EXCEPTION(
            pool.resize(least, most), error, [](const error& e) { return e.code() == errc::invalid_argument; });
    refuses({.workers = 2, .seats = 1}, "seats");
    refuses({.workers = 2, .seats = 1025}, "seats");
}

BOOST_AUTO_TEST_CASE(a_worker_that_retires_itself_ends_after_its_task_and_is_replaced) {
    diary told;
    process_pool pool({.workers = 1, .on_worker = std::ref(told)});
    auto first = pool.submit(fn<&retire>).get();
    auto second = pool.submit(fn<&::getpid>).get();
    BOOST_TEST(first != second);
    BOOST_TEST(pool.stats().died == 0U);
    BOOST_TEST(!told.has(worker_event::kind::ended)); // it was in order
}

BOOST_AUTO_TEST_SUITE_END()
