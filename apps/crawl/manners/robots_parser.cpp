// Copyright 2026 the plait authors. Boost Software License 1.0
#include "robots_parser.hpp"
#include "robots_pattern.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <system_error>
#include <utility>

namespace plait::crawl {
namespace {

constexpr std::string_view blanks = " \t\v\f";

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_letters(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool begins(std::string_view key, std::string_view with) noexcept {
    return same_letters(key.substr(0, with.size()), with);
}

std::string_view trimmed(std::string_view s) noexcept {
    const std::size_t first = s.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return s.substr(first, s.find_last_not_of(blanks) + 1 - first);
}

enum class key { unknown, user_agent, allow, disallow, sitemap, crawl_delay };

// Whatever begins with a name is taken for it, as google/robotstxt does, which also lists the misspellings.
constexpr std::pair<std::string_view, key> names[] = {
    {"user-agent", key::user_agent},   {"useragent", key::user_agent},
    {"user agent", key::user_agent},   {"allow", key::allow},
    {"disallow", key::disallow},       {"dissallow", key::disallow},
    {"dissalow", key::disallow},       {"disalow", key::disallow},
    {"diasllow", key::disallow},       {"disallaw", key::disallow},
    {"sitemap", key::sitemap},         {"site-map", key::sitemap},
    {"crawl-delay", key::crawl_delay},
};

key key_named(std::string_view name) noexcept {
    const auto found =
        std::find_if(std::begin(names), std::end(names), [&](const auto& n) { return begins(name, n.first); });
    return found == std::end(names) ? key::unknown : found->second;
}

/// Name and value; without a colon only if they are two words.
std::pair<std::string_view, std::string_view> parted(std::string_view line) noexcept {
    if (const std::size_t colon = line.find(':'); colon != std::string_view::npos)
        return {trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1))};
    const std::size_t blank = line.find_first_of(blanks);
    if (blank == std::string_view::npos) return {};
    const std::string_view value = trimmed(line.substr(blank));
    if (value.find_first_of(blanks) != std::string_view::npos) return {};
    return {line.substr(0, blank), value};
}

/// Some editors write a byte order mark, and some tools lose part of it.
std::string_view without_mark(std::string_view file) noexcept {
    for (const char c : {'\xef', '\xbb', '\xbf'}) {
        if (!file.starts_with(c)) break;
        file.remove_prefix(1);
    }
    return file;
}

} // namespace

std::string_view product_token(std::string_view user_agent) noexcept {
    const auto end = std::find_if(user_agent.begin(), user_agent.end(), [](char c) {
        return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_');
    });
    return user_agent.substr(0, static_cast<std::size_t>(end - user_agent.begin()));
}

void robots_parser::read(std::string_view file) {
    const bool is_cut = file.size() > robots_rules::longest_file;
    own_.was_cut_ = everybodys_.was_cut_ = is_cut;
    file = without_mark(file.substr(0, robots_rules::longest_file));
    while (!file.empty()) {
        const std::size_t end = file.find_first_of("\r\n");
        if (end == std::string_view::npos && is_cut) return; // half of "/private" would be "/"
        ++line_number_;
        line(file.substr(0, std::min(end, robots_rules::longest_line)));
        if (end == std::string_view::npos) return;
        file.remove_prefix(end + (file.substr(end).starts_with("\r\n") ? 2 : 1));
    }
}

void robots_parser::line(std::string_view text) {
    const auto [name, value] = parted(trimmed(text.substr(0, text.find('#'))));
    switch (key_named(name)) {
    case key::user_agent: return agent(value);
    case key::allow: return rule(true, value);
    case key::disallow: return rule(false, value);
    case key::crawl_delay: return delay(value);
    case key::sitemap:
        if (!value.empty()) own_.sitemaps_.emplace_back(value);
        return;
    case key::unknown: return;
    }
}

void robots_parser::agent(std::string_view value) {
    if (std::exchange(there_were_rules_, false)) own_group_ = everybodys_group_ = false;
    if (value.starts_with('*') && (value.size() == 1 || blanks.find(value[1]) != std::string_view::npos))
        everybodys_group_ = true;
    else if (const std::string_view token = product_token(value); !token.empty() && same_letters(token, token_))
        own_group_ = there_is_an_own_ = true;
}

void robots_parser::rule(bool allow, std::string_view value) {
    there_were_rules_ = true;
    if (!value.starts_with('/') && !value.starts_with('*')) return; // no path begins so; an empty one forbids nothing
    if (!own_group_ && !everybodys_group_) return;
    constexpr std::string_view index = "/index.html";
    const std::string pattern = normal_pattern(value);
    const auto add_to = [&](robots_rules& to) {
        to.add(allow, pattern, line_number_);
        if (allow && pattern.ends_with(index)) // as google/robotstxt: the folder is the same page
            to.add(allow, pattern.substr(0, pattern.size() - index.size()) + "/$", line_number_);
    };
    if (own_group_) add_to(own_);
    if (everybodys_group_ && !there_is_an_own_) add_to(everybodys_);
}

void robots_parser::delay(std::string_view value) {
    double seconds = 0;
    const auto [end, failure] =
        std::from_chars(value.data(), value.data() + value.size(), seconds, std::chars_format::fixed);
    const std::chrono::duration<double> longest = robots_rules::longest_delay;
    if (failure == std::errc::result_out_of_range)
        seconds = longest.count();
    else if (failure != std::errc())
        return;
    if (end != value.data() + value.size() || !(seconds >= 0)) return;
    const duration d = std::chrono::duration_cast<duration>(std::min(std::chrono::duration<double>(seconds), longest));
    const auto raise = [d](robots_rules& of) { of.delay_ = std::max(of.delay_.value_or(d), d); };
    if (own_group_) raise(own_);
    if (everybodys_group_) raise(everybodys_);
}

robots_rules robots_parser::result() && {
    robots_rules& those = there_is_an_own_ ? own_ : everybodys_;
    if (!there_is_an_own_) those.sitemaps_ = std::move(own_.sitemaps_);
    those.order();
    return std::move(those);
}

robots_rules robots_rules::parse(std::string_view file, std::string_view product_token) {
    robots_parser parser(product_token);
    parser.read(file);
    return std::move(parser).result();
}

} // namespace plait::crawl
