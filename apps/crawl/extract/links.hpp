// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   page, UTF-8 ──one pass, no tree──▶ references, as they stand ──resolved by the caller──▶ URLs
//                                 └──▶ base, robots
//
// Which pages a page leads to: the links that the tree of a parser of HTML would have, found without it.
//
//   a href, area href             where a reader goes; an a of SVG too, with href or xlink:href
//   link href                     with a rel that leads to pages: alternate, next, contents, … but not stylesheet, icon, preload
//   iframe src, frame src         what is shown in the page
//   meta http-equiv=refresh       where the page sends everybody
//
// What is in a comment, a script, a style, a title, a textarea, an iframe, noframes, noembed, xmp or template is none.
// noscript is read, as by a browser without scripts. A frame, and whatever stands in a frameset or a select, counts where
// it stands; a tree of 2021 would not have all of them.
//
// Robots: rel=nofollow of a, area and link, and meta name=robots, are told, not obeyed: that is the caller's.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plait::crawl {

enum class link_source : unsigned char { a, area, link, canonical, iframe, frame, refresh };

struct link {
    std::string reference; ///< UTF-8, character references decoded, without whitespace around; may be empty, or no URL
    link_source source = link_source::a;
    bool nofollow = false;

    friend bool operator==(const link&, const link&) = default;
};

struct page_links {
    std::optional<std::string> base; ///< the href of the first base that has one, as `reference`
    std::vector<link> links;         ///< in the order of the page, and as often as they stand there
    bool nofollow = false;           ///< meta name=robots says nofollow or none
    bool noindex = false;            ///< it says noindex or none
    bool is_cut = false;             ///< there were more links than `most`

    friend bool operator==(const page_links&, const page_links&) = default;
};

/// The links of the page `html`, at most the first `most` of them. `html` is UTF-8; a byte that is not goes where it
/// stands.
///
/// Throws: bad_alloc.
/// Complexity: O(size of `html`), in one pass. Memory: that of the result, and at most 8 KiB.
[[nodiscard]] page_links find_links(std::string_view html, std::size_t most = 100'000);

} // namespace plait::crawl
