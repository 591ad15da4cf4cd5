// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/clock.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/mutex.hpp>
#include <plait/runtime/timeout.hpp>

#include <chrono>
#include <mutex>
#include <stdexcept>
#include <string>

using namespace plait;
using namespace std::chrono_literals;

namespace {

// Runs `f` in a run whose time is virtual.
template <class F>
void in_virtual_time(F f) {
    virtual_clock clock;
    run([&] { f(clock); }, {.clock = &clock});
}

} // namespace

BOOST_AUTO_TEST_SUITE(timeout_suite)

BOOST_AUTO_TEST_CASE(what_is_done_in_time_returns_its_value) {
    test::for_every_kind([](test::parties& party) {
        int value = 0;
        party([&] { value = timeout(1h, [] { return 7; }); });
        party.join();
        BOOST_TEST(value == 7);
    });
}

BOOST_AUTO_TEST_CASE(a_wait_that_takes_too_long_ends_with_timeout_error) {
    test::for_every_kind([](test::parties& party) {
        event never;
        boost::system::error_code code;
        party([&] { code = test::code_of([&] { timeout(1us, [&] { never.wait(); }); }); });
        party.join();
        BOOST_TEST((code == errc::timed_out));
    });
}

BOOST_AUTO_TEST_CASE(the_locks_that_the_work_holds_are_released_on_the_way_out) {
    test::for_every_kind([](test::parties& party) {
        event never;
        mutex m;
        party([&] {
            static_cast<void>(test::code_of([&] {
                timeout(1us, [&] {
                    std::lock_guard guard(m);
                    never.wait();
                });
            }));
        });
        party.join();
        BOOST_TEST(m.try_lock());
        m.unlock();
    });
}

BOOST_AUTO_TEST_CASE(after_a_timeout_the_party_waits_as_before) {
    test::for_every_kind([](test::parties& party) {
        event never, set;
        set.set();
        bool waited = false;
        party([&] {
            static_cast<void>(test::code_of([&] { timeout(1us, [&] { never.wait(); }); }));
            sleep_for(1us);
            set.wait();
            waited = true;
        });
        party.join();
        BOOST_TEST(waited);
    });
}

BOOST_AUTO_TEST_CASE(an_inner_timeout_ends_alone_and_then_the_outer_one) {
    in_virtual_time([](virtual_clock& clock) {
        std::string order;
        auto started = clock.now();
        auto code = test::code_of([&] {
            timeout(10s, [&] {
                order += test::code_of([] { timeout(2s, [] { sleep_for(5s); }); }) == errc::timed_out ? "inner " : "";
                order += clock.now() - started == 2s ? "at 2 s " : "";
                sleep_for(20s);
            });
        });
        order += code == errc::timed_out ? "outer " : "";
        order += clock.now() - started == 10s ? "at 10 s" : "";
        BOOST_TEST(order == "inner at 2 s outer at 10 s");
    });
}

BOOST_AUTO_TEST_CASE(an_outer_timeout_passes_through_the_inner_one) {
    in_virtual_time([](virtual_clock& clock) {
        bool inner_ended = false;
        auto started = clock.now();
        auto code = test::code_of([&] {
            timeout(2s, [&] { inner_ended = test::code_of([] { timeout(10s, [] { sleep_for(20s); }); }).failed(); });
        });
        BOOST_TEST((code == errc::timed_out));
        BOOST_TEST(!inner_ended);
        BOOST_TEST((clock.now() - started == 2s));
    });
}

BOOST_AUTO_TEST_CASE(a_shield_inside_holds_a_timeout_up_and_one_around_it_does_not) {
    in_virtual_time([](virtual_clock& clock) {
        auto started = clock.now();
        auto inside = test::code_of([] {
            timeout(1s, [] {
                {
                    shield s;
                    sleep_for(3s);
                }
                sleep_for(3s);
            });
        });
        BOOST_TEST((inside == errc::timed_out));
        BOOST_TEST((clock.now() - started == 3s));
        shield s;
        BOOST_TEST((test::code_of([] { timeout(1s, [] { sleep_for(3s); }); }) == errc::timed_out));
        BOOST_TEST((clock.now() - started == 4s));
    });
}

BOOST_AUTO_TEST_CASE(a_thread_s_operation_in_flight_is_asked_to_stop_once_and_then_slept_for) {
    struct operation : detail::waiter {
        operation() noexcept : waiter("an operation", &operation::request_stop) {}
        static void request_stop(waiter& w) noexcept {
            if (++static_cast<operation&>(w).requests > 1) w.wake();
        }
        int requests = 0;
    } in_flight;
    auto now = std::chrono::steady_clock::now();
    auto result = timeout_at(now, [&] { return in_flight.park(deadline(now + 1ms), detail::cancellation::enabled); });
    BOOST_TEST((result == detail::wait_state::timed_out));
    BOOST_TEST(in_flight.requests == 1);
}

BOOST_AUTO_TEST_CASE(the_cancellation_of_the_caller_is_no_timeout) {
    run([] {
        event never;
        auto t = spawn([&] { timeout(1h, [&] { never.wait(); }); });
        yield();
        t.cancel();
        BOOST_TEST((test::code_of([&] { t.join(); }) == errc::task_cancelled));
    });
}

BOOST_AUTO_TEST_CASE(a_value_that_comes_late_is_still_returned) {
    in_virtual_time([](virtual_clock& clock) {
        BOOST_TEST(timeout(1s, [&] {
                       clock.advance(2s);
                       return 7;
                   }) == 7);
    });
}

BOOST_AUTO_TEST_CASE(an_exception_of_the_work_passes_through) {
    test::for_every_kind([](test::parties& party) {
        bool passed = false;
        party([&] {
            try {
                timeout(1h, [] { throw std::runtime_error("mine"); });
            } catch (const std::runtime_error&) {
                passed = true;
            }
        });
        party.join();
        BOOST_TEST(passed);
    });
}

BOOST_AUTO_TEST_CASE(a_negative_limit_is_refused) {
    BOOST_TEST((test::code_of([] { timeout(-1s, [] {}); }) == errc::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()
