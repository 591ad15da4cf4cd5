// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Which connections are kept, which are used again, and what happens when a kept one is gone.
#include "apps/http_servers.hpp"
#include "support/fails_with.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/loop.hpp>

#include <boost/test/unit_test.hpp>

namespace plait::test {
namespace {

using namespace std::chrono_literals;
using http::fault;

/// Answers one request of each connection, reads another one, and closes: as a server does whose patience ends just then.
struct closing_server {
    std::size_t requests = 0;
    http_server server{[this](stream& s) {
        if (!next_request(s)) return;
        ++requests;
        s.write(answer_of("fine"));
        if (next_request(s)) ++requests;
    }};
};

} // namespace

BOOST_AUTO_TEST_SUITE(http_connection_pool)

BOOST_AUTO_TEST_CASE(a_kept_connection_that_closes_instead_of_answering_is_replaced_once_for_a_repeatable_request) {
    run([] {
        closing_server s;
        http::client c;
        BOOST_TEST(c.send(s.server.origin(), {}).read_all() == "fine");
        BOOST_TEST(c.send(s.server.origin(), {}).read_all() == "fine");
        BOOST_TEST(s.server.accepted() == 2u);
        BOOST_TEST(s.requests == 3u);
        BOOST_TEST(c.send(s.server.origin(), {.method = "POST", .idempotent = true}).read_all() == "fine");
        BOOST_TEST(s.server.accepted() == 3u);
    });
}

BOOST_AUTO_TEST_CASE(a_request_that_must_not_be_repeated_is_not) {
    run([] {
        closing_server s;
        http::client c;
        BOOST_TEST(c.send(s.server.origin(), {}).read_all() == "fine");
        BOOST_TEST(fails_with(
            fault::closed, [&] { static_cast<void>(c.send(s.server.origin(), {.method = "POST", .body = "x"})); }));
        BOOST_TEST(s.requests == 2u);
        BOOST_TEST(s.server.accepted() == 1u);
        BOOST_TEST(c.send(s.server.origin(), {}).read_all() == "fine");
        BOOST_TEST(
            fails_with(fault::closed, [&] { static_cast<void>(c.send(s.server.origin(), {.idempotent = false})); }));
        BOOST_TEST(s.requests == 4u);
        BOOST_TEST(s.server.accepted() == 2u);
    });
}

BOOST_AUTO_TEST_CASE(a_request_is_not_repeated_twice_nor_on_a_new_connection) {
    run([] {
        std::size_t requests = 0;
        http_server s([&](stream& connection) {
            if (!next_request(connection)) return;
            if (++requests == 1) connection.write(answer_of("fine"));
            if (requests == 1 && next_request(connection)) ++requests;
        });
        http::client c;
        BOOST_TEST(c.send(s.origin(), {}).read_all() == "fine");
        BOOST_TEST(fails_with(fault::closed, [&] { static_cast<void>(c.send(s.origin(), {})); }));
        BOOST_TEST(requests == 3u); // once on the kept connection, once on the new one
        BOOST_TEST(fails_with(fault::closed, [&] { static_cast<void>(c.send(s.origin(), {})); }));
        BOOST_TEST(requests == 4u);
    });
}

BOOST_AUTO_TEST_CASE(an_answer_that_broke_off_is_not_asked_for_again) {
    run([] {
        std::size_t requests = 0;
        http_server s([&](stream& connection) {
            while (next_request(connection)) {
                ++requests;
                if (requests == 1)
                    connection.write(answer_of("fine"));
                else
                    return connection.write("H");
            }
        });
        http::client c;
        BOOST_TEST(c.send(s.origin(), {}).read_all() == "fine");
        BOOST_TEST(fails_with(fault::truncated, [&] { static_cast<void>(c.send(s.origin(), {})); }));
        BOOST_TEST(requests == 2u);
    });
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_was_closed_meanwhile_is_not_used) {
    run([] {
        http_server s(always(answer_of("fine"), true));
        http::client c;
        for (int i = 0; i < 3; ++i) {
            BOOST_TEST(c.send(s.origin(), {.method = "POST"}).read_all() == "fine");
            while (s.connections() != 0) // its end is there then
                yield();
        }
        BOOST_TEST(s.accepted() == 3u);
    });
}

BOOST_AUTO_TEST_CASE(bytes_that_nobody_asked_for_are_no_answer_to_the_next_request) {
    run([] {
        event sent;
        std::size_t connections = 0;
        http_server s([&](stream& connection) {
            const bool first = ++connections == 1;
            static_cast<void>(next_request(connection));
            connection.write(answer_of("fine"));
            if (!first) return;
            static_cast<void>(sent.wait());
            connection.write(answer_of("evil"));
            sent.clear();
            static_cast<void>(next_request(connection));
        });
        http::client c;
        BOOST_TEST(c.send(s.origin(), {}).read_all() == "fine");
        BOOST_TEST(c.idle() == 1u);
        sent.set();
        while (sent.is_set())
            yield();
        BOOST_TEST(c.send(s.origin(), {}).read_all() == "fine");
        BOOST_TEST(s.accepted() == 2u);
    });
}

BOOST_AUTO_TEST_CASE(an_answer_with_something_behind_it_closes_its_connection) {
    run([] {
        http_server s(always(answer_of("fine") + answer_of("evil")));
        http::client c;
        for (int i = 0; i < 2; ++i)
            BOOST_TEST(c.send(s.origin(), {}).read_all() == "fine");
        BOOST_TEST(s.accepted() == 2u);
        BOOST_TEST(c.idle() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_says_close_is_taken_at_its_word) {
    run([] {
        http_server s(always(answer_of("fine", "Connection: close\r\n")));
        http::client c;
        for (int i = 0; i < 2; ++i)
            BOOST_TEST(c.send(s.origin(), {}).read_all() == "fine");
        BOOST_TEST(s.accepted() == 2u);
    });
}

BOOST_AUTO_TEST_CASE(an_origin_has_at_most_as_many_connections_as_are_allowed) {
    run([] {
        std::size_t at_once = 0, most = 0;
        http_server s([&](stream& connection) {
            while (next_request(connection)) {
                most = std::max(most, ++at_once);
                for (int i = 0; i < 20; ++i)
                    yield();
                --at_once;
                connection.write(answer_of("fine"));
            }
        });
        http::client c({.connections_per_origin = 3});
        std::vector<task<void>> callers;
        for (int i = 0; i < 30; ++i)
            callers.push_back(spawn([&] { BOOST_TEST(c.send(s.origin(), {}).read_all() == "fine"); }));
        for (auto& caller : callers)
            caller.join();
        BOOST_TEST(most == 3u);
        BOOST_TEST(s.accepted() == 3u);
        BOOST_TEST(c.idle() == 3u);
        c.close_idle();
        BOOST_TEST(c.idle() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_busy_origin_waits_no_longer_than_the_request_may_take_and_holds_up_no_other) {
    virtual_clock clock;
    run(
        [] {
            http_server s(echo_lines), other(echo_lines);
            http::client c({.connections_per_origin = 1, .connections = 2});
            http::response unread = c.send(s.origin(), {});
            event waits;
            task<void> waiter = spawn([&] {
                waits.set();
                BOOST_TEST(fails_with(
                    fault::busy, [&] { static_cast<void>(c.send(s.origin(), {.timeouts = {.total = 1s}})); }));
            });
            waits.wait();
            yield();
            BOOST_TEST(c.send(other.origin(), {}).read_all() == "GET / HTTP/1.1");
            waiter.join();
            BOOST_TEST(unread.read_all() == "GET / HTTP/1.1");
            BOOST_TEST(c.send(s.origin(), {}).read_all() == "GET / HTTP/1.1");
        },
        {.clock = &clock});
}

BOOST_AUTO_TEST_CASE(a_connection_that_nobody_uses_makes_room_for_another_origin_s) {
    run([] {
        http_server one(echo_lines), two(echo_lines), three(echo_lines);
        http::client c({.connections = 2});
        for (const http_server* s : {&one, &two, &three})
            BOOST_TEST(c.send(s->origin(), {}).read_all() == "GET / HTTP/1.1");
        BOOST_TEST(c.idle() == 2u);
        while (one.connections() != 0) // the oldest was closed
            yield();
        BOOST_TEST(two.connections() == 1u);
    });
}

BOOST_AUTO_TEST_CASE(a_connection_is_kept_for_so_long_and_no_longer) {
    virtual_clock clock(virtual_clock::mode::manual);
    run(
        [&] {
            http_server s(echo_lines), other(echo_lines);
            http::client c({.idle_time = 30s});
            BOOST_TEST(c.send(s.origin(), {}).read_all() == "GET / HTTP/1.1");
            clock.advance(29s);
            BOOST_TEST(c.send(s.origin(), {}).read_all() == "GET / HTTP/1.1");
            BOOST_TEST(s.accepted() == 1u);
            clock.advance(30s);
            BOOST_TEST(c.send(other.origin(), {}).read_all() == "GET / HTTP/1.1");
            while (s.connections() != 0) // another origin's request has shown it out
                yield();
            BOOST_TEST(c.send(s.origin(), {}).read_all() == "GET / HTTP/1.1");
            BOOST_TEST(s.accepted() == 2u);
        },
        {.clock = &clock});
}

BOOST_AUTO_TEST_CASE(one_client_serves_the_coroutines_of_several_loops) {
    run(
        [] {
            server_options spread = quiet();
            spread.loops = {loops().begin(), loops().end()};
            http_server s(echo_lines, spread);
            http::client c({.connections_per_origin = 4});
            std::vector<task<std::size_t>> callers;
            for (std::size_t i = 0; i < 16; ++i)
                callers.push_back(spawn(
                    [&] {
                        std::size_t right = 0;
                        for (int request = 0; request < 25; ++request)
                            right += c.send(s.origin(), {}).read_all() == "GET / HTTP/1.1";
                        return right;
                    },
                    {.on = loops()[i % loops().size()]}));
            for (auto& caller : callers)
                BOOST_TEST(caller.join() == 25u);
            BOOST_TEST(s.accepted() <= 4u);
        },
        {.loops = 2});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
