// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The links of a page as the tree of a full parser has them, to compare with.

#include <crawl/extract/bytes.hpp>
#include <crawl/extract/html_tree.hpp>
#include <crawl/extract/link_rules.hpp>
#include <crawl/extract/links.hpp>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

namespace plait::crawl {

inline std::ostream& operator<<(std::ostream& to, const link& l) {
    constexpr std::string_view names[] = {"a", "area", "link", "canonical", "iframe", "frame", "refresh"};
    return to << names[static_cast<unsigned>(l.source)] << ' ' << l.reference << (l.nofollow ? " nofollow" : "");
}

} // namespace plait::crawl

namespace plait::test {

/// A set of links, each written as text.
using link_set = std::set<std::string>;

inline std::string trimmed(std::string_view text) { return std::string(crawl::bytes::trimmed(text)); }

/// What a rule of HTML says of one element of a tree.
inline void add_links(crawl::html_node element, crawl::page_links& to) {
    using crawl::link_source;
    const auto name = element.name();
    const auto href = element.attribute("href");
    const crawl::relation rel = crawl::relation_of(element.attribute("rel").value_or(""));
    if (!element.is_html()) {
        if (name == "a" && href) to.links.push_back({trimmed(*href), link_source::a, rel.nofollow});
    } else if (name == "a" || name == "area") {
        if (href) to.links.push_back({trimmed(*href), name == "a" ? link_source::a : link_source::area, rel.nofollow});
    } else if (name == "link") {
        if (href && rel.leads_to_page && !trimmed(*href).empty())
            to.links.push_back(
                {trimmed(*href), rel.canonical ? link_source::canonical : link_source::link, rel.nofollow});
    } else if (name == "iframe" || name == "frame") {
        const auto src = trimmed(element.attribute("src").value_or(""));
        if (!src.empty()) to.links.push_back({src, name == "frame" ? link_source::frame : link_source::iframe, false});
    } else if (name == "base") {
        if (href && !to.base) to.base = trimmed(*href);
    } else if (name == "meta") {
        const auto content = element.attribute("content").value_or("");
        if (crawl::bytes::equals(element.attribute("http-equiv").value_or(""), "refresh"))
            if (const auto target = crawl::refresh_target(content))
                to.links.push_back({std::string(*target), link_source::refresh, false});
        if (crawl::bytes::equals(element.attribute("name").value_or(""), "robots")) {
            to.nofollow |= crawl::robots_of(content).nofollow;
            to.noindex |= crawl::robots_of(content).noindex;
        }
    }
}

inline crawl::page_links links_of_tree(crawl::html_node document) {
    crawl::page_links found;
    for (crawl::html_node at = document.first_child(); at;) {
        const bool is_template = at.is_element() && at.is_html() && at.name() == "template";
        if (at.is_element()) add_links(at, found);
        at = is_template ? at.next_beside(document) : at.next_below(document);
    }
    return found;
}

/// All that is found, as texts.
inline link_set as_set(const crawl::page_links& found) {
    link_set all;
    for (const auto& l : found.links) {
        std::ostringstream text;
        text << l;
        all.insert(text.str());
    }
    if (found.base) all.insert("base " + *found.base);
    if (found.nofollow) all.insert("robots nofollow");
    if (found.noindex) all.insert("robots noindex");
    return all;
}

} // namespace plait::test
