// Copyright 2026 the plait authors. Boost Software License 1.0
#include <boost/test/unit_test.hpp>

#include <crawl/job/recent_set.hpp>
#include <cstdint>

namespace plait::test {

using crawl::fingerprint;
using crawl::recent_set;

BOOST_AUTO_TEST_SUITE(recent_sets)

BOOST_AUTO_TEST_CASE(what_was_asked_for_last_is_kept_longest) {
    recent_set s(1); // one line of four
    for (std::uint64_t i = 1; i <= 4; ++i)
        s.put({i, i});
    BOOST_TEST(s.touch({1, 1}));
    s.put({5, 5});
    BOOST_TEST(s.touch({1, 1}));
    BOOST_TEST(!s.touch({2, 2}));
    for (std::uint64_t i = 3; i <= 5; ++i)
        BOOST_TEST(s.touch({i, i}));
}

BOOST_AUTO_TEST_CASE(nothing_is_there_that_was_not_put_in) {
    recent_set s(4096);
    BOOST_TEST(!s.touch({0, 0}));
    s.put({7, 9});
    BOOST_TEST(!s.touch({0, 0}));
    BOOST_TEST(!s.touch({7, 8}));
    BOOST_TEST(!s.touch({8, 9}));
    BOOST_TEST(s.touch({7, 9}));
}

BOOST_AUTO_TEST_CASE(its_size_is_the_next_power_of_two) {
    BOOST_TEST(recent_set(0).bytes() == 64U);
    BOOST_TEST(recent_set(1000).bytes() == 1024U);
    BOOST_TEST(recent_set(1025).bytes() == 1024U); // of lines
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
