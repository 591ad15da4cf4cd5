// Copyright 2026 the plait authors. Boost Software License 1.0
#include "monitor.hpp"

#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace {

using plait::detail::unique_fd;
using plait::ipc::detail::monitor;

unique_fd make_eventfd() { return unique_fd(::eventfd(0, EFD_CLOEXEC)); }
void ring(const unique_fd& fd) {
    std::uint64_t one = 1;
    BOOST_REQUIRE_EQUAL(::write(fd.get(), &one, sizeof one), ssize_t{sizeof one});
}

} // namespace

BOOST_AUTO_TEST_SUITE(ipc_monitor)

BOOST_AUTO_TEST_CASE(a_call_runs_on_the_monitor_thread_and_what_it_throws_comes_back) {
    monitor& m = monitor::instance();
    bool there = false;
    m.call([&] { there = m.on_monitor_thread(); });
    BOOST_TEST(there);
    BOOST_TEST(!m.on_monitor_thread());
    BOOST_CHECK_THROW(m.call([] { throw std::runtime_error("no"); }), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_call_from_the_monitor_thread_runs_at_once) {
    monitor& m = monitor::instance();
    int depth = 0;
    m.call([&] { m.call([&] { depth = 2; }); });
    BOOST_TEST(depth == 2);
}

BOOST_AUTO_TEST_CASE(a_readable_descriptor_is_reported_once_though_it_stays_readable) {
    monitor& m = monitor::instance();
    auto fd = make_eventfd();
    std::atomic<int> calls = 0;
    std::promise<void> seen;
    auto id = m.watch(fd.get(), [&] {
        if (calls.fetch_add(1, std::memory_order_relaxed) == 0) seen.set_value();
    });
    ring(fd);
    seen.get_future().wait();
    m.call([] {}); // a second report would have come first: events are served before calls
    m.unwatch(id);
    BOOST_TEST(calls.load(std::memory_order_relaxed) == 1);
}

BOOST_AUTO_TEST_CASE(a_callback_may_watch_its_descriptor_again) {
    monitor& m = monitor::instance();
    auto fd = make_eventfd();
    ring(fd);
    std::promise<void> twice;
    std::atomic<monitor::watch_id> second = 0;
    auto id = m.watch(
        fd.get(), [&] { second.store(m.watch(fd.get(), [&] { twice.set_value(); }), std::memory_order_relaxed); });
    twice.get_future().wait();
    m.unwatch(id);
    m.unwatch(second.load(std::memory_order_relaxed));
}

BOOST_AUTO_TEST_CASE(after_unwatch_the_callback_does_not_run) {
    monitor& m = monitor::instance();
    for (int round = 0; round < 200; ++round) {
        auto fd = make_eventfd();
        // Written without synchronisation by the callback and here: unwatch alone keeps them apart, as TSan confirms.
        auto data = std::make_unique<int>(0);
        auto id = m.watch(fd.get(), [&data] { ++*data; });
        std::thread ringer([&] { ring(fd); });
        m.unwatch(id);
        int seen = *data;
        data.reset();
        ringer.join();
        m.call([] {});
        BOOST_TEST((seen == 0 || seen == 1));
    }
}

BOOST_AUTO_TEST_CASE(what_a_callback_holds_is_released_by_unwatch) {
    monitor& m = monitor::instance();
    auto fd = make_eventfd();
    auto held = std::make_shared<int>(1);
    auto id = m.watch(fd.get(), [held] {});
    BOOST_TEST(held.use_count() == 2);
    m.unwatch(id);
    BOOST_TEST(held.use_count() == 1);
    m.unwatch(id);
    m.unwatch(0);
}

BOOST_AUTO_TEST_CASE(a_tick_that_is_called_for_does_not_wait_for_its_time) {
    monitor& m = monitor::instance();
    int ticks = 0; // touched by the monitor thread alone
    auto id = m.tick([&] { ++ticks; });
    for (int i = 0; i < 20; ++i) {
        int before = 0, after = 0;
        m.call([&] {
            before = ticks;
            m.tick_now();
        });
        m.call([&] { after = ticks; });
        BOOST_TEST(after > before);
    }
    m.unwatch(id);
}

BOOST_AUTO_TEST_CASE(a_tick_runs_again_and_again_and_may_end_itself) {
    monitor& m = monitor::instance();
    std::promise<void> third;
    std::atomic<monitor::watch_id> id = 0;
    int ticks = 0; // touched by the monitor thread alone
    m.call([&] {
        id.store(
            m.tick([&] {
                if (++ticks < 3) return;
                m.unwatch(id.load(std::memory_order_relaxed));
                third.set_value();
            }),
            std::memory_order_relaxed);
    });
    third.get_future().wait();
    m.call([&] { BOOST_TEST(ticks == 3); });
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_cannot_be_watched_is_an_error_that_names_the_call) {
    monitor& m = monitor::instance();
    auto named = [](const boost::system::system_error& e) {
        return std::string(e.what()).find("epoll_ctl") != std::string::npos;
    };
    BOOST_CHECK_EXCEPTION(static_cast<void>(m.watch(-1, [] {})), boost::system::system_error, named);
}

BOOST_AUTO_TEST_CASE(every_signal_is_blocked_on_the_monitor_thread) {
    sigset_t mask;
    monitor::instance().call([&] { ::pthread_sigmask(SIG_SETMASK, nullptr, &mask); });
    for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1, SIGALRM})
        BOOST_TEST(::sigismember(&mask, signal) == 1, "signal " << signal << " is not blocked");
}

BOOST_AUTO_TEST_CASE(calls_from_many_threads_are_all_run_one_at_a_time) {
    monitor& m = monitor::instance();
    int count = 0; // unguarded: the monitor thread alone touches it, one call after the other
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 100; ++n)
                m.call([&] { ++count; });
        });
    for (auto& t : threads)
        t.join();
    m.call([&] { BOOST_TEST(count == 800); });
}

BOOST_AUTO_TEST_SUITE_END()
