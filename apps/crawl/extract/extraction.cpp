// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"
#include "extraction.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <re2/re2.h>

namespace plait::crawl {
namespace {

/// A text as it is read: every run of whitespace is one space, and none is at its ends.
std::string readable(std::string_view text) {
    std::string all;
    bytes::for_each_word(text, [&](std::string_view word) {
        if (!all.empty()) all += ' ';
        all += word;
    });
    return all;
}

std::optional<std::string> matched(const re2::RE2& pattern, std::string_view text) {
    const int groups = pattern.NumberOfCapturingGroups();
    std::array<re2::StringPiece, 2> found;
    const re2::StringPiece whole(text.data(), text.size());
    if (!pattern.Match(whole, 0, whole.size(), re2::RE2::UNANCHORED, found.data(), groups + 1)) return std::nullopt;
    const auto& part = found[groups == 0 ? 0 : 1];
    if (!part.data()) return std::nullopt; // the group had no part in the match
    return std::string(part.data(), part.size());
}

class extractor {
public:
    extractor(const url_resolver& resolve, page_records& to) : resolve_(resolve), to_(to) {}

    /// The fields of one record; nothing if a required one is missing.
    std::optional<std::vector<field>>
    fields_of(html_node scope, const std::vector<field_rule>& rules, const std::string& path) {
        std::vector<field> all;
        all.reserve(rules.size());
        for (const field_rule& rule : rules) {
            value v = value_of(scope, rule, path);
            const auto* list = std::get_if<std::vector<value>>(&v.content);
            if (rule.is_required && (v.is_null() || (list && list->empty()))) {
                ++shortfall_of(rule, path).dropped;
                return std::nullopt;
            }
            all.push_back({rule.name, std::move(v)});
        }
        return all;
    }

    value value_of(html_node scope, const field_rule& rule, const std::string& path) {
        std::vector<value> found;
        rule.where.for_each(scope, [&](html_node element) {
            if (auto v = value_in(element, rule, path)) found.push_back(std::move(*v));
            return rule.is_list || found.empty();
        });
        if (rule.is_list) {
            std::erase_if(found, [](const value& v) { return v.is_null(); });
            return value{std::move(found)};
        }
        if (found.empty() || found[0].is_null()) return rule.fallback;
        return std::move(found[0]);
    }

private:
    /// Nothing if `element` has not what is asked for; null if it is not of its type.
    std::optional<value> value_in(html_node element, const field_rule& rule, const std::string& path) {
        if (rule.type == value_type::record) {
            auto fields = fields_of(element, rule.fields, path + '.' + rule.name);
            return fields ? std::optional(value{std::move(*fields)}) : std::nullopt;
        }
        std::optional<std::string> text = text_in(element, rule);
        if (text && rule.pattern) text = matched(*rule.pattern, *text);
        if (!text) return std::nullopt;
        auto v = typed(*text, rule);
        if (!v) ++shortfall_of(rule, path).unconverted;
        return v ? std::move(*v) : value{};
    }

    static std::optional<std::string> text_in(html_node element, const field_rule& rule) {
        if (!rule.attribute.empty()) {
            const auto found = element.attribute(rule.attribute);
            return found ? std::optional<std::string>(*found) : std::nullopt;
        }
        return rule.is_html ? element.inner_html() : readable(element.inner_text());
    }

    [[nodiscard]] std::optional<value> typed(const std::string& text, const field_rule& rule) const {
        if (rule.is_html) return value{text};
        if (rule.type == value_type::boolean && !rule.attribute.empty() &&
            (text.empty() || bytes::equals(text, rule.attribute)))
            return value{true};
        if (rule.type != value_type::url) return converted(text, rule.type);
        auto url = resolve_(bytes::trimmed(text));
        return url ? std::optional(value{std::move(*url)}) : std::nullopt;
    }

    shortfall& shortfall_of(const field_rule& rule, const std::string& path) {
        const std::string name = path + '.' + rule.name;
        const auto found = std::ranges::find(to_.shortfalls, name, &shortfall::field);
        return found != to_.shortfalls.end() ? *found : to_.shortfalls.emplace_back(shortfall{name, 0, 0});
    }

    const url_resolver& resolve_;
    page_records& to_;
};

void add_next(std::vector<std::string>& to, const value& v) {
    if (const auto* list = std::get_if<std::vector<value>>(&v.content)) {
        for (const value& each : *list)
            add_next(to, each);
    } else if (const auto* url = std::get_if<std::string>(&v.content)) {
        if (std::ranges::find(to, *url) == to.end()) to.push_back(*url);
    }
}

} // namespace

page_records extraction::apply(html_node document, const url_resolver& resolve) const {
    page_records found;
    extractor extract(resolve, found);
    for (const record_rule& rule : records)
        rule.select.for_each(document, [&](html_node element) {
            if (auto fields = extract.fields_of(element, rule.fields, rule.name))
                found.records.push_back({rule.name, std::move(*fields)});
            return true;
        });
    for (const field_rule& rule : next)
        add_next(found.next, extract.value_of(document, rule, "page"));
    return found;
}

} // namespace plait::crawl
