// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What a worker makes of the answers of handlers, and of JSON.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <intake/handlers/answer_text.hpp>
#include <intake/handlers/json_message.hpp>
#include <string>
#include <string_view>

namespace plait::test {
namespace {

using namespace intake;

constexpr std::uint64_t most = 1000;

std::string text_of(const outgoing& o) { return {reinterpret_cast<const char*>(o.bytes.data()), o.bytes.size()}; }

void refuses(const response& r, const std::string& why) {
    answer_text text(most);
    BOOST_CHECK_EXCEPTION(static_cast<void>(text.write(r)), faulty_answer, [&](const faulty_answer& e) {
        BOOST_TEST(std::string(e.what()).find(why) != std::string::npos, e.what());
        return true;
    });
}

void refuses_json(std::string_view line, const std::string& why) {
    BOOST_CHECK_EXCEPTION(static_cast<void>(from_json(line)), faulty_answer, [&](const faulty_answer& e) {
        BOOST_TEST(std::string(e.what()).find(why) != std::string::npos, e.what());
        return true;
    });
}

} // namespace

BOOST_AUTO_TEST_SUITE(answers_of_handlers)

BOOST_AUTO_TEST_CASE(lines_stand_before_the_body) {
    answer_text text(most);
    const outgoing o = text.write({201, "text/html", {{"X-A", "1"}, {"Set-Cookie", "a=b"}}, "hello"});
    BOOST_TEST(o.says.status == 201);
    BOOST_TEST(text_of(o) == "Content-Type: text/html\r\nX-A: 1\r\nSet-Cookie: a=b\r\nhello");
    BOOST_TEST(text_of(o).substr(o.says.line_bytes) == "hello");
}

BOOST_AUTO_TEST_CASE(a_status_is_a_final_one) {
    for (const unsigned status : {0U, 99U, 101U, 199U, 600U, 65736U})
        refuses({.status = status}, "status is " + std::to_string(status));
}

BOOST_AUTO_TEST_CASE(nothing_gets_into_the_head_that_is_no_header_line) {
    refuses({.headers = {{"X A", "1"}}}, "name is none");
    refuses({.headers = {{"", "1"}}}, "name is none");
    refuses({.headers = {{"X", "1\r\nSet-Cookie: a=b"}}}, "X, whose value is none");
    refuses({.headers = {{"X", std::string("a\0b", 3)}}}, "X, whose value is none");
    refuses({.content_type = "text/html\n"}, "Content-Type, whose value is none");
}

BOOST_AUTO_TEST_CASE(what_frames_the_answer_is_the_front_s) {
    for (const char* name : {"Content-Length", "TRANSFER-ENCODING", "Connection", "Date", "Upgrade", "x-request-id"})
        refuses({.headers = {{name, "1"}}}, "not the handler's to send");
}

BOOST_AUTO_TEST_CASE(a_body_has_its_limit_and_its_statuses) {
    answer_text text(most);
    BOOST_TEST(text_of(text.write({.content_type = "", .body = std::string(most, 'x')})).size() == most);
    refuses({.body = std::string(most + 1, 'x')}, "max-answer");
    refuses({.status = 204, .body = "x"}, "there is none of with 204");
    refuses({.status = 304, .body = "x"}, "there is none of with 304");
    refuses({.headers = {{"X", std::string(70'000, 'x')}}}, "more than 64 KiB of headers");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(json_messages)

BOOST_AUTO_TEST_CASE(a_request_is_one_line) {
    const std::array<header, 1> headers{{{"Host", "a"}}};
    BOOST_TEST(
        to_json_line({"POST", "/x", headers, "line\n", "id"}) ==
        R"({"id":"id","method":"POST","target":"/x","headers":[["Host","a"]],"body":"line\n"})"
        "\n");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_no_utf_8_is_base64) {
    for (std::string_view body : {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\x80"})
        BOOST_TEST(to_json_line({"POST", "/", {}, body, ""}).find("\"body_base64\":") != std::string::npos);
    BOOST_TEST(to_json_line({"POST", "/", {}, "\xff\xfe", ""}).find("\"//4=\"") != std::string::npos);
    BOOST_TEST(to_json_line({"POST", "/", {}, "\xe2\x82\xac", ""}).find("\"body\":") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_header_that_is_no_utf_8_is_latin_1) {
    const std::array<header, 2> headers{{{"A", "caf\xe9"}, {"B", "caf\xc3\xa9"}}};
    BOOST_TEST(
        to_json_line({"GET", "/", headers, "", ""}).find("[[\"A\",\"caf\xc3\xa9\"],[\"B\",\"caf\xc3\xa9\"]]") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(of_an_answer_everything_may_be_left_out) {
    const response r = from_json("{}");
    BOOST_TEST(r.status == 200U);
    BOOST_TEST(r.body.empty());
}

BOOST_AUTO_TEST_CASE(an_answer_is_read_whole) {
    const response r =
        from_json(R"({"status":404,"headers":{"Content-Type":"text/css","X":"1"},"body_base64":"//4="})");
    BOOST_TEST(r.status == 404U);
    BOOST_TEST(r.content_type == "text/css");
    BOOST_REQUIRE(r.headers.size() == 1U);
    BOOST_TEST(r.headers[0].second == "1");
    BOOST_TEST(r.body == "\xff\xfe");
    BOOST_TEST(from_json(R"({"headers":[["A","1"],["A","2"]]})").headers.size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_is_named) {
    refuses_json("", "no JSON");
    refuses_json("hello", "no JSON");
    refuses_json("{} {}", "no JSON");
    refuses_json("[1]", "no object");
    refuses_json(R"({"status":"200"})", "status is not a number");
    refuses_json(R"({"status":-1})", "status is not a number");
    refuses_json(R"({"body":1})", "body is not a text");
    refuses_json(R"({"headers":1})", "headers is not");
    refuses_json(R"({"headers":[["A"]]})", "headers is not");
    refuses_json(R"({"headers":{"A":1}})", "value is not a text");
    refuses_json(R"({"body_base64":"a"})", "no base64");
    refuses_json(R"({"body_base64":"????"})", "no base64");
    refuses_json(R"({"body":"","body_base64":""})", "both");
    refuses_json(R"({"satus":200})", "a member 'satus'");
    refuses_json(std::string(100, '[') + std::string(100, ']'), "no JSON");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
