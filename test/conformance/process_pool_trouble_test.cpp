// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Pools of processes in trouble that is not their workers': limits that are reached, options at the end of their range,
// callbacks and handlers that end the pool, and copies of the process that owns it.
#include "support/descriptor_limit.hpp"
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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

using namespace plait;
using namespace std::chrono_literals;
using ipc::process_pool;
using test::pool_door;

namespace {

int twice(int n) { return 2 * n; }

#ifndef __SANITIZE_ADDRESS__ // see descriptor_limit.hpp
/// No process can be started while it exists, which begins with the death of a worker.
class shortage_of_descriptors {
public:
    explicit shortage_of_descriptors(const process_pool& pool) : victim_(plait::detail::open_pidfd(pool.pids().at(0))) {
        BOOST_TEST(plait::detail::send_signal_through(victim_.get(), SIGKILL) == 0);
    }

private:
    plait::detail::unique_fd victim_;
    const test::descriptor_limit too_few_{2};
};

/// The nanoseconds that the thread of this name has run.
std::uint64_t cpu_time_of(const std::string& name) {
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string found;
        std::ifstream(thread.path() / "comm") >> found;
        std::uint64_t ran = 0;
        if (found == name && std::ifstream(thread.path() / "schedstat") >> ran) return ran;
    }
    return 0;
}

void burn_cpu(std::chrono::nanoseconds how_much) {
    auto mine = [] {
        timespec t{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
    };
    for (auto until = mine() + how_much; mine() < until;) {
    }
}
#endif

/// Runs `f` in a copy of this process, and returns what that ends with; a copy that hangs is ended by SIGALRM.
template <class F>
int status_of_fork(F f) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(60);
        ::_exit(f());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}

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

#ifndef __SANITIZE_ADDRESS__
BOOST_AUTO_TEST_CASE(a_worker_that_cannot_be_replaced_now_is_replaced_later) {
    process_pool pool({.workers = 2, .max_restarts = 1});
    {
        const shortage_of_descriptors now(pool);
        while (pool.stats().died != 1)
            std::this_thread::yield();
        for (int i = 0; i < 1000; ++i)
            BOOST_REQUIRE(pool.submit(fn<&twice>, i).get() == 2 * i);
    }
    while (pool.stats().workers != 2)
        std::this_thread::yield();
    BOOST_TEST(pool.stats().started == 3U);
}

BOOST_AUTO_TEST_CASE(a_pool_without_workers_that_can_start_none_is_broken_and_rests) {
    process_pool pool({.workers = 1, .name = "resting", .max_restarts = 1});
    {
        const shortage_of_descriptors now(pool);
        while (!test::fails_with(errc::pool_broken, [&] { static_cast<void>(pool.submit(fn<&twice>, 1)); }))
            std::this_thread::yield();
    }
    burn_cpu(150ms); // longer than a pool waits before it tries again
    const auto before = cpu_time_of("resting-keep");
    BOOST_TEST(before > 0U);
    burn_cpu(300ms);
    BOOST_TEST(cpu_time_of("resting-keep") - before < 30'000'000U);
}
#endif

BOOST_AUTO_TEST_CASE(a_callback_cannot_wait_for_the_end_of_its_pool) {
    process_pool pool({.workers = 1});
    event called;
    std::vector<boost::system::error_code> failures;
    auto task = pool.submit(fn<&twice>, 1);
    task.on_done([&] { // nobody waits for it, so this is the pool's own thread
        failures.push_back(test::code_of([&] { pool.shutdown(); }));
        failures.push_back(test::code_of([&] { pool.terminate(); }));
        called.set();
    });
    called.wait();
    for (auto& f : failures)
        BOOST_TEST(test::is(f, errc::resource_deadlock_would_occur));
    BOOST_TEST(pool.submit(fn<&twice>, 2).get() == 4); // nothing was done
}

BOOST_AUTO_TEST_CASE(destroyed_by_a_callback_it_ends_a_moment_later) {
    auto pool = std::make_unique<process_pool>(ipc::process_pool_options{.workers = 1, .name = "gone"});
    event called;
    auto task = pool->submit(fn<&twice>, 1), last = pool->submit(fn<&twice>, 2);
    task.on_done([&] {
        pool.reset();
        called.set();
    });
    called.wait();
    BOOST_TEST(last.get() == 4);
    while (!ipc::active_children().empty())
        std::this_thread::yield();
}

BOOST_AUTO_TEST_CASE(destroyed_in_a_handler_it_does_what_was_submitted_and_ends_a_moment_later) {
    auto pool = std::make_unique<process_pool>(ipc::process_pool_options{.workers = 1});
    std::vector<future<int>> results;
    boost::asio::io_context context;
    plait::loop home(context);
    boost::asio::post(context, [&] {
        for (int i = 0; i < 100; ++i)
            results.push_back(pool->submit(fn<&twice>, i));
        pool.reset();
        home.stop();
    });
    context.run();
    for (int i = 0; auto& r : results)
        BOOST_TEST(r.get() == 2 * i++);
    while (!ipc::active_children().empty())
        std::this_thread::yield();
}

BOOST_AUTO_TEST_CASE(a_copy_of_the_owner_cannot_submit_and_ends_no_pool) {
    process_pool pool({.workers = 1});
    static_cast<void>(pool.apply(fn<&twice>, 1));
    int status = status_of_fork([&] {
        const auto code = test::code_of([&] { static_cast<void>(pool.submit(fn<&twice>, 1)); });
        if (code != errc::pool_shut_down) return 1;
        pool.shutdown();
        pool.terminate();
        pool.~process_pool();
        return 7;
    });
    BOOST_TEST(WIFEXITED(status));
    BOOST_TEST(WEXITSTATUS(status) == 7);
    BOOST_TEST(pool.submit(fn<&twice>, 2).get() == 4);
}

BOOST_AUTO_TEST_SUITE_END()
