// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The examples and rules of RFC 9309, each by its section.
#include "apps/crawl/robots_saying.hpp"

#include <crawl/manners/robots_pattern.hpp>
#include <crawl/manners/robots_record.hpp>

namespace plait::test {
namespace {

using crawl::robots_answer;
using crawl::robots_answer_of;
using crawl::robots_rules;

constexpr std::string_view simple_example = "User-Agent: *\n"
                                            "Disallow: *.gif$\n"
                                            "Disallow: /example/\n"
                                            "Allow: /publications/\n"
                                            "\n"
                                            "User-Agent: foobot\n"
                                            "Disallow:/\n"
                                            "Allow:/example/page.html\n"
                                            "Allow:/example/allowed.gif\n"
                                            "\n"
                                            "User-Agent: barbot\n"
                                            "User-Agent: bazbot\n"
                                            "Disallow: /example/page.html\n"
                                            "\n"
                                            "User-Agent: quxbot\n";

/// A rule of one crawler, and nothing else.
std::string forbidding(std::string_view pattern) { return "user-agent: a\ndisallow: " + std::string(pattern) + "\n"; }

} // namespace

BOOST_AUTO_TEST_SUITE(robots_rfc9309)

BOOST_AUTO_TEST_CASE(section_2_2_1_the_product_token_is_found_in_the_user_agent) {
    BOOST_TEST(crawl::product_token("ExampleBot/0.1 (https://www.example.com/bot.html)") == "ExampleBot");
    BOOST_TEST(crawl::product_token("plait-crawl") == "plait-crawl");
    BOOST_TEST(crawl::product_token("Foo_Bar") == "Foo_Bar");
    BOOST_TEST(crawl::product_token("") == "");
    BOOST_TEST(crawl::product_token(" a") == "");
    BOOST_TEST(crawl::product_token("4") == "");
    BOOST_TEST(allows("user-agent: ExampleBot\ndisallow: /", "", "/")); // the group is another's
    BOOST_TEST(forbids("user-agent: *\ndisallow: /", "", "/"));
}

BOOST_AUTO_TEST_CASE(section_2_2_1_groups_match_in_any_case) {
    BOOST_TEST(forbids("User-Agent: EXAMPLEbot\nDisallow: /", "exampleBOT", "/"));
    BOOST_TEST(allows("User-Agent: ExampleBotImages\nDisallow: /", "ExampleBot", "/"));
    BOOST_TEST(allows("User-Agent: Example\nDisallow: /", "ExampleBot", "/"));
}

BOOST_AUTO_TEST_CASE(section_2_2_1_groups_for_the_same_crawler_are_one) {
    constexpr std::string_view file = "user-agent: ExampleBot\ndisallow: /foo\ndisallow: /bar\n"
                                      "\nuser-agent: ExampleBot\ndisallow: /baz\n";
    for (const std::string_view path : {"/foo", "/bar", "/baz"})
        BOOST_TEST(forbids(file, "ExampleBot", path));
    BOOST_TEST(allows(file, "ExampleBot", "/qux"));
}

BOOST_AUTO_TEST_CASE(section_2_2_1_without_a_group_of_its_own_a_crawler_obeys_the_star) {
    constexpr std::string_view file = "user-agent: *\ndisallow: /foo\ndisallow: /bar\n"
                                      "\nuser-agent: BazBot\ndisallow: /baz\n";
    BOOST_TEST(forbids(file, "ExampleBot", "/foo"));
    BOOST_TEST(forbids(file, "ExampleBot", "/bar"));
    BOOST_TEST(allows(file, "ExampleBot", "/baz"));
    BOOST_TEST(allows(file, "BazBot", "/foo"));
}

BOOST_AUTO_TEST_CASE(section_2_2_1_several_groups_of_the_star_are_one) {
    constexpr std::string_view file =
        "user-agent: *\ndisallow: /a\nuser-agent: b\ndisallow: /b\nuser-agent: *\ndisallow: /c\n";
    BOOST_TEST(forbids(file, "ExampleBot", "/a"));
    BOOST_TEST(allows(file, "ExampleBot", "/b"));
    BOOST_TEST(forbids(file, "ExampleBot", "/c"));
}

BOOST_AUTO_TEST_CASE(section_2_2_1_without_any_group_no_rules_apply) {
    BOOST_TEST(allows("", "ExampleBot", "/"));
    BOOST_TEST(allows("user-agent: BazBot\ndisallow: /\n", "ExampleBot", "/"));
}

BOOST_AUTO_TEST_CASE(section_2_2_2_paths_match_case_sensitively_from_the_first_octet) {
    BOOST_TEST(forbids(forbidding("/foo"), "a", "/foo/bar"));
    BOOST_TEST(allows(forbidding("/foo"), "a", "/FOO"));
    BOOST_TEST(allows(forbidding("/foo"), "a", "/bar/foo"));
}

BOOST_AUTO_TEST_CASE(section_2_2_2_the_match_with_most_octets_is_used) {
    constexpr std::string_view file = "user-agent: a\nallow: /p\ndisallow: /page\nallow: /page/a\n";
    BOOST_TEST(allows(file, "a", "/p"));
    BOOST_TEST(forbids(file, "a", "/page/b"));
    BOOST_TEST(allows(file, "a", "/page/a"));
}

BOOST_AUTO_TEST_CASE(section_2_2_2_of_equivalent_rules_allow_is_used) {
    BOOST_TEST(allows("user-agent: a\ndisallow: /x\nallow: /x\n", "a", "/x"));
    BOOST_TEST(allows("user-agent: a\nallow: /x\ndisallow: /x\n", "a", "/x"));
    BOOST_TEST(allows("user-agent: a\ndisallow: /%7Ex\nallow: /~x\n", "a", "/~x")); // the same in another form
    BOOST_TEST(allows("user-agent: a\ndisallow: /*a\nallow: /b*\n", "a", "/ba"));   // as long
}

BOOST_AUTO_TEST_CASE(section_2_2_2_without_a_match_or_a_rule_all_is_allowed) {
    BOOST_TEST(allows("user-agent: a\ndisallow: /x\n", "a", "/y"));
    BOOST_TEST(allows("user-agent: a\n", "a", "/y"));
    BOOST_TEST(allows("user-agent: a\ndisallow:\n", "a", "/y"));
}

BOOST_AUTO_TEST_CASE(section_2_2_2_robots_txt_itself_is_allowed) {
    BOOST_TEST(allows(forbidding("/"), "a", "/robots.txt"));
    BOOST_TEST(forbids(forbidding("/"), "a", "/robots.txt?x"));
    BOOST_TEST(forbids(forbidding("/"), "a", "/a/robots.txt"));
}

BOOST_AUTO_TEST_CASE(section_2_2_2_encoded_and_unencoded_forms_match) {
    constexpr std::pair<std::string_view, std::string_view> same[] = {
        {"/foo/bar?baz=quz", "/foo/bar?baz=quz"},
        {"/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar"},
        {"/foo/bar/\xe3\x83\x84", "/foo/bar/%E3%83%84"},
        {"/foo/bar/%E3%83%84", "/foo/bar/%e3%83%84"},
        {"/foo/bar/%62%61%7A", "/foo/bar/baz"},
    };
    for (const auto& [one, other] : same) {
        BOOST_TEST(forbids(forbidding(one), "a", one));
        BOOST_TEST(forbids(forbidding(one), "a", other));
        BOOST_TEST(forbids(forbidding(other), "a", one));
        BOOST_TEST(forbids(forbidding(other), "a", other));
    }
}

BOOST_AUTO_TEST_CASE(section_2_2_2_a_reserved_character_that_is_encoded_is_another) {
    BOOST_TEST(allows(forbidding("/a/b"), "a", "/a%2Fb"));
    BOOST_TEST(allows(forbidding("/a%2Fb"), "a", "/a/b"));
    BOOST_TEST(forbids(forbidding("/a%2fb"), "a", "/a%2Fb"));
    BOOST_TEST(allows(forbidding("/?a=1%262"), "a", "/?a=1&2"));
}

BOOST_AUTO_TEST_CASE(section_2_2_2_rules_in_no_group_do_not_count) {
    BOOST_TEST(allows("disallow: /\nuser-agent: a\ndisallow: /x\n", "a", "/y"));
}

BOOST_AUTO_TEST_CASE(section_2_2_3_special_characters) {
    BOOST_TEST(forbids("user-agent: a # it\n# comment on its own line\ndisallow: / # comment in line\n", "a", "/x"));
    BOOST_TEST(forbids(forbidding("/this/path/exactly$"), "a", "/this/path/exactly"));
    BOOST_TEST(allows(forbidding("/this/path/exactly$"), "a", "/this/path/exactly/not"));
    BOOST_TEST(forbids(forbidding("/this/*/exactly"), "a", "/this/path/and/more/exactly"));
    BOOST_TEST(forbids(forbidding("/this/*/exactly"), "a", "/this//exactly"));
    BOOST_TEST(allows(forbidding("/this/*/exactly"), "a", "/this/exactly"));
}

BOOST_AUTO_TEST_CASE(section_2_2_3_special_characters_stand_for_themselves_when_they_are_encoded) {
    BOOST_TEST(forbids(forbidding("/path/file-with-a-%2A.html"), "a", "/path/file-with-a-*.html"));
    BOOST_TEST(allows(forbidding("/path/file-with-a-%2A.html"), "a", "/path/file-with-a-b.html"));
    BOOST_TEST(forbids(forbidding("/path/foo-%24"), "a", "/path/foo-$"));
    BOOST_TEST(allows(forbidding("/path/foo-%24"), "a", "/path/foo-"));
    BOOST_TEST(forbids(forbidding("/path/foo-%24"), "a", "/path/foo-$/more"));
    BOOST_TEST(forbids(forbidding("/a$b"), "a", "/a$b")); // no end of the pattern
}

BOOST_AUTO_TEST_CASE(section_2_2_4_other_records_do_not_interfere) {
    // Neither ends the list of agents, wherever it stands.
    for (const std::string other :
         {"Sitemap: https://example.com/s.xml\n", "Crawl-delay: 1\n", "Clean-param: x /y\n"}) {
        const std::string file = "user-agent: a\n" + other + "user-agent: b\n" + other + "disallow: /x\n" + other;
        BOOST_TEST(forbids(file, "a", "/x"));
        BOOST_TEST(forbids(file, "b", "/x"));
    }
}

BOOST_AUTO_TEST_CASE(section_2_3_1_1_the_rules_that_can_be_read_are_followed) {
    BOOST_TEST((robots_answer_of(200, 0) == robots_answer::rules));
    BOOST_TEST(forbids("<html>\n\x01\x02\n: :\nuser-agent: a\n\xff\xfe: x\ndisallow: /x\n</html>", "a", "/x"));
}

BOOST_AUTO_TEST_CASE(section_2_3_1_2_five_redirects_are_followed) {
    for (const unsigned status : {301U, 302U, 303U, 307U, 308U}) {
        BOOST_TEST((robots_answer_of(status, 4) == robots_answer::redirect));
        BOOST_TEST((robots_answer_of(status, 5) == robots_answer::unavailable));
    }
}

BOOST_AUTO_TEST_CASE(section_2_3_1_3_what_is_unavailable_allows_all) {
    for (const unsigned status : {400U, 401U, 403U, 404U, 410U, 451U, 499U})
        BOOST_TEST((robots_answer_of(status, 0) == robots_answer::unavailable));
    crawl::robots_record r;
    r.unavailable(time_point());
    BOOST_TEST(r.decide("/x").allowed);
}

BOOST_AUTO_TEST_CASE(section_2_3_1_4_what_is_unreachable_forbids_all) {
    for (const unsigned status : {500U, 502U, 503U, 504U, 599U})
        BOOST_TEST((robots_answer_of(status, 0) == robots_answer::unreachable));
    crawl::robots_record r;
    r.unreachable(time_point());
    BOOST_TEST(!r.decide("/x").allowed);
    BOOST_TEST(r.decide("/robots.txt").allowed);
}

BOOST_AUTO_TEST_CASE(section_2_5_at_least_500_kibibytes_are_read) {
    std::string file(500 * 1024 - 64, '\n');
    file += "user-agent: a\ndisallow: /x\n";
    file.resize(500 * 1024, '\n');
    BOOST_TEST(forbids(file, "a", "/x"));
    BOOST_TEST(!robots_rules::parse(file, "a").was_cut());
    BOOST_TEST(robots_rules::parse(file + "\n", "a").was_cut());
}

BOOST_AUTO_TEST_CASE(section_5_1_the_simple_example) {
    BOOST_TEST(allows(simple_example, "anybot", "/publications/a"));
    BOOST_TEST(forbids(simple_example, "anybot", "/example/a"));
    BOOST_TEST(forbids(simple_example, "anybot", "/a/b.gif"));
    BOOST_TEST(allows(simple_example, "anybot", "/a/b.gif?c"));
    BOOST_TEST(allows(simple_example, "anybot", "/publications/b.gif")); // 14 octets to 6

    BOOST_TEST(allows(simple_example, "foobot", "/example/page.html"));
    BOOST_TEST(allows(simple_example, "foobot", "/example/allowed.gif"));
    BOOST_TEST(forbids(simple_example, "foobot", "/publications/"));

    for (const std::string_view agent : {"barbot", "bazbot"}) {
        BOOST_TEST(forbids(simple_example, agent, "/example/page.html"));
        BOOST_TEST(allows(simple_example, agent, "/example/other.html"));
        BOOST_TEST(allows(simple_example, agent, "/a.gif"));
    }
    BOOST_TEST(allows(simple_example, "quxbot", "/example/page.html"));
}

BOOST_AUTO_TEST_CASE(section_5_2_the_longest_match) {
    constexpr std::string_view file = "User-Agent: foobot\n"
                                      "Allow: /example/page/\n"
                                      "Disallow: /example/page/disallowed.gif\n";
    BOOST_TEST(forbids(file, "foobot", "/example/page/disallowed.gif"));
    BOOST_TEST(allows(file, "foobot", "/example/page/allowed.gif"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
