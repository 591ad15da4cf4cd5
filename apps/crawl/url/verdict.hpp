// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Whether a URL belongs to a crawl, and if not, why.

#include <string_view>

namespace plait::crawl {

enum class verdict : unsigned char {
    inside,

    // It is elsewhere: scope.hpp
    other_host,
    other_domain,
    outside_prefix,
    too_deep,
    excluded,
    not_included,

    // It looks like a trap: traps.hpp
    url_too_long,
    too_many_segments,
    repeated_segments,

    // There were enough like it: budget.hpp
    host_budget_spent,
    too_many_queries,
};

/// For records and logs: a few words, a literal.
[[nodiscard]] std::string_view text(verdict reason) noexcept;

} // namespace plait::crawl
