// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What plait-crawl reads beyond RFC 9309, and what it does with files that mean no good.
#include "apps/crawl/robots_saying.hpp"

#include <chrono>
#include <optional>

namespace plait::test {
namespace {

using crawl::robots_decision;
using crawl::robots_rules;
using namespace std::chrono_literals;

std::optional<duration> delay_in(std::string_view file) { return robots_rules::parse(file, "a").crawl_delay(); }
std::optional<duration> delay_of(std::string_view value) {
    return delay_in("user-agent: a\ncrawl-delay: " + std::string(value) + "\n");
}

std::string long_path() {
    std::string path(8000, 'a');
    path.front() = '/';
    return path;
}

} // namespace

BOOST_AUTO_TEST_SUITE(robots_lines)

BOOST_AUTO_TEST_CASE(a_decision_names_the_line_that_made_it) {
    const auto rules = robots_rules::parse("# all\nuser-agent: *\n\nDISALLOW : /a%62\nallow: /abc\n", "x");
    const robots_decision no = rules.decide("/abd"), yes = rules.decide("/abcd"), none = rules.decide("/x");
    BOOST_TEST(!no.allowed);
    BOOST_TEST(no.line == 4u);
    BOOST_TEST(no.to_string() == "line 4 of robots.txt: Disallow: /ab");
    BOOST_TEST(yes.to_string() == "line 5 of robots.txt: Allow: /abc");
    BOOST_TEST((none.why == robots_decision::cause::no_rule));
    BOOST_TEST(none.line == 0u);
    BOOST_TEST(none.to_string() == "no line of robots.txt speaks of it");
}

BOOST_AUTO_TEST_CASE(of_two_lines_that_say_the_same_the_first_is_named) {
    BOOST_TEST(robots_rules::parse("user-agent: a\ndisallow: /x\ndisallow: /x\n", "a").decide("/x").line == 2u);
}

BOOST_AUTO_TEST_CASE(patterns_that_begin_with_neither_slash_nor_star_match_no_path) {
    for (const std::string pattern : {"x", "x/", "$", "http://a/x", "%2Fx", "?x"})
        BOOST_TEST(allows("user-agent: a\ndisallow: " + pattern + "\n", "a", "/x"));
    BOOST_TEST(forbids("user-agent: a\ndisallow: *\n", "a", "/x"));
}

BOOST_AUTO_TEST_CASE(a_rule_that_does_not_count_still_ends_the_list_of_agents) {
    BOOST_TEST(allows("user-agent: a\ndisallow:\nuser-agent: b\ndisallow: /\n", "a", "/x"));
    BOOST_TEST(allows("user-agent: a\ndisallow: nonsense\nuser-agent: b\ndisallow: /\n", "a", "/x"));
}

BOOST_AUTO_TEST_CASE(blanks_in_a_path_are_encoded) {
    BOOST_TEST(forbids("user-agent: a\ndisallow: /a b\n", "a", "/a%20b"));
    BOOST_TEST(allows("user-agent: a\ndisallow: /a b\n", "a", "/a"));
}

BOOST_AUTO_TEST_CASE(crawl_delay_is_read_in_seconds_and_their_fractions) {
    BOOST_TEST((delay_of("10") == 10s));
    BOOST_TEST((delay_of("0.5") == 500ms));
    BOOST_TEST((delay_of("0") == 0s));
    BOOST_TEST((delay_of(" 2 # seconds") == 2s));
    for (const std::string_view nonsense : {"", "x", "-1", "1 2", "1s", "nan", "1e3", "0x10", "+1", "1,5"})
        BOOST_TEST(!delay_of(nonsense).has_value(), nonsense);
}

BOOST_AUTO_TEST_CASE(crawl_delay_is_capped) {
    BOOST_TEST((delay_of("61") == robots_rules::longest_delay));
    BOOST_TEST((delay_of("86400") == robots_rules::longest_delay));
    BOOST_TEST((delay_of(std::string(400, '9')) == robots_rules::longest_delay));
    BOOST_TEST((delay_of("inf") == robots_rules::longest_delay));
}

BOOST_AUTO_TEST_CASE(crawl_delay_belongs_to_the_agents_above_it) {
    BOOST_TEST((delay_in("user-agent: b\ncrawl-delay: 5\n") == std::nullopt));
    BOOST_TEST((delay_in("crawl-delay: 5\nuser-agent: a\n") == std::nullopt));
    BOOST_TEST((delay_in("user-agent: *\ncrawl-delay: 5\n") == 5s));
    BOOST_TEST(
        (delay_in("user-agent: *\ncrawl-delay: 5\n\nuser-agent: b\ndisallow: /x\nuser-agent: a\ndisallow: /\n") ==
         std::nullopt)); // its own group has none
    BOOST_TEST((delay_in("user-agent: a\ncrawl-delay: 5\ndisallow: /x\ncrawl-delay: 3\n") == 5s));
}

BOOST_AUTO_TEST_CASE(a_line_that_the_size_of_the_file_cuts_does_not_count) {
    const std::string begin = "user-agent: a\ndisallow: /private\n";
    std::string file = begin + std::string(robots_rules::longest_file - begin.size() - 11, '\n') + "disallow: /";
    BOOST_REQUIRE(file.size() == robots_rules::longest_file);
    BOOST_TEST(forbids(file, "a", "/x"));
    file += "secret\n"; // cut, this is the whole "Disallow: /"
    BOOST_TEST(allows(file, "a", "/x"));
    BOOST_TEST(allows(file, "a", "/secret"));
    BOOST_TEST(forbids(file, "a", "/private"));
}

BOOST_AUTO_TEST_CASE(one_pattern_of_stars_costs_as_much_as_the_path_is_long) {
    std::string pattern = "/";
    while (pattern.size() < robots_rules::longest_line - 20)
        pattern += "*a";
    const std::string path = long_path();
    const auto rules = robots_rules::parse("user-agent: a\ndisallow: " + pattern + "b\n", "a");
    BOOST_REQUIRE(rules.size() == 1u);
    const robots_decision d = rules.decide(path);
    BOOST_TEST(d.allowed);
    BOOST_TEST(d.steps <= 8 * path.size());
}

BOOST_AUTO_TEST_CASE(pieces_that_nearly_match_everywhere_cost_no_more) {
    // Trying each place anew would take 4000 × 4000 comparisons.
    const std::string path = long_path();
    const auto rules = robots_rules::parse("user-agent: a\ndisallow: *" + std::string(4000, 'a') + "b\n", "a");
    const robots_decision d = rules.decide(path);
    BOOST_TEST(d.allowed);
    BOOST_TEST(d.steps <= 8 * path.size());
}

BOOST_AUTO_TEST_CASE(a_whole_file_of_stars_is_decided_in_bounded_steps) {
    std::string file = "user-agent: a\n";
    for (unsigned i = 0; file.size() < robots_rules::longest_file; ++i)
        file += "disallow: *a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a" + std::to_string(i) + "\n";
    const auto rules = robots_rules::parse(file, "a");
    BOOST_TEST(rules.size() > 8000u);
    const std::string path = long_path();
    const robots_decision d = rules.decide(path);
    BOOST_TEST(d.steps <= robots_rules::most_steps + 8 * path.size());
    BOOST_TEST(!d.allowed); // rules that nobody could check are obeyed
    BOOST_TEST((d.why == robots_decision::cause::too_costly));
    BOOST_TEST(d.to_string() == "the rules of robots.txt take too long to compare");
    BOOST_TEST(rules.decide("/aaa").allowed); // a path of usual length can be checked
}

BOOST_AUTO_TEST_CASE(a_large_honest_file_stays_far_below_the_limit) {
    std::string file = "user-agent: a\n";
    for (unsigned i = 0; file.size() < robots_rules::longest_file; ++i)
        file += "disallow: /*/section-" + std::to_string(i) + "/\n";
    const auto rules = robots_rules::parse(file, "a");
    const robots_decision d = rules.decide("/shop/catalogue/2024/some-page-of-usual-length.html?colour=red");
    BOOST_TEST(d.allowed);
    BOOST_TEST(d.steps < robots_rules::most_steps / 5);
}

BOOST_AUTO_TEST_CASE(what_rules_take_of_memory_is_known) {
    const auto few = robots_rules::parse("user-agent: a\ndisallow: /x\n", "a");
    BOOST_TEST(few.bytes() < 1000u);
    std::string file = "user-agent: a\n";
    while (file.size() < 100'000)
        file += "disallow: /" + std::to_string(file.size()) + "\nsitemap: /s\n";
    const auto many = robots_rules::parse(file, "a");
    BOOST_TEST(many.bytes() > 30'000u);
    BOOST_TEST(many.bytes() < 1'000'000u);
    BOOST_TEST(robots_rules::parse(file, "b").size() == 0u); // other crawlers' rules are not kept
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
