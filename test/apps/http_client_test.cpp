// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The client against servers in the same program: what it sends, how it reads, what it keeps.
#include "apps/http_servers.hpp"
#include "support/certificates.hpp"
#include "support/fails_with.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/timeout.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <thread>

#include <unistd.h>

namespace plait::test {
namespace {

using namespace std::chrono_literals;
using http::fault;

std::string text_of_failure(auto f) {
    try {
        f();
    } catch (const http::client_error& e) {
        return e.what();
    }
    return "it did not fail";
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_client)

BOOST_AUTO_TEST_CASE(a_request_is_answered_and_its_connection_used_again) {
    run([] {
        http_server s(echo_lines);
        http::client c;
        for (const char* target : {"/one", "/two?x=y", "/three"}) {
            http::response r = c.send(s.origin(), {.target = target});
            BOOST_TEST(r.status() == 200u);
            BOOST_TEST(r.read_all() == std::string("GET ") + target + " HTTP/1.1");
        }
        BOOST_TEST(s.accepted() == 1u);
        BOOST_TEST(c.idle() == 1u);
    });
}

BOOST_AUTO_TEST_CASE(what_is_sent_is_what_was_asked_for) {
    run([] {
        http_server s([](stream& connection) {
            while (auto request = next_request(connection))
                connection.write(answer_of(*request));
        });
        http::client c({.user_agent = "plait-test/1"});
        const std::string host = s.origin().authority();
        BOOST_TEST(
            c.send(s.origin(), {.fields = {{"Accept", "*/*"}, {"X-Empty", ""}}}).read_all() ==
            "GET / HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: plait-test/1\r\nAccept: */*\r\nX-Empty: \r\n\r\n");
        BOOST_TEST(
            c.send(
                 s.origin(), {.method = "POST", .fields = {{"User-Agent", "mine"}}, .body = "hi", .host = "other.test"})
                .read_all() ==
            "POST / HTTP/1.1\r\nHost: other.test\r\nUser-Agent: mine\r\nContent-Length: 2\r\n\r\nhi");
        BOOST_TEST(
            c.send(s.origin(), {.method = "PUT", .keep_alive = false}).read_all() ==
            "PUT / HTTP/1.1\r\nHost: " + host +
                "\r\nUser-Agent: plait-test/1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        BOOST_TEST(c.idle() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_server_on_a_unix_socket_is_talked_to) {
    run([] {
        const std::string path = "/tmp/plait-http-client-" + std::to_string(::getpid()) + ".socket";
        server s = start_unix_server(path, echo_lines, quiet());
        http::client c;
        for (int i = 0; i < 2; ++i)
            BOOST_TEST(c.send(http::origin::parse("unix:" + path), {.target = "/x"}).read_all() == "GET /x HTTP/1.1");
        BOOST_TEST(s.accepted() == 1u);
    });
}

BOOST_AUTO_TEST_CASE(a_server_with_tls_is_verified) {
    run([] {
        const authority known, unknown;
        const authority::files host = known.issue("host", "IP:127.0.0.1");
        http_server s(echo_lines, quiet(tls_server({host.certificate, host.key})));
        http::client trusting({.tls = tls_client({.ca_file = known.file()})});
        for (int i = 0; i < 2; ++i)
            BOOST_TEST(trusting.send(s.origin(), {}).read_all() == "GET / HTTP/1.1");
        BOOST_TEST(s.accepted() == 1u);

        http::client doubting({.tls = tls_client({.ca_file = unknown.file()})});
        BOOST_TEST(fails_with(fault::tls, [&] { static_cast<void>(doubting.send(s.origin(), {})); }));
        http::client standard; // verifies without being told so
        const std::string text = text_of_failure([&] { static_cast<void>(standard.send(s.origin(), {})); });
        BOOST_TEST(text.find(s.origin().to_string()) != std::string::npos, text);
        BOOST_TEST(text.find("certificate verify failed") != std::string::npos, text);
        http::origin elsewhere = s.origin();
        elsewhere.host = "localhost"; // which the certificate does not name
        BOOST_TEST(fails_with(fault::tls, [&] { static_cast<void>(trusting.send(elsewhere, {})); }));
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_speaks_no_tls_fails_by_that_name) {
    run([] {
        http_server s([](stream& connection) { connection.write("HTTP/1.1 400 Bad Request\r\n\r\n"); });
        http::client c({.tls = tls_client({.verify = false})});
        http::origin secure = s.origin();
        secure.how = http::scheme::https;
        BOOST_TEST(fails_with(fault::tls, [&] { static_cast<void>(c.send(secure, {})); }));
    });
}

BOOST_AUTO_TEST_CASE(a_body_is_taken_piece_by_piece_as_it_arrives) {
    run([] {
        event taken;
        http_server s([&](stream& connection) {
            static_cast<void>(next_request(connection));
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
            taken.wait(); // nothing more comes before that was taken
            connection.write("3\r\ntwo\r\n0\r\n\r\n");
            static_cast<void>(next_request(connection));
        });
        http::client c;
        http::response r = c.send(s.origin(), {});
        BOOST_TEST(r.read_some() == "one");
        taken.set();
        BOOST_TEST(r.read_some() == "two");
        BOOST_TEST(r.read_some() == "");
        BOOST_TEST(r.read_some() == "");
        BOOST_TEST(c.idle() == 1u);
    });
}

BOOST_AUTO_TEST_CASE(a_body_without_a_length_lasts_until_the_server_closes) {
    run([] {
        const std::string body(300'000, 'x');
        http_server s(always("HTTP/1.1 200 OK\r\n\r\n" + body, true));
        http::client c;
        BOOST_TEST(c.send(s.origin(), {}).read_all() == body);
        BOOST_TEST(c.idle() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(answers_without_a_body_free_their_connection_at_once) {
    run([] {
        http_server s([](stream& connection) {
            while (auto request = next_request(connection))
                connection.write(
                    request->starts_with("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nX-A: b\r\n\r\n"
                                                 : "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
        });
        http::client c;
        const http::response head = c.send(s.origin(), {.method = "HEAD"});
        BOOST_TEST(c.idle() == 1u);
        const http::response deleted = c.send(s.origin(), {.method = "DELETE"});
        BOOST_TEST(deleted.status() == 204u);
        BOOST_TEST(s.accepted() == 1u);
        BOOST_REQUIRE(head.head().find("x-a")); // although others have read since
        BOOST_TEST(head.head().find("x-a")->value == "b");
        BOOST_TEST(head.head().reason == "OK");
    });
}

BOOST_AUTO_TEST_CASE(a_response_that_is_not_read_closes_its_connection) {
    run([] {
        event closed;
        http_server s([&](stream& connection) {
            static_cast<void>(next_request(connection));
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
            static_cast<void>(connection.read_line());
            closed.set();
        });
        http::client c;
        {
            http::response r = c.send(s.origin(), {});
            BOOST_TEST(r.read_some() == "half");
        }
        closed.wait();
        BOOST_TEST(c.idle() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_body_that_was_taken_whole_frees_its_connection_without_being_asked_for_more) {
    run([] {
        http_server s(echo_lines);
        http::client c;
        {
            http::response r = c.send(s.origin(), {});
            BOOST_TEST(r.read_some() == "GET / HTTP/1.1");
        }
        BOOST_TEST(c.idle() == 1u);
    });
}

BOOST_AUTO_TEST_CASE(a_response_outlives_its_client) {
    run([] {
        http_server s(echo_lines);
        std::optional<http::client> c(std::in_place);
        http::response r = c->send(s.origin(), {});
        c.reset();
        BOOST_TEST(r.read_all() == "GET / HTTP/1.1");
    });
}

BOOST_AUTO_TEST_CASE(an_answer_to_a_request_that_was_not_read_to_its_end_is_an_answer) {
    run([] {
        http_server s([](stream& connection) {
            static_cast<void>(connection.read_exactly(1000));
            connection.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
            connection.shutdown_write();
            std::array<char, 65536> unread;
            while (connection.read_some(unread) != 0) {
            }
        });
        http::client c;
        const std::string body(4'000'000, 'b');
        BOOST_TEST(c.send(s.origin(), {.method = "POST", .body = body}).status() == 413u);
    });
}

BOOST_AUTO_TEST_CASE(so_is_one_of_a_server_that_closes_while_the_request_is_being_written) {
    run([] {
        http_server s([](stream& connection) {
            static_cast<void>(connection.read_exactly(1000));
            connection.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
        });
        http::client c;
        const std::string body(8'000'000, 'b');
        BOOST_TEST(c.send(s.origin(), {.method = "POST", .body = body}).status() == 413u);
        BOOST_TEST(c.idle() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(hostile_answers_fail_by_name_and_their_connection_is_not_kept) {
    const std::pair<const char*, fault> answers[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", fault::framing},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", fault::chunk},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n", fault::body_too_large},
        {"HTTP/1.1 101 Switching Protocols\r\n\r\n", fault::upgrade},
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", fault::truncated},
        {"HTTP/1.1 200 OK\r\nContent-Le", fault::truncated},
        {"hello\r\n", fault::malformed},
        {"", fault::closed},
    };
    run([&] {
        for (const auto& [answer, expected] : answers) {
            http_server s(always(answer, true));
            http::client c;
            BOOST_TEST_CONTEXT(answer)
            BOOST_TEST(fails_with(expected, [&, at = s.origin()] { static_cast<void>(c.send(at, {}).read_all()); }));
            BOOST_TEST(c.idle() == 0u);
        }
    });
}

BOOST_AUTO_TEST_CASE(a_body_may_be_as_large_as_the_request_allows) {
    run([] {
        http_server s(always(answer_of("12345")));
        http::client c;
        BOOST_TEST(c.send(s.origin(), {.body_limit = 5}).read_all() == "12345");
        BOOST_TEST(
            fails_with(fault::body_too_large, [&] { static_cast<void>(c.send(s.origin(), {.body_limit = 4})); }));
        http_server endless([](stream& connection) {
            static_cast<void>(next_request(connection));
            connection.write("HTTP/1.1 200 OK\r\n\r\n");
            for (const std::string piece(1000, 'x');;)
                connection.write(piece);
        });
        BOOST_TEST(fails_with(fault::body_too_large, [&] {
            static_cast<void>(c.send(endless.origin(), {.body_limit = 1'000'000}).read_all());
        }));
    });
}

BOOST_AUTO_TEST_CASE(a_failure_is_the_same_when_it_is_asked_for_again) {
    run([] {
        http_server s(always("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", true));
        http::client c;
        http::response r = c.send(s.origin(), {});
        BOOST_TEST(r.read_some() == "half");
        for (int i = 0; i < 2; ++i)
            BOOST_TEST(fails_with(fault::truncated, [&] { static_cast<void>(r.read_some()); }));
    });
}

BOOST_AUTO_TEST_CASE(every_address_is_shown_before_it_is_connected_to) {
    run([] {
        http_server s(echo_lines);
        std::vector<std::string> seen;
        bool allowed = false;
        http::client c({.allow = [&](const http::origin& to, const socket_address& address) {
            BOOST_TEST(to.port == s.origin().port);
            seen.push_back(address.to_string());
            return allowed;
        }});
        const std::string text = text_of_failure([&] { static_cast<void>(c.send(s.origin(), {})); });
        BOOST_TEST(fails_with(fault::address_refused, [&] { static_cast<void>(c.send(s.origin(), {})); }));
        BOOST_TEST(text.find(seen.at(0)) != std::string::npos, text);
        BOOST_TEST(s.accepted() == 0u);
        allowed = true;
        BOOST_TEST(c.send(s.origin(), {}).status() == 200u);
        BOOST_TEST(seen.size() == 3u);
        BOOST_TEST(seen[2] == "127.0.0.1:" + std::to_string(s.origin().port));
    });
}

BOOST_AUTO_TEST_CASE(a_host_that_does_not_exist_or_answer_is_named) {
    run([] {
        http::client c;
        BOOST_TEST(fails_with(
            fault::not_resolved, [&] { static_cast<void>(c.send(http::origin::parse("http://nobody.invalid"), {})); }));
        std::uint16_t port = 0;
        {
            const http_server gone(echo_lines);
            port = gone.origin().port;
        }
        const http::origin to{http::scheme::http, "127.0.0.1", port};
        try {
            static_cast<void>(c.send(to, {}));
            BOOST_ERROR("nobody answers there");
        } catch (const http::client_error& e) {
            BOOST_TEST((e.what_failed() == fault::not_connected));
            BOOST_TEST(e.cause() == boost::system::errc::connection_refused);
            BOOST_TEST(std::string_view(e.what()).starts_with(to.to_string() + ": "), e.what());
        }
        BOOST_TEST(fails_with(fault::not_connected, [&] {
            static_cast<void>(c.send(http::origin::parse("unix:/nowhere/to.socket"), {}));
        }));
    });
}

BOOST_AUTO_TEST_CASE(a_plain_thread_waits_as_a_coroutine_does) {
    run(
        [] {
            http_server s(echo_lines);
            http::client c;
            std::string body;
            event done;
            std::thread thread([&] {
                body = c.send(s.origin(), {}).read_all();
                done.set();
            });
            done.wait();
            thread.join();
            BOOST_TEST(body == "GET / HTTP/1.1");
            BOOST_TEST(c.send(s.origin(), {}).read_all() == "GET / HTTP/1.1");
            BOOST_TEST(s.accepted() == 1u);
        },
        {.loops = 2});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
