// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What google/robotstxt does by its README, its published tests and the page they cite ("How Google interprets the
// robots.txt specification"), beyond RFC 9309. Where it differs from the RFC, the test says so and the RFC holds.
#include "apps/crawl/robots_saying.hpp"

#include <string>
#include <vector>

namespace plait::test {
namespace {

using crawl::robots_rules;

/// What the page's tables show: all is forbidden but what the pattern matches.
struct table {
    std::string_view pattern;
    std::vector<std::string_view> matches, does_not;
};
const table path_tables[] = {
    {"/fish",
     {"/fish", "/fish.html", "/fish/salmon.html", "/fishheads", "/fishheads/yummy.html", "/fish.php?id=anything"},
     {"/Fish.asp", "/catfish", "/?id=fish", "/desert/fish"}},
    {"/fish*",
     {"/fish", "/fish.html", "/fish/salmon.html", "/fishheads", "/fishheads/yummy.html", "/fish.php?id=anything"},
     {"/Fish.php", "/catfish", "/?id=fish"}},
    {"/fish/",
     {"/fish/", "/fish/?id=anything", "/fish/salmon.htm", "/fish/salmon", "/fish/?salmon"},
     {"/fish", "/fish.html", "/Fish/Salmon.asp", "/animals/fish/"}},
    {"/*.php",
     {"/filename.php", "/folder/filename.php", "/folder/filename.php?parameters", "/folder/any.php.file.html",
      "/filename.php/", "//folder/any.php", "/index?f=filename.php/"},
     {"/", "/windows.PHP", "/php/", "/index?php"}},
    {"/*.php$",
     {"/filename.php", "/folder/filename.php"},
     {"/filename.php?parameters", "/filename.php/", "/filename.php5", "/windows.PHP", "/php/", "/aaaphpaaa"}},
    {"/fish*.php", {"/fish.php", "/fishheads/catfish.php?parameters"}, {"/Fish.PHP", "/fish.asp"}},
};

std::string only(std::string_view pattern) {
    return "user-agent: FooBot\ndisallow: /\nallow: " + std::string(pattern) + "\n";
}

} // namespace

BOOST_AUTO_TEST_SUITE(robots_google)

BOOST_AUTO_TEST_CASE(an_empty_file_or_an_empty_agent_allows_all) {
    BOOST_TEST(allows("", "FooBot", ""));
    BOOST_TEST(allows("user-agent: FooBot\ndisallow: /\n", "", ""));
    BOOST_TEST(allows("", "", ""));
    BOOST_TEST(forbids("user-agent: FooBot\ndisallow: /\n", "FooBot", "")); // "" is "/"
}

BOOST_AUTO_TEST_CASE(a_missing_colon_is_supplied) {
    BOOST_TEST(forbids("user-agent: FooBot\ndisallow: /\n", "FooBot", "/x/y"));
    BOOST_TEST(allows("foo: FooBot\nbar: /\n", "FooBot", "/x/y"));
    BOOST_TEST(forbids("user-agent FooBot\ndisallow /\n", "FooBot", "/x/y"));
    BOOST_TEST(forbids("user-agent\tFooBot # no\n  disallow \t /  \n", "FooBot", "/x/y"));
    BOOST_TEST(allows("user-agent: FooBot\ndisallow / x\n", "FooBot", "/x/y")); // more than two words
    BOOST_TEST(allows("user-agent: FooBot\nabsolutely random line\nError #and comment\ndisallow\n", "FooBot", "/x/y"));
}

BOOST_AUTO_TEST_CASE(groups_begin_with_agents_and_end_before_the_next) {
    constexpr std::string_view file = "allow: /foo/bar/\n\n"
                                      "user-agent: FooBot\ndisallow: /\nallow: /x/\n"
                                      "user-agent: BarBot\ndisallow: /\nallow: /y/\n\n\nallow: /w/\n"
                                      "user-agent: BazBot\n\n"
                                      "user-agent: FooBot\nallow: /z/\ndisallow: /\n";
    BOOST_TEST(allows(file, "FooBot", "/x/b"));
    BOOST_TEST(allows(file, "FooBot", "/z/d"));
    BOOST_TEST(forbids(file, "FooBot", "/y/c"));
    BOOST_TEST(allows(file, "BarBot", "/y/c"));
    BOOST_TEST(allows(file, "BarBot", "/w/a"));
    BOOST_TEST(forbids(file, "BarBot", "/z/d"));
    BOOST_TEST(allows(file, "BazBot", "/z/d"));
    for (const std::string_view agent : {"FooBot", "BarBot", "BazBot"})
        BOOST_TEST(forbids(file, agent, "/foo/bar/"));
}

BOOST_AUTO_TEST_CASE(keys_are_read_in_any_case) {
    for (const std::string_view file :
         {"USER-AGENT: FooBot\nALLOW: /x/\nDISALLOW: /\n", "user-agent: FooBot\nallow: /x/\ndisallow: /\n",
          "uSeR-aGeNt: FooBot\nAlLoW: /x/\ndIsAlLoW: /\n"}) {
        BOOST_TEST(allows(file, "FooBot", "/x/y"));
        BOOST_TEST(forbids(file, "FooBot", "/a/b"));
    }
}

BOOST_AUTO_TEST_CASE(frequent_misspellings_are_understood) {
    for (const std::string key : {"user-agent", "useragent", "user agent"})
        BOOST_TEST(forbids(key + ": FooBot\ndisallow: /\n", "FooBot", "/x"));
    for (const std::string key : {"disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"})
        BOOST_TEST(forbids("user-agent: FooBot\n" + key + ": /\n", "FooBot", "/x"));
    BOOST_TEST(allows("user-agent: FooBot\ndissalllow: /\n", "FooBot", "/x"));
    for (const std::string key : {"sitemap", "site-map"})
        BOOST_TEST(
            robots_rules::parse(key + ": https://e/s.xml #comment\n", "a").sitemaps().at(0) == "https://e/s.xml");
}

BOOST_AUTO_TEST_CASE(what_a_key_begins_with_is_what_counts) {
    BOOST_TEST(forbids("user-agents: FooBot\ndisallowed: /\n", "FooBot", "/x"));
    BOOST_TEST(allows("user-agent: FooBot\nno-disallow: /\n", "FooBot", "/x"));
}

BOOST_AUTO_TEST_CASE(agents_are_compared_in_any_case_and_up_to_the_first_blank) {
    for (const std::string agents : {"FOO BAR", "foo bar", "FoO bAr"})
        for (const std::string_view token : {"Foo", "foo"}) {
            const std::string file = "User-Agent: " + agents + "\nAllow: /x/\nDisallow: /\n";
            BOOST_TEST(allows(file, token, "/x/y"));
            BOOST_TEST(forbids(file, token, "/a/b"));
        }
    constexpr std::string_view file = "User-Agent: *\nDisallow: /\nUser-Agent: Foo Bar\nAllow: /x/\nDisallow: /\n";
    BOOST_TEST(allows(file, "Foo", "/x/y"));
    BOOST_TEST(forbids(file, "Foo Bar", "/x/y"));
}

BOOST_AUTO_TEST_CASE(an_agent_s_version_does_not_matter) {
    BOOST_TEST(forbids("User-agent: FooBot/2.1\nDisallow: /\n", "FooBot", "/x"));
    BOOST_TEST(forbids("User-agent: * # all\nDisallow: /\n", "FooBot", "/x"));
    BOOST_TEST(forbids("User-agent: * all\nDisallow: /\n", "FooBot", "/x"));
    BOOST_TEST(allows("User-agent: *Bot\nDisallow: /\n", "FooBot", "/x")); // no wildcard
}

BOOST_AUTO_TEST_CASE(the_star_is_for_those_who_are_not_named) {
    constexpr std::string_view file = "user-agent: *\nallow: /\nuser-agent: FooBot\ndisallow: /\n";
    BOOST_TEST(forbids(file, "FooBot", "/x/y"));
    BOOST_TEST(allows(file, "BarBot", "/x/y"));
    constexpr std::string_view others = "user-agent: FooBot\nallow: /\nuser-agent: BarBot\ndisallow: /\n"
                                        "user-agent: BazBot\ndisallow: /\n";
    BOOST_TEST(allows(others, "QuxBot", "/x/y"));
    constexpr std::string_view implied = "User-agent: *\nDisallow: /x/\nUser-agent: FooBot\nDisallow: /y/\n";
    BOOST_TEST(allows(implied, "FooBot", "/x/page"));
    BOOST_TEST(forbids(implied, "FooBot", "/y/page"));
}

BOOST_AUTO_TEST_CASE(paths_are_case_sensitive) {
    BOOST_TEST(forbids("user-agent: FooBot\ndisallow: /x/\n", "FooBot", "/x/y"));
    BOOST_TEST(allows("user-agent: FooBot\ndisallow: /X/\n", "FooBot", "/x/y"));
}

BOOST_AUTO_TEST_CASE(the_longest_match_wins_and_allow_wins_a_tie) {
    const auto file = [](std::string_view first, std::string_view second) {
        return "user-agent: FooBot\n" + std::string(first) + "\n" + std::string(second) + "\n";
    };
    BOOST_TEST(forbids(file("disallow: /x/page.html", "allow: /x/"), "FooBot", "/x/page.html"));
    BOOST_TEST(allows(file("allow: /x/page.html", "disallow: /x/"), "FooBot", "/x/page.html"));
    BOOST_TEST(forbids(file("allow: /x/page.html", "disallow: /x/"), "FooBot", "/x/"));
    BOOST_TEST(allows(file("disallow: ", "allow: "), "FooBot", "/x/page.html"));
    BOOST_TEST(allows(file("disallow: /", "allow: /"), "FooBot", "/x/page.html"));
    BOOST_TEST(forbids(file("disallow: /x", "allow: /x/"), "FooBot", "/x"));
    BOOST_TEST(allows(file("disallow: /x", "allow: /x/"), "FooBot", "/x/"));
    BOOST_TEST(allows(file("disallow: /x/page.html", "allow: /x/page.html"), "FooBot", "/x/page.html"));
    BOOST_TEST(forbids(file("allow: /page", "disallow: /*.html"), "FooBot", "/page.html"));
    BOOST_TEST(allows(file("allow: /page", "disallow: /*.html"), "FooBot", "/page"));
    BOOST_TEST(allows(file("allow: /x/page.", "disallow: /*.html"), "FooBot", "/x/page.html"));
    BOOST_TEST(forbids(file("allow: /x/page.", "disallow: /*.html"), "FooBot", "/x/y.html"));
}

BOOST_AUTO_TEST_CASE(the_page_s_order_of_precedence) {
    const auto file = [](std::string_view allow, std::string_view disallow) {
        return "user-agent: FooBot\nallow: " + std::string(allow) + "\ndisallow: " + std::string(disallow) + "\n";
    };
    BOOST_TEST(allows(file("/p", "/"), "FooBot", "/page"));
    BOOST_TEST(allows(file("/folder", "/folder"), "FooBot", "/folder/page"));
    BOOST_TEST(forbids(file("/page", "/*.htm"), "FooBot", "/page.htm"));
    BOOST_TEST(allows(file("/page", "/*.ph"), "FooBot", "/page.php5"));
    BOOST_TEST(allows(file("/$", "/"), "FooBot", "/"));
    BOOST_TEST(forbids(file("/$", "/"), "FooBot", "/page.htm"));
}

BOOST_AUTO_TEST_CASE(the_page_s_tables_of_paths) {
    for (const table& t : path_tables) {
        for (const std::string_view path : t.matches)
            BOOST_TEST(allows(only(t.pattern), "FooBot", path), t.pattern);
        for (const std::string_view path : t.does_not)
            BOOST_TEST(forbids(only(t.pattern), "FooBot", path), t.pattern);
        BOOST_TEST(forbids(only(t.pattern), "FooBot", "/bar"), t.pattern);
    }
}

BOOST_AUTO_TEST_CASE(encoded_paths_are_compared) {
    BOOST_TEST(allows(
        only("/foo/bar?qux=taz&baz=http://foo.bar?tar&par"), "FooBot", "/foo/bar?qux=taz&baz=http://foo.bar?tar&par"));
    BOOST_TEST(allows(only("/foo/bar/\xe3\x83\x84"), "FooBot", "/foo/bar/%E3%83%84"));
    BOOST_TEST(allows(only("/foo/bar/%E3%83%84"), "FooBot", "/foo/bar/%E3%83%84"));
    BOOST_TEST(allows(only("/\xc3\xa1"), "FooBot", "/%C3%A1"));
    BOOST_TEST(allows(only("/%aa"), "FooBot", "/%AA"));
}

// google/robotstxt leaves it to its caller to encode paths, and does not decode patterns; RFC 9309 §2.2.2 says MUST.
BOOST_AUTO_TEST_CASE(other_than_there_paths_are_encoded_and_unreserved_octets_decoded) {
    BOOST_TEST(allows(only("/foo/bar/\xe3\x83\x84"), "FooBot", "/foo/bar/\xe3\x83\x84"));
    BOOST_TEST(allows(only("/foo/bar/%E3%83%84"), "FooBot", "/foo/bar/\xe3\x83\x84"));
    BOOST_TEST(allows(only("/foo/bar/%62%61%7A"), "FooBot", "/foo/bar/%62%61%7A"));
    BOOST_TEST(allows(only("/foo/bar/%62%61%7A"), "FooBot", "/foo/bar/baz"));
}

BOOST_AUTO_TEST_CASE(special_characters) {
    constexpr std::string_view star = "User-agent: FooBot\nDisallow: /foo/bar/quz\nAllow: /foo/*/qux\n";
    BOOST_TEST(forbids(star, "FooBot", "/foo/bar/quz"));
    for (const std::string_view path : {"/foo/quz", "/foo//quz", "/foo/bax/quz"})
        BOOST_TEST(allows(star, "FooBot", path));
    constexpr std::string_view end = "User-agent: FooBot\nDisallow: /foo/bar$\nAllow: /foo/bar/qux\n";
    BOOST_TEST(forbids(end, "FooBot", "/foo/bar"));
    for (const std::string_view path : {"/foo/bar/qux", "/foo/bar/", "/foo/bar/baz"})
        BOOST_TEST(allows(end, "FooBot", path));
    constexpr std::string_view comment = "User-agent: FooBot\n# Disallow: /\nDisallow: /foo/quz#qux\nAllow: /\n";
    BOOST_TEST(allows(comment, "FooBot", "/foo/bar"));
    BOOST_TEST(forbids(comment, "FooBot", "/foo/quz"));
}

BOOST_AUTO_TEST_CASE(who_allows_index_html_allows_its_folder) {
    constexpr std::string_view file = "User-Agent: *\nAllow: /allowed-slash/index.html\nDisallow: /\n";
    BOOST_TEST(allows(file, "foobot", "/allowed-slash/"));
    BOOST_TEST(forbids(file, "foobot", "/allowed-slash/index.htm"));
    BOOST_TEST(allows(file, "foobot", "/allowed-slash/index.html"));
    BOOST_TEST(forbids(file, "foobot", "/anyother-url"));
    BOOST_TEST(forbids(file, "foobot", "/allowed-slash/other"));
    BOOST_TEST(allows("User-Agent: *\nDisallow: /a/index.html\n", "foobot", "/a/"));
}

BOOST_AUTO_TEST_CASE(lines_are_cut_at_16_663_bytes) {
    const auto fill = [](std::string_view key, char with) {
        return "/x/" + std::string(robots_rules::longest_line - key.size() - 1 - 3, with);
    };
    const std::string forbidden = fill("disallow: ", 'a');
    const std::string one = "user-agent: FooBot\ndisallow: " + forbidden + "/qux\n";
    BOOST_TEST(allows(one, "FooBot", "/fux"));
    BOOST_TEST(forbids(one, "FooBot", forbidden + "/fux"));
    const std::string a = fill("allow: ", 'a'), b = fill("allow: ", 'b');
    const std::string two = "user-agent: FooBot\ndisallow: /\nallow: " + a + "/qux\nallow: " + b + "/qux\n";
    BOOST_TEST(forbids(two, "FooBot", "/"));
    BOOST_TEST(allows(two, "FooBot", a + "/qux"));
    BOOST_TEST(allows(two, "FooBot", b + "/fux"));
}

BOOST_AUTO_TEST_CASE(lines_end_with_any_of_three_marks_and_are_counted) {
    for (const std::string_view file :
         {"User-Agent: foo\nAllow: /some/path\nUser-Agent: bar\n\n\nDisallow: /\n",
          "User-Agent: foo\r\nAllow: /some/path\r\nUser-Agent: bar\r\n\r\n\r\nDisallow: /\r\n",
          "User-Agent: foo\rAllow: /some/path\rUser-Agent: bar\r\r\rDisallow: /\r",
          "User-Agent: foo\nAllow: /some/path\nUser-Agent: bar\n\n\nDisallow: /",
          "User-Agent: foo\nAllow: /some/path\r\nUser-Agent: bar\n\r\n\nDisallow: /"}) {
        BOOST_TEST(robots_rules::parse(file, "foo").decide("/some/path").line == 2u);
        BOOST_TEST(robots_rules::parse(file, "bar").decide("/x").line == 6u);
    }
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_skipped_even_if_part_of_it_is_lost) {
    const std::string file = "User-Agent: foo\nDisallow: /x\n";
    for (const std::string mark : {"\xef\xbb\xbf", "\xef\xbb", "\xef"})
        BOOST_TEST(forbids(mark + file, "foo", "/x"));
    BOOST_TEST(allows("\xef\x11\xbf" + file, "foo", "/x"));
    BOOST_TEST(allows(
        "User-Agent: foo\n\xef\xbb\xbf"
        "Disallow: /x\n",
        "foo", "/x")); // only at the beginning
}

BOOST_AUTO_TEST_CASE(sitemaps_may_stand_anywhere) {
    const std::string groups = "User-Agent: foo\nAllow: /some/path\nUser-Agent: bar\n\n\n";
    const std::string line = "Sitemap: http://foo.bar/sitemap.xml\n";
    for (const std::string& file : {groups + line, line + groups, "User-Agent: foo\n" + line + groups})
        for (const std::string_view agent : {"foo", "bar", "nobody"}) {
            const auto rules = robots_rules::parse(file, agent);
            BOOST_REQUIRE(rules.sitemaps().size() == 1u);
            BOOST_TEST(rules.sitemaps()[0] == "http://foo.bar/sitemap.xml");
        }
    BOOST_TEST(robots_rules::parse("sitemap:\n", "a").sitemaps().empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
