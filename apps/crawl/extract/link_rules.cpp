// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"
#include "link_rules.hpp"

#include <algorithm>
#include <array>

namespace plait::crawl {
namespace {

// The HTML standard's hyperlinks (§4.6.8), HTML 4.01's (§6.12), and those that documentation generators write.
constexpr std::array<std::string_view, 30> page_relations = {
    "alternate",
    "appendix",
    "archives",
    "author",
    "begin",
    "bookmark",
    "canonical",
    "chapter",
    "contents",
    "copyright",
    "end",
    "first",
    "glossary",
    "help",
    "home",
    "index",
    "last",
    "license",
    "next",
    "prev",
    "previous",
    "privacy-policy",
    "search",
    "section",
    "start",
    "subsection",
    "terms-of-service",
    "toc",
    "top",
    "up"};

std::string_view after_space(std::string_view s) {
    while (!s.empty() && bytes::is_space(s.front()))
        s.remove_prefix(1);
    return s;
}

} // namespace

relation relation_of(std::string_view rel) {
    relation r;
    bool is_resource = false;
    bytes::for_each_word(rel, [&](std::string_view word) {
        const auto is = [&](std::string_view name) { return bytes::equals(word, name); };
        if (is("nofollow")) r.nofollow = true;
        if (is("canonical")) r.canonical = true;
        if (is("stylesheet")) is_resource = true; // also an alternate one
        if (std::ranges::any_of(page_relations, is)) r.leads_to_page = true;
    });
    r.leads_to_page &= !is_resource;
    return r;
}

robots_words robots_of(std::string_view content) {
    robots_words r;
    bytes::for_each_word(
        content, [](char c) { return c == ','; },
        [&](std::string_view word) {
            const bool is_none = bytes::equals(word, "none");
            r.nofollow |= is_none || bytes::equals(word, "nofollow");
            r.noindex |= is_none || bytes::equals(word, "noindex");
        });
    return r;
}

std::optional<std::string_view> refresh_target(std::string_view content) {
    content = after_space(content);
    std::size_t at = 0;
    while (at < content.size() && bytes::is_digit(content[at]))
        ++at;
    if (at == 0 && (content.empty() || content[0] != '.')) return std::nullopt;
    while (at < content.size() && (bytes::is_digit(content[at]) || content[at] == '.'))
        ++at;
    content.remove_prefix(at);
    if (content.empty() || !(content[0] == ';' || content[0] == ',' || bytes::is_space(content[0])))
        return std::nullopt;
    content = after_space(content);
    if (!content.empty() && (content[0] == ';' || content[0] == ',')) content.remove_prefix(1);
    content = after_space(content);
    if (bytes::begins(content, "url"))
        if (const auto rest = after_space(content.substr(3)); rest.starts_with('='))
            content = after_space(rest.substr(1));
    if (content.empty()) return std::nullopt;
    if (const char quote = content[0]; quote == '"' || quote == '\'') {
        content.remove_prefix(1);
        content = content.substr(0, content.find(quote));
    }
    content = bytes::trimmed(content);
    return content.empty() ? std::nullopt : std::optional(content);
}

} // namespace plait::crawl
