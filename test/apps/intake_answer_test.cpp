// Copyright 2026 the plait authors. Boost Software License 1.0
#include <boost/test/unit_test.hpp>

#include <intake/admission.hpp>
#include <intake/answer.hpp>
#include <intake/retry.hpp>
#include <optional>
#include <string>
#include <utility>

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

BOOST_AUTO_TEST_SUITE(admissions)

BOOST_AUTO_TEST_CASE(as_many_requests_are_admitted_as_there_is_room_for) {
    admission door(2, 100);
    std::optional first = door.enter(1), second = door.enter(1);
    BOOST_REQUIRE((first && second));
    BOOST_TEST(!door.enter(1));
    first.reset();
    BOOST_TEST(door.requests() == 1u);
    BOOST_TEST(door.enter(1).has_value());
}

BOOST_AUTO_TEST_CASE(bytes_take_room_too_and_give_it_back) {
    admission door(10, 100);
    std::optional large = door.enter(90);
    BOOST_REQUIRE(large.has_value());
    BOOST_TEST(!door.enter(11));
    BOOST_TEST(door.enter(10).has_value()); // and has left again
    large.reset();
    BOOST_TEST(door.enter(100).has_value());
}

BOOST_AUTO_TEST_CASE(the_only_request_is_admitted_whatever_its_size) {
    admission door(1, 100);
    BOOST_TEST(door.enter(1000).has_value());
    BOOST_TEST(door.requests() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(answers)

BOOST_AUTO_TEST_CASE(an_answer_of_a_worker_names_the_request_and_the_worker) {
    const answer_head head({.content_length = 5, .request_number = 255, .worker = 1234}, 0xabcd);
    BOOST_TEST(
        head.text() == "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 5\r\n"
                       "X-Request-Id: 0000abcd-0000000000ff\r\nX-Worker-Pid: 1234\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(the_last_answer_says_that_the_connection_ends) {
    const std::string text(answer_head({.keep_alive = false}, 0).text());
    BOOST_TEST(text.find("\r\nConnection: close\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(http_1_0_is_told_that_the_connection_stays) {
    const std::string text(answer_head({.version = 10}, 0).text());
    BOOST_TEST(text.find("\r\nConnection: keep-alive\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_answer_without_content_has_no_length) {
    const std::string text(answer_head({.status = 204}, 0).text());
    BOOST_TEST(text.find("Content-Length") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
