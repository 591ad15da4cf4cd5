// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Servers that are slow, and callers that do not wait: on a clock that jumps when everything waits.
#include "apps/http_servers.hpp"
#include "support/fails_with.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/timeout.hpp>

#include <boost/test/unit_test.hpp>

namespace plait::test {
namespace {

using namespace std::chrono_literals;
using http::fault;

template <class F>
void run_on_a_virtual_clock(F f) {
    virtual_clock clock;
    run(f, {.clock = &clock});
}

/// Waits for the end of the connection.
void say_nothing(stream& s) {
    std::array<char, 4096> ignored;
    while (s.read_some(ignored) != 0) {
    }
}

void begin_and_say_no_more(stream& s) {
    static_cast<void>(next_request(s));
    s.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    say_nothing(s);
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_client_times)

BOOST_AUTO_TEST_CASE(a_server_that_never_answers_is_waited_for_as_long_as_the_first_byte_may_take) {
    run_on_a_virtual_clock([] {
        http_server s(say_nothing);
        http::client c;
        BOOST_TEST(fails_with(fault::first_byte_timed_out, [&] {
            static_cast<void>(c.send(s.origin(), {.timeouts = {.first_byte = 2s}}));
        }));
        BOOST_TEST(fails_with(fault::timed_out, [&] {
            static_cast<void>(c.send(s.origin(), {.timeouts = {.first_byte = 2s, .total = 1s}}));
        }));
        while (s.connections() != 0) // both were closed
            yield();
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_stops_in_the_middle_is_waited_for_until_everything_had_to_be_over) {
    run_on_a_virtual_clock([] {
        http_server s(begin_and_say_no_more);
        http::client c;
        http::response r = c.send(s.origin(), {.timeouts = {.first_byte = 1s, .total = 5s}});
        BOOST_TEST(r.read_some() == "half");
        BOOST_TEST(fails_with(fault::timed_out, [&] { static_cast<void>(r.read_some()); }));
        while (s.connections() != 0)
            yield();
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_sends_a_byte_now_and_then_does_not_gain_time) {
    run_on_a_virtual_clock([] {
        http_server s([](stream& connection) {
            static_cast<void>(next_request(connection));
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
            for (;;) {
                sleep_for(1s);
                connection.write("x");
            }
        });
        http::client c;
        BOOST_TEST(fails_with(
            fault::timed_out, [&] { static_cast<void>(c.send(s.origin(), {.timeouts = {.total = 60s}}).read_all()); }));
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_never_agrees_on_tls_is_waited_for_as_long_as_connecting_may_take) {
    run_on_a_virtual_clock([] {
        http_server s(say_nothing);
        http::client c({.tls = tls_client({.verify = false})});
        http::origin secure = s.origin();
        secure.how = http::scheme::https;
        BOOST_TEST(fails_with(
            fault::connect_timed_out, [&] { static_cast<void>(c.send(secure, {.timeouts = {.connect = 3s}})); }));
        while (s.connections() != 0)
            yield();
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_read_a_large_request_is_waited_for_until_the_end) {
    run_on_a_virtual_clock([] {
        event over;
        http_server s([&](stream&) { over.wait(); });
        http::client c;
        const std::string body(8'000'000, 'b');
        BOOST_TEST(fails_with(fault::timed_out, [&] {
            static_cast<void>(c.send(s.origin(), {.method = "POST", .body = body, .timeouts = {.total = 5s}}));
        }));
        over.set();
    });
}

BOOST_AUTO_TEST_CASE(a_timeout_around_a_request_closes_its_connection) {
    run_on_a_virtual_clock([] {
        http_server s(say_nothing);
        http::client c;
        BOOST_CHECK_THROW(timeout(1s, [&] { static_cast<void>(c.send(s.origin(), {})); }), timeout_error);
        while (s.connections() != 0)
            yield();
        BOOST_TEST(c.idle() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_caller_that_is_cancelled_leaves_no_connection_behind) {
    run([] {
        http_server s(begin_and_say_no_more);
        http::client c;
        event half_read;
        task<void> reader = spawn([&] {
            http::response r = c.send(s.origin(), {});
            static_cast<void>(r.read_some());
            half_read.set();
            static_cast<void>(r.read_some());
        });
        half_read.wait();
        reader.cancel();
        BOOST_TEST(fails_with(errc::task_cancelled, [&] { reader.join(); }));
        while (s.connections() != 0)
            yield();
        BOOST_TEST(c.idle() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_body_whose_reading_was_given_up_does_not_look_whole) {
    run_on_a_virtual_clock([] {
        http_server s(begin_and_say_no_more);
        http::client c;
        http::response r = c.send(s.origin(), {});
        BOOST_CHECK_THROW(timeout(1s, [&] { static_cast<void>(r.read_all()); }), timeout_error);
        BOOST_TEST(fails_with(fault::truncated, [&] { static_cast<void>(r.read_some()); }));
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
