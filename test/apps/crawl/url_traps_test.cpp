// Copyright 2026 the plait authors. Boost Software License 1.0
#include "url_reading.hpp"

#include <crawl/url/traps.hpp>

namespace plait::test {
namespace {

using crawl::trap_limits;
using crawl::verdict;

verdict of(std::string_view path, const trap_limits& limits = {}) {
    return crawl::looks_like_a_trap(url_of(std::string("http://h").append(path)), limits);
}

struct trap_row {
    std::string_view path;
    verdict expected;
};

constexpr trap_row repeats_twice_at_most[] = {
    {"/", verdict::inside},
    {"/a", verdict::inside},
    {"/a/a", verdict::inside},
    {"/a/a/a", verdict::repeated_segments},
    {"/a/a/a/b", verdict::repeated_segments},
    {"/x/a/a/a/b/c", verdict::repeated_segments},
    {"/a/a/b/a/a", verdict::inside},
    {"/a/b/a/b", verdict::inside},
    {"/a/b/a/b/a", verdict::inside},
    {"/a/b/a/b/a/b", verdict::repeated_segments},
    {"/x/a/b/a/b/a/b/y", verdict::repeated_segments},
    {"/a/b/c/a/b/c/a/b/c/d", verdict::repeated_segments},
    {"/a/b/c/a/b/d/a/b/c", verdict::inside},
    {"/a/b/a/c/a/d/a", verdict::inside},
    {"//", verdict::inside},
    {"///", verdict::repeated_segments},
    {"/a//b//c//d", verdict::inside},
    {"/ab/a/b", verdict::inside},
    {"/a/ab/aba", verdict::inside},
    {"/a/a/?a/a/a/a", verdict::inside},
};

} // namespace

BOOST_AUTO_TEST_SUITE(url_traps)

BOOST_AUTO_TEST_CASE(segments_that_follow_each_other_again_and_again_are_a_trap) {
    for (const trap_row& row : repeats_twice_at_most)
        BOOST_TEST_CONTEXT(row.path)
    BOOST_TEST(text(of(row.path)) == text(row.expected));
}

BOOST_AUTO_TEST_CASE(how_often_they_may_is_the_user_s_to_say) {
    const trap_limits never{.repeats = 1}, thrice{.repeats = 3}, ever{.repeats = 0};
    BOOST_TEST((of("/a/a", never) == verdict::repeated_segments));
    BOOST_TEST((of("/a/b/a", never) == verdict::inside));
    BOOST_TEST((of("/a/b/a/b/a/b", thrice) == verdict::inside));
    BOOST_TEST((of("/a/b/a/b/a/b/a/b", thrice) == verdict::repeated_segments));
    BOOST_TEST((of("/a/a/a/a/a/a/a/a", ever) == verdict::inside));
}

BOOST_AUTO_TEST_CASE(what_repeats_at_the_end_of_a_very_long_path_is_seen) {
    std::string path;
    for (int i = 0; i < 100; ++i)
        path.append("/").append(std::to_string(i));
    const trap_limits any_number{.segments = 0};
    BOOST_TEST((of(path, any_number) == verdict::inside));
    BOOST_TEST((of(path + "/a/b/a/b/a/b", any_number) == verdict::repeated_segments));
}

BOOST_AUTO_TEST_CASE(a_path_has_so_many_segments_at_most) {
    const trap_limits three{.segments = 3};
    BOOST_TEST((of("/a/b/c", three) == verdict::inside));
    BOOST_TEST((of("/a/b/c/", three) == verdict::too_many_segments));
    BOOST_TEST((of("/a/b/c?d/e", three) == verdict::inside));
}

BOOST_AUTO_TEST_CASE(a_url_has_so_many_bytes_at_most_its_fragment_aside) {
    const trap_limits twelve{.url_bytes = 12}; // "http://h/abc"
    BOOST_TEST((of("/abc", twelve) == verdict::inside));
    BOOST_TEST((of("/abc#d", twelve) == verdict::inside));
    BOOST_TEST((of("/abcd", twelve) == verdict::url_too_long));
    BOOST_TEST((of(std::string(3000, 'a').insert(0, "/"), {.url_bytes = 0}) == verdict::inside));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
