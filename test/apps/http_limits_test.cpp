// Copyright 2026 the plait authors. Boost Software License 1.0
#include "apps/http_reading.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace plait::test {
namespace {

using http::limits;
constexpr limits standard;

std::string get(std::size_t target_bytes) {
    return "GET /" + std::string(target_bytes - 1, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

/// A request whose field lines and empty line take exactly this many bytes.
std::string with_header_bytes(std::size_t bytes) {
    const std::string first = "Host: a\r\nX: ", last = "\r\n\r\n";
    return "GET / HTTP/1.1\r\n" + first + std::string(bytes - first.size() - last.size(), 'x') + last;
}

std::string with_fields(std::size_t count) {
    std::string request = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (std::size_t i = 1; i < count; ++i)
        request += "X: y\r\n";
    return request + "\r\n";
}

std::string chunked(const std::string& body) {
    return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}

std::string repeat(const std::string& s, std::size_t times) {
    std::string result;
    for (std::size_t i = 0; i < times; ++i)
        result += s;
    return result;
}

/// The same answer in one piece and byte by byte.
void check(const std::string& bytes, const std::string& expected) {
    BOOST_TEST(read_whole(bytes, standard) == expected);
    BOOST_TEST(read_bytewise(bytes, standard) == expected);
}

} // namespace

BOOST_AUTO_TEST_SUITE(limits_of_a_request)

BOOST_AUTO_TEST_CASE(a_target_of_8_kib_is_the_longest) {
    const std::string longest = get(8192);
    check(longest, longest.substr(0, longest.find(" HTTP")));
    check(get(8193), "414");
}

BOOST_AUTO_TEST_CASE(a_target_without_an_end_is_refused_before_its_end) {
    check("GET /" + std::string(8192, 'x'), "414");
}

BOOST_AUTO_TEST_CASE(fields_of_16_kib_are_the_largest) {
    check(with_header_bytes(16 * 1024), "GET /");
    check(with_header_bytes(16 * 1024 + 1), "431");
}

BOOST_AUTO_TEST_CASE(a_hundred_fields_are_the_most) {
    check(with_fields(100), "GET /");
    check(with_fields(101), "431");
}

BOOST_AUTO_TEST_CASE(the_largest_head_and_a_body_fit_together) {
    std::string request = with_header_bytes(16 * 1024 - 24);
    request.insert(request.size() - 2, "Content-Length: 100000\r\n");
    check(request + std::string(100000, 'b'), "GET / [" + std::string(100000, 'b') + "]");
}

BOOST_AUTO_TEST_CASE(a_body_larger_than_the_buffer_arrives_whole_and_the_next_request_after_it) {
    const std::string body(200'000, 'b');
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n";
    check(head + body + get(1), "POST / [" + body + "] GET /");
}

BOOST_AUTO_TEST_CASE(a_chunked_body_larger_than_the_buffer_arrives_whole) {
    const std::string piece(4096, 'c');
    check(chunked(repeat("1000\r\n" + piece + "\r\n", 50) + "0\r\n\r\n"), "POST / [" + repeat(piece, 50) + "]");
}

BOOST_AUTO_TEST_CASE(many_pipelined_requests_are_read_in_order) {
    std::string requests, expected;
    for (int i = 0; i < 3000; ++i) {
        requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
        expected += (i ? " GET /" : "GET /") + std::to_string(i);
    }
    check(requests, expected);
}

BOOST_AUTO_TEST_CASE(a_chunk_line_is_bounded) {
    check(chunked("1;" + std::string(standard.chunk_line, 'x')), "400");
    check(chunked(std::string(standard.chunk_line + 1, '0')), "400");
}

BOOST_AUTO_TEST_CASE(all_chunk_extensions_together_are_bounded) {
    const std::string chunk = "1;" + std::string(1000, 'x') + "\r\nb\r\n";
    check(chunked(repeat(chunk, 16) + "0\r\n\r\n"), "POST / [" + std::string(16, 'b') + "]");
    check(chunked(repeat(chunk, 17)), "400");
}

BOOST_AUTO_TEST_CASE(trailers_are_bounded_in_number_and_size) {
    check(chunked("0\r\n" + repeat("X: y\r\n", 100) + "\r\n"), "POST / []");
    check(chunked("0\r\n" + repeat("X: y\r\n", 101) + "\r\n"), "431");
    check(chunked("0\r\nX: " + std::string(standard.trailer_bytes, 'y')), "431");
}

BOOST_AUTO_TEST_CASE(a_route_may_allow_less_than_the_standard) {
    http::request_reader reader(standard);
    const std::string_view request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n";
    std::copy(request.begin(), request.end(), reader.room().begin());
    reader.received(request.size());
    BOOST_TEST((reader.head() == http::request_reader::status::ready));
    BOOST_TEST((reader.body(10) == http::request_reader::status::refused));
    BOOST_TEST(reader.why().status == 413u);
}

BOOST_AUTO_TEST_CASE(a_client_awaits_continue_only_until_it_sends_the_body) {
    const std::string_view head = "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    http::request_reader reader(standard);
    std::copy(head.begin(), head.end(), reader.room().begin());
    reader.received(head.size());
    BOOST_TEST((reader.head() == http::request_reader::status::ready));
    BOOST_TEST(reader.awaits_continue());
    reader.room()[0] = 'h';
    reader.received(1);
    BOOST_TEST(!reader.awaits_continue());
}

BOOST_AUTO_TEST_CASE(a_body_has_a_grace_and_then_a_rate_to_keep) {
    limits l;
    l.body_grace = std::chrono::seconds(10);
    l.body_rate = 1000;
    BOOST_TEST(l.body_time(0).count() == 10'000);
    BOOST_TEST(l.body_time(5'000).count() == 15'000);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
