// Copyright 2026 the plait authors. Boost Software License 1.0
#include <boost/test/unit_test.hpp>

#include <crawl/manners/robots_pattern.hpp>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace plait::test {
namespace {

using crawl::normal_path;
using crawl::normal_pattern;
using crawl::robots_matcher;

/// What a pattern means, said as simply as can be: exponential.
bool means(std::string_view pattern, std::string_view path) {
    if (pattern.empty()) return true;
    if (pattern == "$") return path.empty();
    if (pattern[0] == '*') return means(pattern.substr(1), path) || (!path.empty() && means(pattern, path.substr(1)));
    return !path.empty() && path[0] == pattern[0] && means(pattern.substr(1), path.substr(1));
}

} // namespace

BOOST_AUTO_TEST_SUITE(robots_patterns)

BOOST_AUTO_TEST_CASE(paths_have_one_form) {
    BOOST_TEST(normal_path("") == "/");
    BOOST_TEST(normal_path("?a") == "/?a");
    BOOST_TEST(normal_path("/a#b") == "/a");
    BOOST_TEST(normal_path("/%41%7e%2d") == "/A~-");
    BOOST_TEST(normal_path("/%2f%3a") == "/%2F%3A");
    BOOST_TEST(normal_path("/a*b$") == "/a%2Ab%24");
    BOOST_TEST(normal_path("/ \"<>\\^`{|}\x7f") == "/%20%22%3C%3E%5C%5E%60%7B%7C%7D%7F");
    BOOST_TEST(normal_path("/;,:@&=+!'()[]") == "/;,:@&=+!'()[]");
    BOOST_TEST(normal_path("/%") == "/%25");
    BOOST_TEST(normal_path("/%zz%4") == "/%25zz%254");
    BOOST_TEST(normal_path(std::string_view("/\0", 2)) == "/%00");
    BOOST_TEST(crawl::normal_path_with_plain_query("/%3A?%3A%2f%3F%40%26") == "/%3A?:/?@%26");
}

BOOST_AUTO_TEST_CASE(patterns_have_one_form) {
    BOOST_TEST(normal_pattern("/a***b**$") == "/a*b*$");
    BOOST_TEST(normal_pattern("/a$b$") == "/a%24b$");
    BOOST_TEST(normal_pattern("/%2A%24") == "/%2A%24");
    BOOST_TEST(normal_pattern("/a?b=%3A") == "/a?b=:");
    BOOST_TEST(normal_pattern("/$$") == "/%24$");
}

BOOST_AUTO_TEST_CASE(a_path_s_form_is_its_own_form) {
    std::minstd_rand roll(1);
    for (int i = 0; i < 2000; ++i) {
        std::string any = "/";
        for (auto n = roll() % 12; n > 0; --n)
            any += roll() % 3 == 0 ? '%' : "0aF?*$/:~\xe3"[roll() % 10];
        BOOST_TEST(normal_path(normal_path(any)) == normal_path(any));
    }
}

BOOST_AUTO_TEST_CASE(a_star_of_a_pattern_reaches_into_the_query) {
    robots_matcher m;
    BOOST_TEST(m.matches(normal_pattern("/*to=http://"), crawl::normal_path_with_plain_query("/x?to=http%3A%2F%2Fa")));
    BOOST_TEST(m.matches(normal_pattern("/*to=http%3A"), normal_path("/x?to=http%3A%2F%2Fa")));
}

BOOST_AUTO_TEST_CASE(matching_is_what_patterns_mean) {
    std::minstd_rand roll(1);
    unsigned matched = 0;
    for (int i = 0; i < 100'000; ++i) {
        std::string pattern, path;
        for (auto n = roll() % 9; n > 0; --n)
            pattern += "ab*"[roll() % 3];
        if (roll() % 3 == 0) pattern += '$';
        for (auto n = roll() % 12; n > 0; --n)
            path += "ab"[roll() % 2];
        robots_matcher m;
        const bool expected = means(pattern, path);
        matched += expected;
        BOOST_REQUIRE_MESSAGE(m.matches(pattern, path) == expected, pattern + " and " + path);
        BOOST_REQUIRE_MESSAGE(m.steps() <= 8 * (path.size() + 1), pattern + " and " + path);
    }
    BOOST_TEST(matched > 10'000u);
    BOOST_TEST(matched < 90'000u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
