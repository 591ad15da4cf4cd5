// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Requests and origins that must not leave, and the words in which they are refused.
#include "apps/http_servers.hpp"
#include "support/fails_with.hpp"

#include <plait/coro/run.hpp>

#include <boost/test/unit_test.hpp>

namespace plait::test {
namespace {

using http::fault;
using http::origin;
using http::request;
using namespace std::string_view_literals;

struct bad_request {
    std::string_view name;
    request what;
};

const bad_request bad_requests[] = {
    {"a line end in the method", {.method = "GET\r\n"sv}},
    {"a blank in the method", {.method = "GET /x"sv}},
    {"no method", {.method = ""sv}},
    {"CONNECT", {.method = "CONNECT"sv}},
    {"no target", {.target = ""sv}},
    {"a target without its slash", {.target = "x"sv}},
    {"a whole URL as the target", {.target = "http://a/"sv}},
    {"a line end in the target", {.target = "/x HTTP/1.1\r\nX: y"sv}},
    {"a bare line feed in the target", {.target = "/\nx"sv}},
    {"a bare carriage return in the target", {.target = "/\rx"sv}},
    {"a blank in the target", {.target = "/a b"sv}},
    {"a tab in the target", {.target = "/a\tb"sv}},
    {"NUL in the target", {.target = "/a\0b"sv}},
    {"a byte above 127 in the target", {.target = "/\xc3\xa9"sv}},
    {"a fragment in the target", {.target = "/a#b"sv}},
    {"* for a GET", {.target = "*"sv}},
    {"a line end in a field's name", {.fields = {{"X: y\r\nZ"sv, "a"sv}}}},
    {"a blank in a field's name", {.fields = {{"X "sv, "a"sv}}}},
    {"a colon in a field's name", {.fields = {{"X:"sv, "a"sv}}}},
    {"no field name", {.fields = {{""sv, "a"sv}}}},
    {"a line end in a field's value", {.fields = {{"X"sv, "a\r\nContent-Length: 0"sv}}}},
    {"a bare line feed in a field's value", {.fields = {{"X"sv, "a\nb"sv}}}},
    {"a bare carriage return in a field's value", {.fields = {{"X"sv, "a\rb"sv}}}},
    {"NUL in a field's value", {.fields = {{"X"sv, "a\0b"sv}}}},
    {"a blank before a field's value", {.fields = {{"X"sv, " a"sv}}}},
    {"a tab behind a field's value", {.fields = {{"X"sv, "a\t"sv}}}},
    {"a second Host", {.fields = {{"hOsT"sv, "b"sv}}}},
    {"a length of the caller's", {.fields = {{"Content-Length"sv, "5"sv}}}},
    {"a coding of the caller's", {.fields = {{"Transfer-Encoding"sv, "chunked"sv}}}},
    {"an option of the connection", {.fields = {{"Connection"sv, "upgrade"sv}}}},
    {"an upgrade", {.fields = {{"Upgrade"sv, "h2c"sv}}}},
    {"an expectation", {.fields = {{"Expect"sv, "100-continue"sv}}}},
    {"a line end in the host", {.host = "a\r\nX: y"sv}},
    {"a blank in the host", {.host = "a b"sv}},
    {"a user in the host", {.host = "u@a"sv}},
};

const std::pair<std::string_view, std::string_view> origins[] = {
    // What is said, and the origin as one text; nothing if there is none.
    {"http://example.com", "http://example.com:80"},
    {"HTTP://Example.COM/", "http://example.com:80"},
    {"https://example.com", "https://example.com:443"},
    {"https://example.com:8443", "https://example.com:8443"},
    {"http://example.com:", "http://example.com:80"},
    {"http://127.0.0.1:65535", "http://127.0.0.1:65535"},
    {"http://[2001:DB8::1]:8080", "http://[2001:db8::1]:8080"},
    {"https://[::1]", "https://[::1]:443"},
    {"unix:/run/app.socket", "unix:/run/app.socket"},
    {"", ""},
    {"example.com", ""},
    {"ftp://example.com", ""},
    {"http://", ""},
    {"http:///", ""},
    {"http://:80", ""},
    {"http://a:0", ""},
    {"http://a:65536", ""},
    {"http://a:80x", ""},
    {"http://a:-1", ""},
    {"http://a b", ""},
    {"http://a\r\nX: y", ""},
    {"http://a\0b"sv, ""},
    {"http://u:p@a", ""},
    {"http://a/path", ""},
    {"http://a//", ""},
    {"http://a?q", ""},
    {"http://a#f", ""},
    {"http://[::1", ""},
    {"http://::1", ""},
    {"http://\xc3\xa9", ""},
    {"unix:", ""},
    {"unix:/a\0b"sv, ""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(http_client_requests)

BOOST_AUTO_TEST_CASE(a_request_that_would_say_something_else_is_refused_before_anybody_is_connected_to) {
    run([] {
        http_server s(echo_lines);
        http::client c;
        for (const bad_request& bad : bad_requests)
            BOOST_TEST_CONTEXT(bad.name)
        BOOST_TEST(fails_with(fault::invalid_request, [&] { static_cast<void>(c.send(s.origin(), bad.what)); }));
        BOOST_TEST(s.accepted() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_refusal_says_who_was_asked_and_what_is_wrong) {
    run([] {
        http::client c;
        try {
            static_cast<void>(c.send(origin::parse("http://example.com"), {.target = "/a b"}));
            BOOST_ERROR("it was sent");
        } catch (const http::client_error& e) {
            BOOST_TEST(
                std::string(e.what()).starts_with(
                    "a request to http://example.com:80: its target holds a byte that must be percent-encoded"),
                e.what());
        }
    });
}

BOOST_AUTO_TEST_CASE(a_user_agent_cannot_end_its_line) {
    BOOST_TEST(fails_with(fault::invalid_request, [] { http::client c({.user_agent = "a\r\nX: y"}); }));
}

BOOST_AUTO_TEST_CASE(an_origin_is_a_scheme_a_host_and_a_port) {
    for (const auto& [text, expected] : origins)
        BOOST_TEST_CONTEXT(text) {
            if (expected.empty())
                BOOST_TEST(fails_with(fault::invalid_request, [t = text] { static_cast<void>(origin::parse(t)); }));
            else {
                BOOST_TEST(origin::parse(text).to_string() == expected);
                BOOST_TEST((origin::parse(expected) == origin::parse(text)));
            }
        }
}

BOOST_AUTO_TEST_CASE(an_authority_names_a_port_that_is_not_the_scheme_s_own) {
    BOOST_TEST(origin::parse("http://a:80").authority() == "a");
    BOOST_TEST(origin::parse("http://a:443").authority() == "a:443");
    BOOST_TEST(origin::parse("https://[::1]:443").authority() == "[::1]");
    BOOST_TEST(origin::parse("https://[::1]:80").authority() == "[::1]:80");
    BOOST_TEST(origin::parse("unix:/run/app.socket").authority() == "localhost");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
