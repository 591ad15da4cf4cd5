// Copyright 2026 the plait authors. Boost Software License 1.0
#include "robots_pattern.hpp"
#include "robots_rules.hpp"

#include <algorithm>
#include <tuple>

namespace plait::crawl {

void robots_rules::add(bool allow, std::string_view pattern, std::uint32_t line) {
    rules_.push_back(
        {static_cast<std::uint32_t>(patterns_.size()), static_cast<std::uint32_t>(pattern.size()), line, allow});
    patterns_ += pattern;
}

void robots_rules::order() {
    const auto rank = [&](const rule& r) { return std::make_tuple(~r.size, pattern_of(r), !r.allow, r.line); };
    std::sort(rules_.begin(), rules_.end(), [&](const rule& a, const rule& b) { return rank(a) < rank(b); });
    const auto same = [&](const rule& a, const rule& b) { return pattern_of(a) == pattern_of(b); };
    rules_.erase(std::unique(rules_.begin(), rules_.end(), same), rules_.end());
    // Of those that are as long, and may all match, one that allows decides.
    std::stable_sort(rules_.begin(), rules_.end(), [](const rule& a, const rule& b) {
        return std::make_tuple(~a.size, !a.allow) < std::make_tuple(~b.size, !b.allow);
    });
    rules_.shrink_to_fit();
    patterns_.shrink_to_fit();
}

robots_decision robots_rules::decide(std::string_view path_and_query) const {
    using cause = robots_decision::cause;
    const std::string path = normal_path(path_and_query), plain = normal_path_with_plain_query(path_and_query);
    if (path == "/robots.txt") return {.why = cause::robots_txt};
    robots_matcher matcher;
    for (const rule& r : rules_) {
        const std::string_view pattern = pattern_of(r);
        if (matcher.matches(pattern, path) || (plain != path && matcher.matches(pattern, plain)))
            return {r.allow, cause::rule, r.line, pattern, matcher.steps()};
        if (matcher.steps() > most_steps) return {.allowed = false, .why = cause::too_costly, .steps = matcher.steps()};
    }
    return {.steps = matcher.steps()};
}

std::size_t robots_rules::bytes() const noexcept {
    std::size_t n = sizeof(robots_rules) + patterns_.capacity() + rules_.capacity() * sizeof(rule);
    for (const std::string& s : sitemaps_)
        n += sizeof(std::string) + s.capacity();
    return n;
}

std::string robots_decision::to_string() const {
    switch (why) {
    case cause::no_rule: return "no line of robots.txt speaks of it";
    case cause::rule:
        return "line " + std::to_string(line) + " of robots.txt: " + (allowed ? "Allow: " : "Disallow: ") +
               std::string(pattern);
    case cause::robots_txt: return "robots.txt itself is always allowed";
    case cause::too_costly: return "the rules of robots.txt take too long to compare";
    case cause::unavailable: return "there is no robots.txt";
    case cause::unreachable: return "robots.txt could not be had";
    }
    return {};
}

} // namespace plait::crawl
