// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   /calendar/next/next/next/…        /a/b/a/b/a/b/index.html        /?session=…&from=/?session=…&from=…
//
// Sites that have no end, most often by mistake: a link that should begin with '/' and does not makes each page the folder
// of the next. Their URLs grow, and a URL alone shows it. What does not grow is for budget.hpp.

#include "url.hpp"
#include "verdict.hpp"

#include <cstddef>

namespace plait::crawl {

/// 0: no limit.
struct trap_limits {
    std::size_t url_bytes = 2083; ///< of the canonical text; Internet Explorer knew no longer ones
    unsigned segments = 32;       ///< of the path; "/a/b" and "/a/" have two
    unsigned repeats = 2;         ///< a run of segments may stand so often in a row: "/a/b/a/b" is two of "a/b"
};

/// verdict::inside, or which limit is exceeded.
/// Complexity: O(size of the URL × segments ÷ repeats).
[[nodiscard]] verdict looks_like_a_trap(const url& u, const trap_limits& limits) noexcept;

} // namespace plait::crawl
