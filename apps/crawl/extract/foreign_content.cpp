// Copyright 2026 the plait authors. Boost Software License 1.0
#include "foreign_content.hpp"

#include <algorithm>
#include <array>

namespace plait::crawl {
namespace {

template <class... Names>
constexpr auto keys(Names... names) {
    return std::array{key_of(names)...};
}

// §13.2.6.5: start tags that cannot be in SVG or MathML.
constexpr auto breakouts = keys(
    "b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed", "h1", "h2", "h3",
    "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr", "ol", "p", "pre", "ruby", "s",
    "small", "span", "strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var");
// Elements of HTML that contain others: their end tags end what of SVG was left open in them.
constexpr auto containers = keys(
    "article", "aside", "blockquote", "br", "button", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "header", "li", "main", "menu", "nav", "ol", "p", "pre", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul");
constexpr auto svg_points = keys("foreignobject", "desc", "title");
constexpr auto math_points = keys("mi", "mo", "mn", "ms", "mtext");

constexpr name_key svg = key_of("svg"), math = key_of("math"), html_template = key_of("template");

template <class Keys>
bool is_one_of(const Keys& all, name_key name) {
    return std::ranges::find(all, name) != all.end();
}

} // namespace

void foreign_content::push(name_key name, kind what) {
    if (open_.size() >= deepest) return;
    open_.push_back({name, what, what != kind::html_template});
    if (what == kind::html_template) ++templates_;
}

void foreign_content::pop() noexcept {
    if (open_.back().what == kind::html_template) --templates_;
    open_.pop_back();
}

void foreign_content::leave() noexcept {
    while (!is_html())
        pop();
}

void foreign_content::start_html(const start_tag& tag) {
    if (!open_.empty()) open_.back().is_bare = false;
    if (tag.name == html_template) push(tag.name, kind::html_template);
    if (tag.is_self_closing) return;
    if (tag.name == svg) push(tag.name, kind::svg);
    if (tag.name == math) push(tag.name, kind::math);
}

bool foreign_content::start_foreign(const start_tag& tag) {
    if (is_one_of(breakouts, tag.name) || (tag.name == key_of("font") && tag.has_font_attributes)) {
        leave();
        return true;
    }
    if (tag.is_self_closing) return false;
    const kind around = open_.back().what;
    if (around == kind::svg || (around == kind::annotation && tag.name == svg)) {
        push(tag.name, is_one_of(svg_points, tag.name) ? kind::svg_point : kind::svg);
    } else if (tag.name == key_of("annotation-xml")) {
        push(tag.name, tag.is_html_annotation ? kind::math_point : kind::annotation);
    } else {
        push(tag.name, is_one_of(math_points, tag.name) ? kind::math_point : kind::math);
    }
    return false;
}

void foreign_content::end(name_key name) noexcept {
    if (open_.empty() ||
        (is_html() && name != open_.back().name && name != svg && name != math && name != html_template))
        return;
    const auto last = std::find_if(open_.rbegin(), open_.rend(), [&](const element& e) {
        return e.name == name || (e.what == kind::html_template && name != html_template);
    });
    if (last != open_.rend() && last->name == name) {
        const auto remaining = static_cast<std::size_t>(open_.rend() - last) - 1;
        while (open_.size() > remaining)
            pop();
    } else if (is_one_of(containers, name)) {
        leave();
    }
}

} // namespace plait::crawl
