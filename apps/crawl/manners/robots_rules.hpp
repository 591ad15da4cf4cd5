// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     const auto rules = robots_rules::parse(body, product_token("plait-crawl/0.1 (+https://…)"));
//     if (const robots_decision d = rules.decide("/private/a"); !d.allowed) … "line 3: Disallow: /private"
//
//   bytes ──▶ lines ──▶ groups ──▶ the rules for one crawler ──▶ longest first ──decide(path)──▶ the first that matches
//
// What a robots.txt lets one crawler do: RFC 9309, and where that leaves room, what google/robotstxt does by its
// published tests: lines without a colon, frequent misspellings, partial byte order marks, lines cut at 16,663 bytes,
// index.html. Where the two differ, the RFC is followed.
//
// Crawl-delay and Sitemap are no part of the RFC: they are kept, and neither ends the list of agents that a group begins
// with (§2.2.4).
//
// Thread safety: that of any object; decide() may be called by any number at a time.

#include <plait/runtime/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plait::crawl {

/// The product token of a User-Agent: its first letters, '-' and '_' (RFC 9309 §2.2.1). May be empty: then only the group
/// of "*" counts.
[[nodiscard]] std::string_view product_token(std::string_view user_agent) noexcept;

struct robots_decision {
    enum class cause : unsigned char {
        no_rule,     ///< none matches
        rule,        ///< `line` and `pattern` say which
        robots_txt,  ///< it is /robots.txt itself, which is always allowed
        too_costly,  ///< the rules are made to be slow, and were not compared to the end
        unavailable, ///< there is no robots.txt: all is allowed
        unreachable, ///< the robots.txt could not be had: nothing is allowed
    };
    bool allowed = true;
    cause why = cause::no_rule;
    std::uint32_t line = 0;     ///< counted from 1; 0 if no line decided
    std::string_view pattern{}; ///< in its normal form; lives as long as the rules
    std::size_t steps = 0;      ///< how many octets were compared

    /// "line 3 of robots.txt: Disallow: /private"
    [[nodiscard]] std::string to_string() const;
};

class robots_rules {
public:
    /// What is read of a file (RFC 9309 §2.5). A line that is cut there does not count.
    static constexpr std::size_t longest_file = 500 * 1024;
    /// What is read of a line.
    static constexpr std::size_t longest_line = 8 * 2083 - 1;
    /// Longer delays are shortened to this: a host that wants to be left alone says Disallow.
    static constexpr duration longest_delay = std::chrono::seconds(60);
    /// A decision that would take more comparisons is "no": a large honest file takes a hundredth. Some milliseconds.
    static constexpr std::size_t most_steps = 10'000'000;

    /// No rules: all is allowed.
    robots_rules() = default;
    /// Those for the crawler `product_token`, or for "*" if there are none for it. Never fails: what cannot be read does
    /// not count (§2.3.1.5).
    ///
    /// Complexity: O(n log n) of the size of `file`.
    [[nodiscard]] static robots_rules parse(std::string_view file, std::string_view product_token);

    /// Whether the crawler may ask for this: the longest pattern that matches decides, Allow before Disallow (§2.2.2).
    ///
    /// Complexity: O(number of rules × size of path) at most, and most_steps.
    [[nodiscard]] robots_decision decide(std::string_view path_and_query) const;

    [[nodiscard]] std::optional<duration> crawl_delay() const noexcept { return delay_; }
    /// As they were written, those of all groups.
    [[nodiscard]] const std::vector<std::string>& sitemaps() const noexcept { return sitemaps_; }
    [[nodiscard]] std::size_t size() const noexcept { return rules_.size(); }
    [[nodiscard]] bool was_cut() const noexcept { return was_cut_; }
    /// How much memory this takes: for caches.
    [[nodiscard]] std::size_t bytes() const noexcept;

private:
    friend class robots_parser;

    struct rule {
        std::uint32_t offset, size; ///< of the pattern
        std::uint32_t line;
        bool allow;
    };
    [[nodiscard]] std::string_view pattern_of(const rule& r) const noexcept {
        return std::string_view(patterns_).substr(r.offset, r.size);
    }
    void add(bool allow, std::string_view normal_pattern, std::uint32_t line);
    void order();

    std::string patterns_;
    std::vector<rule> rules_; ///< in the order in which they are tried
    std::vector<std::string> sitemaps_;
    std::optional<duration> delay_;
    bool was_cut_ = false;
};

} // namespace plait::crawl
