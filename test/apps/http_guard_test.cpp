// Copyright 2026 the plait authors. Boost Software License 1.0
#include "apps/http_reading.hpp"
#include "apps/http_requests.hpp"

#include <boost/test/unit_test.hpp>

namespace plait::test {
namespace {

constexpr http::limits limits = [] {
    http::limits l;
    l.body = 100; // what the table calls too large
    return l;
}();

/// Calls `check` for each request of the table, with its name and rule in front of whatever fails.
template <class Check>
void for_each_request(Check check) {
    for (const raw_request& request : raw_requests)
        BOOST_TEST_CONTEXT(request.name << " (RFC " << request.rule << ")") check(request);
}

} // namespace

BOOST_AUTO_TEST_SUITE(guard)

BOOST_AUTO_TEST_CASE(a_request_in_one_piece_is_read_as_its_rule_says) {
    for_each_request(
        [](const raw_request& request) { BOOST_TEST(read_whole(request.bytes, limits) == request.expected); });
}

BOOST_AUTO_TEST_CASE(a_request_cut_anywhere_is_read_the_same) {
    for_each_request([](const raw_request& request) {
        for (std::size_t cut = 1; cut < request.bytes.size(); ++cut)
            BOOST_TEST_CONTEXT("cut after byte " << cut)
        BOOST_TEST(read_in_two(request.bytes, cut, limits) == request.expected);
    });
}

BOOST_AUTO_TEST_CASE(a_request_that_comes_byte_by_byte_is_read_the_same) {
    for_each_request(
        [](const raw_request& request) { BOOST_TEST(read_bytewise(request.bytes, limits) == request.expected); });
}

BOOST_AUTO_TEST_CASE(a_damaged_byte_gets_the_same_verdict_whole_and_in_pieces) {
    for_each_request([](const raw_request& request) {
        for (std::size_t at = 0; at < request.bytes.size(); ++at) {
            std::string damaged(request.bytes);
            for (char c : {'\0', '\r', '\n', ' ', ':', '\xff', '9'}) {
                damaged[at] = c;
                BOOST_TEST(read_whole(damaged, limits) == read_bytewise(damaged, limits));
            }
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
