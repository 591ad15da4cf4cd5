// Copyright 2026 the plait authors. Boost Software License 1.0
#include "apps/http_answer_reading.hpp"
#include "apps/http_responses.hpp"

#include <boost/test/unit_test.hpp>

namespace plait::test {
namespace {

using http::response_reader;
using status = response_reader::status;

constexpr http::response_limits limits = [] {
    http::response_limits l; // what the table calls too large
    l.status_line = 60;
    l.header_count = 5;
    l.header_bytes = 100;
    l.interim = 2;
    l.body = 20;
    l.chunk_line = 60;
    l.trailer_count = 2;
    return l;
}();

/// Calls `check` for each response of the table, with its name and rule in front of whatever fails.
template <class Check>
void for_each_response(Check check) {
    for (const raw_response& response : raw_responses)
        BOOST_TEST_CONTEXT(response.name << " (RFC " << response.rule << ")") check(response);
}

void arrive(response_reader& reader, std::string_view bytes) {
    const auto room = reader.room();
    BOOST_REQUIRE(room.size() >= bytes.size());
    std::copy(bytes.begin(), bytes.end(), room.begin());
    reader.received(bytes.size());
}

} // namespace

BOOST_AUTO_TEST_SUITE(answers)

BOOST_AUTO_TEST_CASE(a_response_in_one_piece_is_read_as_its_rule_says) {
    for_each_response([](const raw_response& r) { BOOST_TEST(read_answer(r.method, r.bytes, limits) == r.expected); });
}

BOOST_AUTO_TEST_CASE(a_response_cut_anywhere_is_read_the_same) {
    for_each_response([](const raw_response& r) {
        for (std::size_t cut = 1; cut < r.bytes.size(); ++cut)
            BOOST_TEST_CONTEXT("cut after byte " << cut)
        BOOST_TEST(read_answer_in_two(r.method, r.bytes, cut, limits) == r.expected);
    });
}

BOOST_AUTO_TEST_CASE(a_response_that_comes_byte_by_byte_is_read_the_same) {
    for_each_response(
        [](const raw_response& r) { BOOST_TEST(read_answer_bytewise(r.method, r.bytes, limits) == r.expected); });
}

BOOST_AUTO_TEST_CASE(a_damaged_byte_of_a_response_gets_the_same_verdict_whole_and_in_pieces) {
    for_each_response([](const raw_response& r) {
        for (std::size_t at = 0; at < r.bytes.size(); ++at) {
            std::string damaged(r.bytes);
            for (char c : {'\0', '\r', '\n', ' ', ':', '\xff', '9'}) {
                damaged[at] = c;
                BOOST_TEST(read_answer(r.method, damaged, limits) == read_answer_bytewise(r.method, damaged, limits));
            }
        }
    });
}

BOOST_AUTO_TEST_CASE(answers_follow_each_other_on_a_connection) {
    response_reader reader(limits);
    for (const std::string_view body : {"one", "two", "three"}) {
        reader.expect(false, limits.body);
        BOOST_TEST(!reader.started());
        BOOST_TEST((reader.head() == status::need_more));
        arrive(reader, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
        BOOST_TEST((reader.head() == status::ready));
        BOOST_TEST(reader.started());
        BOOST_TEST(!reader.is_complete());
        BOOST_TEST((reader.body() == status::need_more));
        arrive(reader, body);
        BOOST_TEST((reader.body() == status::ready));
        BOOST_TEST(reader.piece() == body);
        BOOST_TEST(reader.can_go_on());
        BOOST_TEST((reader.body() == status::ready));
        BOOST_TEST(reader.piece().empty());
    }
}

BOOST_AUTO_TEST_CASE(bytes_before_the_question_are_no_answer_to_it) {
    response_reader reader(limits);
    reader.expect(false, limits.body);
    arrive(reader, "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
    BOOST_TEST((reader.head() == status::ready));
    BOOST_TEST(reader.is_complete());
    BOOST_TEST(!reader.can_go_on());
    reader.expect(false, limits.body);
    BOOST_TEST((reader.head() == status::refused));
    BOOST_TEST((reader.why().what == http::fault::unasked));
}

BOOST_AUTO_TEST_CASE(a_head_stays_where_it_is_while_a_body_much_larger_than_the_buffer_passes) {
    constexpr http::response_limits standard;
    response_reader reader(standard);
    reader.expect(false, 10'000'000);
    arrive(reader, "HTTP/1.1 200 Fine\r\nX-Name: value\r\nContent-Length: 9999990\r\n\r\n");
    BOOST_TEST((reader.head() == status::ready));
    const std::string piece(16'000, 'b');
    std::uint64_t total = 0;
    while (!reader.is_complete()) {
        if (reader.body() == status::need_more)
            arrive(reader, std::string_view(piece).substr(0, std::min<std::size_t>(piece.size(), 9999990 - total)));
        else
            total += reader.piece().size();
    }
    BOOST_TEST(total == 9999990u);
    BOOST_TEST(reader.response().reason == "Fine");
    BOOST_REQUIRE(reader.response().find("x-name"));
    BOOST_TEST(reader.response().find("x-name")->value == "value");
}

BOOST_AUTO_TEST_CASE(nothing_can_be_read_after_a_fault) {
    response_reader reader(limits);
    reader.expect(false, limits.body);
    arrive(reader, "hello");
    BOOST_TEST((reader.head() == status::refused));
    reader.expect(false, limits.body);
    arrive(reader, "HTTP/1.1 204 No Content\r\n\r\n");
    BOOST_TEST((reader.head() == status::refused));
    BOOST_TEST((reader.body() == status::refused));
    BOOST_TEST(!reader.can_go_on());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
