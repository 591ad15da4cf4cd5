// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What became of a reference, as a line to compare: the URL's text, or "(" why it is none ")".

#include <boost/test/unit_test.hpp>

#include <crawl/url/url.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace plait::test {

/// For tests that need a URL and are not about reading it.
inline crawl::url url_of(std::string_view text) {
    crawl::url result;
    if (crawl::parse(text, result) != crawl::url_fault::none)
        throw std::invalid_argument("the test's own URL is none: " + std::string(text));
    return result;
}

inline std::string line(crawl::url_fault fault, const crawl::url& read) {
    if (fault == crawl::url_fault::none) return read.text();
    BOOST_TEST(read.empty());
    return std::string("(").append(crawl::text(fault)).append(")");
}

inline std::string read(std::string_view text) {
    crawl::url result;
    const crawl::url_fault fault = crawl::parse(text, result);
    return line(fault, result);
}

inline std::string read(std::string_view text, std::string_view base) {
    if (base.empty()) return read(text);
    crawl::url result;
    const crawl::url_fault fault = crawl::resolve(url_of(base), text, result);
    return line(fault, result);
}

struct reading {
    std::string_view rule; ///< where the standard says so
    std::string_view text, base, expected;
};

inline void check(std::span<const reading> table) {
    for (const reading& row : table)
        BOOST_TEST_CONTEXT(row.rule << ": '" << row.text << "' in '" << row.base << "'")
    BOOST_TEST(read(row.text, row.base) == row.expected);
}

// The lines of faults
inline constexpr std::string_view elsewhere = "(not fetched: a scheme other than http and https)";
inline constexpr std::string_view without_base = "(not a URL: relative, without a base)";
inline constexpr std::string_view host_missing = "(not a URL: it names no host)";
inline constexpr std::string_view bad_character = "(not a URL: a character in the host that no host may have)";
inline constexpr std::string_view bad_name = "(not a URL: the host is no international domain name)";
inline constexpr std::string_view bad_ipv4 = "(not a URL: the host ends in a number and is no IPv4 address)";
inline constexpr std::string_view bad_ipv6 = "(not a URL: the host is in brackets and is no IPv6 address)";
inline constexpr std::string_view bad_port = "(not a URL: the port is no number)";
inline constexpr std::string_view large_port = "(not a URL: the port is above 65535)";
inline constexpr std::string_view too_long = "(not a URL: longer than 65535 bytes)";

} // namespace plait::test
