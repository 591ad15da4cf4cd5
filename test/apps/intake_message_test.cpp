// Copyright 2026 the plait authors. Boost Software License 1.0
#include <boost/test/unit_test.hpp>

#include <array>
#include <intake/answer.hpp>
#include <intake/message.hpp>
#include <intake/retry.hpp>
#include <intake/waiting_table.hpp>
#include <string>
#include <vector>

namespace plait::test {
namespace {

using namespace intake;

struct aligned_memory {
    alignas(request_header) std::array<std::byte, 256> bytes{};
    std::span<std::byte> first(std::size_t n) { return std::span(bytes).first(n); }
};

http::request_head request(http::verb method, std::string_view target = "/") {
    http::request_head head;
    head.method = method;
    head.target = target;
    return head;
}

std::string text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(messages)

BOOST_AUTO_TEST_CASE(a_request_arrives_as_it_was_written) {
    aligned_memory memory;
    const auto bytes = memory.first(request_bytes(4, 5));
    write_request(bytes, 42, request(http::verb::post, "/a?b"), "hello", true);
    const auto read = read_request(bytes);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->header->id == 42u);
    BOOST_TEST((read->header->method == http::verb::post));
    BOOST_TEST(read->header->may_retry);
    BOOST_TEST(read->target == "/a?b");
    BOOST_TEST(text(read->body) == "hello");
}

BOOST_AUTO_TEST_CASE(a_request_shorter_than_it_says_is_refused) {
    aligned_memory memory;
    const auto bytes = memory.first(request_bytes(4, 0));
    write_request(bytes, 42, request(http::verb::get, "/a?b"), "", true);
    BOOST_TEST(!read_request(bytes.first(bytes.size() - 1)).has_value());
    BOOST_TEST(!read_request(bytes.first(sizeof(request_header) - 1)).has_value());
}

BOOST_AUTO_TEST_CASE(a_mark_keeps_who_started_and_how_many_died) {
    start_mark mark;
    BOOST_TEST(mark.read().started_by == 0);
    mark.write({4194304, 3});
    BOOST_TEST(mark.read().started_by == 4194304);
    BOOST_TEST(mark.read().kills == 3u);
}

BOOST_AUTO_TEST_CASE(a_reply_arrives_as_it_was_written) {
    aligned_memory memory;
    const auto bytes = memory.first(sizeof(reply_header) + 2);
    const std::array<std::byte, 2> body{std::byte{'o'}, std::byte{'k'}};
    write_reply(bytes, {.id = 7, .worker = 99}, body);
    const auto read = read_reply(bytes);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->header.id == 7u);
    BOOST_TEST(read->header.worker == 99);
    BOOST_TEST(text(read->body) == "ok");
    BOOST_TEST(!read_reply(bytes.first(sizeof(reply_header) - 1)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

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

BOOST_AUTO_TEST_SUITE(those_who_wait)

BOOST_AUTO_TEST_CASE(whoever_waits_is_found_once) {
    waiting_table<int> table;
    int a = 1, b = 2;
    const request_id first = *table.add(a), second = *table.add(b);
    BOOST_TEST(table.size() == 2u);
    BOOST_TEST(table.take(second) == &b);
    BOOST_TEST(table.take(first) == &a);
    BOOST_TEST(table.take(first) == nullptr);
    BOOST_TEST(table.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_late_answer_does_not_find_the_next_one_in_the_same_place) {
    waiting_table<int> table;
    int a = 1, b = 2;
    const request_id first = *table.add(a);
    table.take(first);
    const request_id second = *table.add(b);
    BOOST_TEST(first != second);
    BOOST_TEST(table.take(first) == nullptr);
    BOOST_TEST(table.take(second) == &b);
}

BOOST_AUTO_TEST_CASE(an_id_that_was_never_given_finds_nobody) {
    waiting_table<int> table;
    BOOST_TEST(table.take(0) == nullptr);
    BOOST_TEST(table.take(~request_id{0}) == nullptr);
}

BOOST_AUTO_TEST_CASE(the_table_says_when_it_is_full) {
    waiting_table<int> table;
    int w = 0;
    request_id last = 0;
    for (std::size_t i = 0; i < waiting_table<int>::most; ++i)
        last = *table.add(w);
    BOOST_TEST(!table.add(w).has_value());
    table.take(last);
    BOOST_TEST(table.add(w).has_value());
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
