// Copyright 2026 the plait authors. Boost Software License 1.0
#include "url_reading.hpp"

#include <crawl/url/bad_pattern.hpp>
#include <crawl/url/registrable_domain.hpp>
#include <crawl/url/scope.hpp>

namespace plait::test {
namespace {

using crawl::scope_kind;
using crawl::scope_rules;
using crawl::verdict;

crawl::scope scope_of(const scope_rules& rules, const std::vector<std::string_view>& seeds) {
    std::vector<crawl::url> urls;
    for (std::string_view seed : seeds)
        urls.push_back(url_of(seed));
    return {rules, urls};
}

/// The reason's text, which is what a record shows.
std::string_view judged(crawl::scope& scope, std::string_view link, unsigned depth = 1) {
    return text(scope.judge(url_of(link), depth));
}

constexpr std::string_view inside = "in scope";

struct place_row {
    std::string_view link, expected;
};

void check(crawl::scope scope, std::span<const place_row> table) {
    for (const place_row& row : table)
        BOOST_TEST_CONTEXT(row.link)
    BOOST_TEST(judged(scope, row.link) == row.expected);
}

struct domain_row {
    std::string_view host, expected;
};

// The table in §3.2 "Host miscellaneous" (#example-host-psl), and more.
constexpr domain_row domains[] = {
    {"com", ""},
    {"example.com", "example.com"},
    {"www.example.com", "example.com"},
    {"sub.www.example.com", "example.com"},
    {"EXAMPLE.COM", "example.com"},
    {"example.com.", "example.com."},
    {"www.example.com.", "example.com."},
    {"github.io", ""},
    {"whatwg.github.io", "whatwg.github.io"},
    {"إختبار", ""},
    {"example.إختبار", "example.xn--kgbechtv"},
    {"sub.example.إختبار", "example.xn--kgbechtv"},
    {"[2001:0db8:85a3:0000:0000:8a2e:0370:7334]", ""},
    {"www.example.co.uk", "example.co.uk"},
    {"co.uk", ""},
    {"localhost", ""},
    {"127.0.0.1", ""},
    {".", ""},
    {"a..", ""},
};

constexpr std::string_view other_host = "out of scope: other host";
constexpr std::string_view other_domain = "out of scope: other domain";
constexpr std::string_view outside_prefix = "out of scope: not below a seed";

} // namespace

BOOST_AUTO_TEST_SUITE(url_scopes)

BOOST_AUTO_TEST_CASE(the_registrable_domain_is_what_the_standard_s_table_says) {
    for (const domain_row& row : domains)
        BOOST_TEST_CONTEXT(row.host)
    BOOST_TEST(crawl::registrable_domain(url_of(std::string("http://").append(row.host).append("/"))) == row.expected);
}

BOOST_AUTO_TEST_CASE(a_host_is_a_seed_s_host_whatever_scheme_and_port) {
    constexpr place_row links[] = {
        {"http://example.com/x", inside},        {"https://EXAMPLE.com:8443/", inside},
        {"http://user@example.com/", inside},    {"http://b.example/", inside},
        {"http://www.example.com/", other_host}, {"http://example.com./", other_host},
        {"http://example.co/", other_host},      {"http://example.com@b.org/", other_host},
    };
    check(scope_of({.kind = scope_kind::host}, {"http://example.com/a/b", "https://b.example/", "http://c/"}), links);
}

BOOST_AUTO_TEST_CASE(a_domain_is_what_a_seed_s_owner_registered) {
    constexpr place_row links[] = {
        {"http://example.com/", inside},
        {"https://a.b.example.com:8443/", inside},
        {"http://shop.example.co.uk/", inside},
        {"http://notexample.com/", other_domain},
        {"http://example.com.evil.net/", other_domain},
        {"http://co.uk/", other_domain},
        {"http://other.co.uk/", other_domain},
        {"http://example.com./", other_domain},
    };
    check(scope_of({.kind = scope_kind::domain}, {"http://www.example.com/a", "http://example.co.uk/"}), links);
}

BOOST_AUTO_TEST_CASE(a_seed_without_a_registrable_domain_stands_for_its_host) {
    constexpr place_row links[] = {
        {"http://127.0.0.1:81/", inside},      {"http://localhost/", inside},
        {"http://github.io/a", inside},        {"http://1.127.0.0/", other_domain},
        {"http://a.localhost/", other_domain}, {"http://whatwg.github.io/", other_domain},
        {"http://[::1]/", other_domain},
    };
    check(
        scope_of({.kind = scope_kind::domain}, {"http://127.0.0.1/", "http://localhost/", "http://github.io/"}), links);
}

BOOST_AUTO_TEST_CASE(who_has_a_name_below_a_domain_may_be_somebody_else) {
    constexpr place_row links[] = {
        {"http://amazonaws.com/", inside},
        {"http://www.amazonaws.com/", inside},
        {"http://somebody.s3.amazonaws.com/", other_domain},
    };
    check(scope_of({.kind = scope_kind::domain}, {"http://amazonaws.com/"}), links);
}

BOOST_AUTO_TEST_CASE(what_is_found_about_a_host_is_not_taken_for_another) {
    crawl::scope s = scope_of({.kind = scope_kind::domain}, {"http://example.com/"});
    for (int round = 0; round < 2; ++round)
        for (int i = 0; i < 500; ++i) {
            const std::string name = std::to_string(i);
            BOOST_TEST(judged(s, std::string("http://").append(name).append(".example.com/")) == inside);
            BOOST_TEST(judged(s, std::string("http://").append(name).append(".example.org/")) == other_domain);
        }
}

BOOST_AUTO_TEST_CASE(a_prefix_is_the_folder_of_a_seed) {
    constexpr place_row links[] = {
        {"http://h/docs/", inside},           {"http://h/docs/a/b?c", inside},     {"https://h:8443/docs/a", inside},
        {"http://h/docs", outside_prefix},    {"http://h/docs2/", outside_prefix}, {"http://h/", outside_prefix},
        {"http://h/?/docs/", outside_prefix}, {"http://j/docs/", outside_prefix},  {"http://i/list", inside},
        {"http://h/more/x", inside},
    };
    check(
        scope_of({.kind = scope_kind::prefix}, {"http://h/docs/index.html", "http://i/list", "http://h/more/"}), links);
}

BOOST_AUTO_TEST_CASE(any_is_any) {
    crawl::scope s = scope_of({.kind = scope_kind::any}, {});
    BOOST_TEST(judged(s, "http://anywhere.example/x") == inside);
}

BOOST_AUTO_TEST_CASE(links_are_followed_so_deep) {
    crawl::scope s = scope_of({.kind = scope_kind::any, .depth = 2}, {});
    BOOST_TEST(judged(s, "http://h/", 2) == inside);
    BOOST_TEST(judged(s, "http://h/", 3) == "out of scope: too many links from a seed");
    crawl::scope deep = scope_of({.kind = scope_kind::any}, {});
    BOOST_TEST(judged(deep, "http://h/", 1'000'000) == inside);
}

BOOST_AUTO_TEST_CASE(what_a_pattern_excludes_is_out_and_what_none_includes) {
    scope_rules rules{.kind = scope_kind::any};
    rules.include = {"/item/\\d+$", "^http://h/list"};
    rules.exclude = {"/item/13", "[?&]sort="};
    crawl::scope s = scope_of(rules, {});
    BOOST_TEST(judged(s, "http://h/item/12") == inside);
    BOOST_TEST(judged(s, "http://h/item/12#sort=") == inside);
    BOOST_TEST(judged(s, "http://h/list?page=2") == inside);
    BOOST_TEST(judged(s, "http://h/item/12x") == "out of scope: included by no pattern");
    BOOST_TEST(judged(s, "http://i/list") == "out of scope: included by no pattern");
    BOOST_TEST(judged(s, "http://h/item/13") == "out of scope: excluded by a pattern");
    BOOST_TEST(judged(s, "http://h/list?page=2&sort=up") == "out of scope: excluded by a pattern");
}

BOOST_AUTO_TEST_CASE(a_trap_is_named_as_one) {
    crawl::scope s = scope_of({.kind = scope_kind::any}, {});
    BOOST_TEST(judged(s, "http://h/a/b/a/b/a/b") == "trap: repeated path segments");
    BOOST_TEST(judged(s, std::string("http://h/").append(3000, 'a')) == "trap: URL too long");
}

BOOST_AUTO_TEST_CASE(the_first_that_says_no_gives_the_reason) {
    scope_rules rules{.kind = scope_kind::host, .depth = 1};
    rules.exclude = {"x"};
    crawl::scope s = scope_of(rules, {"http://h/"});
    BOOST_TEST(judged(s, "http://i/x/x/x", 2) == other_host);
    BOOST_TEST(judged(s, "http://h/x/x/x", 2) == "out of scope: too many links from a seed");
    BOOST_TEST(judged(s, "http://h/x/x/x", 1) == "trap: repeated path segments");
    BOOST_TEST(judged(s, "http://h/x", 1) == "out of scope: excluded by a pattern");
}

BOOST_AUTO_TEST_CASE(a_pattern_that_cannot_be_read_is_shown_with_the_place_and_the_reason) {
    struct bad_row {
        std::string pattern, expected;
    };
    const bad_row table[] = {
        {"a(b", "--exclude 'a(b': missing ): a(b"},
        {"ab[c", "--exclude 'ab[c': missing ]: [c (byte 3)"},
        {"a**", "--exclude 'a**': bad repetition operator: ** (byte 2)"},
        {"(?=a)b", "--exclude '(?=a)b': invalid perl operator: (?= (byte 1)"},
        {"x\\8", "--exclude 'x\\8': invalid escape sequence: \\8 (byte 2)"},
        {"\\", "--exclude '\\': trailing \\"},
        {"*** **", "--exclude '*** **': no argument for repetition operator: *"},
        {"a{2,1}", "--exclude 'a{2,1}': invalid repetition size: {2,1} (byte 2)"},
        {"((((a{100}){100}){100}){100}){100}",
         "--exclude '((((a{100}){100}){100}){100}){100}': invalid repetition size: {100}"},
        {"a\xff", "--exclude 'a\xff': invalid UTF-8"},
    };
    for (const bad_row& row : table) {
        scope_rules rules{.kind = scope_kind::any};
        rules.exclude = {"good", row.pattern};
        BOOST_CHECK_EXCEPTION(scope_of(rules, {}), crawl::bad_pattern, [&](const crawl::bad_pattern& e) {
            BOOST_TEST(e.what() == row.expected);
            return true;
        });
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
