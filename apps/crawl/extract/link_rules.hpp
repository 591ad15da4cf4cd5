// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What attributes mean for links.

#include <optional>
#include <string>
#include <string_view>

namespace plait::crawl {

/// What the words of a rel say.
struct relation {
    bool leads_to_page = false; ///< of a link: where it leads is a page, not a part of this one
    bool canonical = false;
    bool nofollow = false;
};
[[nodiscard]] relation relation_of(std::string_view rel);

/// What content says in a meta name=robots.
struct robots_words {
    bool nofollow = false, noindex = false;
};
[[nodiscard]] robots_words robots_of(std::string_view content);

/// Where content sends the reader in a meta http-equiv=refresh: "5; url=next.html" (HTML standard §4.2.5.3). Nothing if
/// it is none, or means the page itself.
[[nodiscard]] std::optional<std::string_view> refresh_target(std::string_view content);

} // namespace plait::crawl
