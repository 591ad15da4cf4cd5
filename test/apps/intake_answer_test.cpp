// Copyright 2026 the plait authors. Boost Software License 1.0
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <intake/answer.hpp>
#include <intake/retry.hpp>
#include <string>

namespace plait::test {
namespace {

using namespace intake;

http::request_head request(http::verb method, std::string_view target = "/") {
    http::request_head head;
    head.method = method;
    head.target = target;
    return head;
}

} // namespace

BOOST_AUTO_TEST_SUITE(retry)

BOOST_AUTO_TEST_CASE(idempotent_methods_may_be_retried) {
    for (auto method : {http::verb::get, http::verb::head, http::verb::options, http::verb::put, http::verb::delete_})
        BOOST_TEST(may_retry(retry_policy::idempotent, request(method)), http::verb(method));
    for (auto method : {http::verb::post, http::verb::patch})
        BOOST_TEST(!may_retry(retry_policy::idempotent, request(method)), http::verb(method));
}

BOOST_AUTO_TEST_CASE(an_idempotency_key_makes_a_post_retryable) {
    http::request_head head = request(http::verb::post);
    head.fields.push_back({http::field_name::unknown, "Idempotency-Key", "1"});
    BOOST_TEST(may_retry(retry_policy::idempotent, head));
    BOOST_TEST(!may_retry(retry_policy::never, head));
}

BOOST_AUTO_TEST_CASE(always_and_never_ask_nothing) {
    BOOST_TEST(may_retry(retry_policy::always, request(http::verb::post)));
    BOOST_TEST(!may_retry(retry_policy::never, request(http::verb::get)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(answers)

BOOST_AUTO_TEST_CASE(an_answer_of_a_worker_names_the_request_and_the_worker_and_their_times) {
    const answer_head head(
        {.content_type = "application/octet-stream",
         .content_length = 5,
         .id = {0xabcd, 255},
         .worker = 1234,
         .timing = server_timing{std::chrono::microseconds(1234567), std::chrono::nanoseconds(89'999)}});
    BOOST_TEST(
        head.text() == "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 5\r\n"
                       "X-Request-Id: 0000abcd-0000000000ff\r\nX-Worker-Pid: 1234\r\n"
                       "Server-Timing: queue;dur=1234.567, work;dur=0.089\r\n");
}

BOOST_AUTO_TEST_CASE(the_last_answer_says_that_the_connection_ends) {
    const std::string text(answer_head({.keep_alive = false}).text());
    BOOST_TEST(text.find("\r\nConnection: close\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(http_1_0_is_told_that_the_connection_stays) {
    const std::string text(answer_head({.version = 10}).text());
    BOOST_TEST(text.find("\r\nConnection: keep-alive\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_answer_without_content_has_no_length) {
    for (const unsigned status : {204U, 304U}) {
        const std::string text(answer_head({.status = status}).text());
        BOOST_TEST(text.find("Content-Length") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_status_that_has_no_name_has_none) {
    BOOST_TEST(answer_head({.status = 299}).text().starts_with("HTTP/1.1 299 \r\n"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
