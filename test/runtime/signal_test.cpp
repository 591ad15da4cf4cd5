// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/async.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/signal.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <csignal>
#include <optional>
#include <thread>
#include <vector>

#include <pthread.h>
#include <unistd.h>

using namespace plait;

namespace {

void send(int signal) { BOOST_REQUIRE(::kill(::getpid(), signal) == 0); }

bool is_blocked_here(int signal) {
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    return ::sigismember(&mask, signal) == 1;
}

auto handler_of(int signal) {
    struct sigaction action {};
    ::sigaction(signal, nullptr, &action);
    return action.sa_handler;
}

} // namespace

BOOST_AUTO_TEST_SUITE(signal_suite)

BOOST_AUTO_TEST_CASE(a_signal_that_came_before_the_wait_is_kept) {
    signal_set s{SIGUSR1, SIGUSR2};
    send(SIGUSR2);
    BOOST_TEST(s.wait() == SIGUSR2);
    BOOST_TEST(!s.try_wait().has_value());
}

BOOST_AUTO_TEST_CASE(whoever_waits_is_woken) {
    test::for_every_kind([](test::parties& party) {
        signal_set s{SIGUSR1};
        std::atomic<int> got{0};
        for (int i = 0; i < 4; ++i) {
            party([&] { got = s.wait(); });
            send(SIGUSR1);
            party.join();
            BOOST_TEST(got.exchange(0) == SIGUSR1);
        }
    });
}

BOOST_AUTO_TEST_CASE(of_several_who_wait_one_gets_it) {
    test::for_every_kind([](test::parties& party) {
        signal_set s{SIGUSR1, SIGUSR2};
        std::atomic<int> sum{0};
        party([&] { sum += s.wait(); });
        party([&] { sum += s.wait(); });
        send(SIGUSR1);
        send(SIGUSR2);
        party.join();
        BOOST_TEST(sum == SIGUSR1 + SIGUSR2);
    });
}

BOOST_AUTO_TEST_CASE(every_set_gets_every_signal_of_its_own) {
    signal_set both{SIGUSR1, SIGUSR2}, first{SIGUSR1}, second{SIGUSR2};
    send(SIGUSR1);
    BOOST_TEST(both.wait() == SIGUSR1);
    BOOST_TEST(first.wait() == SIGUSR1);
    send(SIGUSR2);
    BOOST_TEST(both.wait() == SIGUSR2);
    BOOST_TEST(second.wait() == SIGUSR2);
    BOOST_TEST(!first.try_wait().has_value());
}

BOOST_AUTO_TEST_CASE(a_burst_of_one_signal_is_one_signal) {
    signal_set s{SIGUSR1, SIGUSR2};
    for (int i = 0; i < 100; ++i)
        s.deliver(SIGUSR1);
    s.deliver(SIGUSR2);
    BOOST_TEST(s.wait() == SIGUSR1);
    BOOST_TEST(s.wait() == SIGUSR2);
    BOOST_TEST(!s.try_wait().has_value());
}

BOOST_AUTO_TEST_CASE(real_time_signals_are_counted) {
    signal_set s{SIGRTMIN, SIGRTMIN + 1};
    send(SIGRTMIN + 1);
    for (int i = 0; i < 5; ++i)
        send(SIGRTMIN);
    for (int i = 0, seen = 0; i < 6; ++i)
        if (s.wait() == SIGRTMIN) BOOST_TEST(++seen <= 5);
    BOOST_TEST(!s.try_wait().has_value());
}

BOOST_AUTO_TEST_CASE(a_timed_wait_throws_and_a_try_says_no) {
    signal_set s{SIGUSR1};
    BOOST_CHECK_THROW(s.wait_for(duration(0)), timeout_error);
    BOOST_CHECK_THROW(s.wait_until(time_point()), timeout_error);
    BOOST_TEST((test::code_of([&] { s.wait_for(duration(-1)); }) == errc::invalid_argument));
    BOOST_TEST(!s.try_wait().has_value());
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_takes_no_signal) {
    run([] {
        signal_set s{SIGUSR1};
        auto waiting = spawn([&] { s.wait(); });
        yield();
        waiting.cancel();
        waiting.wait();
        send(SIGUSR1);
        BOOST_TEST(s.wait() == SIGUSR1);
    });
}

BOOST_AUTO_TEST_CASE(a_handler_can_wait_for_a_signal) {
    signal_set s{SIGUSR1};
    boost::asio::io_context context;
    std::optional<int> got;
    s.async_wait(
        boost::asio::bind_executor(context, [&](boost::system::error_code ec, int signal) { got = ec ? 0 : signal; }));
    send(SIGUSR1);
    context.run();
    BOOST_TEST((got == SIGUSR1));
}

BOOST_AUTO_TEST_CASE(a_thread_that_does_not_block_the_signal_passes_it_on) {
    event made, done;
    std::jthread older([&] { // it may be chosen for the signal, and loses nothing
        made.wait();
        while (!done.is_set())
            std::this_thread::yield();
    });
    signal_set s{SIGUSR1};
    made.set();
    int received = 0;
    for (int i = 0; i < 50; ++i) {
        send(SIGUSR1);
        if (s.wait() == SIGUSR1) ++received;
    }
    done.set();
    BOOST_TEST(received == 50);
}

BOOST_AUTO_TEST_CASE(afterwards_everything_is_as_it_was) {
    BOOST_REQUIRE(!is_blocked_here(SIGUSR1));
    auto before = handler_of(SIGUSR1);
    {
        signal_set outer{SIGUSR1};
        {
            signal_set inner{SIGUSR1};
            BOOST_TEST(is_blocked_here(SIGUSR1));
        }
        BOOST_TEST(is_blocked_here(SIGUSR1));
        send(SIGUSR1);
        BOOST_TEST(outer.wait() == SIGUSR1);
    }
    BOOST_TEST(!is_blocked_here(SIGUSR1));
    BOOST_TEST((handler_of(SIGUSR1) == before));
}

BOOST_AUTO_TEST_CASE(a_set_that_outlives_an_older_one_still_gets_its_signals) {
    std::optional<signal_set> older;
    older.emplace(std::initializer_list<int>{SIGUSR1});
    signal_set s{SIGUSR1};
    older.reset(); // unblocks the signal here: it was the one that blocked it
    send(SIGUSR1);
    BOOST_TEST(s.wait() == SIGUSR1);
}

BOOST_AUTO_TEST_CASE(a_signal_that_was_blocked_before_stays_blocked) {
    sigset_t usr1;
    ::sigemptyset(&usr1);
    ::sigaddset(&usr1, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &usr1, nullptr);
    { signal_set s{SIGUSR1}; }
    BOOST_TEST(is_blocked_here(SIGUSR1));
    ::pthread_sigmask(SIG_UNBLOCK, &usr1, nullptr);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_waited_for_is_refused) {
    for (int signal : {0, -1, 65, SIGKILL, SIGSTOP, SIGSEGV})
        BOOST_TEST((test::code_of([&] { signal_set s{signal}; }) == errc::invalid_argument), "signal " << signal);
    BOOST_TEST((test::code_of([] { signal_set s(std::initializer_list<int>{}); }) == errc::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()
