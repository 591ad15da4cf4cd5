// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   <p> <svg> <g> <foreignObject> <p> … </foreignObject> <style> … </style> </svg> <p>
//   HTML └────── SVG ──────┘ └──── HTML ────┘ └──────── SVG ────────┘            HTML
//
// Whether a place in a document is HTML's or SVG's and MathML's, where script and style are no raw text, links are others
// and CDATA sections exist (HTML standard §13.2.6.5); and whether it lies in a template, which is no part of the document.
// All that is kept are the elements open from the first svg, math or template on, without those of HTML. So who closes
// elements in the wrong order, across the border of the two languages, is understood a little differently than by a
// parser that builds the tree.

#include "markup.hpp"

#include <cstddef>
#include <vector>

namespace plait::crawl {

class foreign_content {
public:
    struct start_tag {
        name_key name;
        bool is_self_closing = false;
        bool has_font_attributes = false; ///< color, face or size
        bool is_html_annotation = false;  ///< encoding is text/html or application/xhtml+xml
    };

    [[nodiscard]] bool is_html() const noexcept { return open_.empty() || open_.back().what >= kind::svg_point; }
    /// Whether "<![CDATA[" begins a section.
    [[nodiscard]] bool has_cdata() const noexcept { return !open_.empty() && open_.back().is_bare; }
    [[nodiscard]] bool in_template() const noexcept { return templates_ != 0; }
    [[nodiscard]] bool is_empty() const noexcept { return open_.empty(); }

    /// A start tag of HTML, svg, math and template among them.
    void start_html(const start_tag& tag);
    /// A start tag where !is_html(). Returns whether it is one of HTML's, which has ended all that is not.
    [[nodiscard]] bool start_foreign(const start_tag& tag);
    void end(name_key name) noexcept;

private:
    enum class kind : unsigned char { svg, math, annotation, svg_point, math_point, html_template };
    struct element {
        name_key name;
        kind what;
        bool is_bare; // foreign itself, and no element of HTML has begun in it
    };
    // Deeper ones are not told apart. Browsers have such a limit too; it bounds what an end tag costs.
    static constexpr std::size_t deepest = 256;

    void push(name_key name, kind what);
    void pop() noexcept;
    void leave() noexcept;

    std::vector<element> open_;
    std::size_t templates_ = 0;
};

} // namespace plait::crawl
