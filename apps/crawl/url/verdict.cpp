// Copyright 2026 the plait authors. Boost Software License 1.0
#include "verdict.hpp"

namespace plait::crawl {

std::string_view text(verdict reason) noexcept {
    switch (reason) {
    case verdict::inside: return "in scope";
    case verdict::other_host: return "out of scope: other host";
    case verdict::other_domain: return "out of scope: other domain";
    case verdict::outside_prefix: return "out of scope: not below a seed";
    case verdict::too_deep: return "out of scope: too many links from a seed";
    case verdict::excluded: return "out of scope: excluded by a pattern";
    case verdict::not_included: return "out of scope: included by no pattern";
    case verdict::url_too_long: return "trap: URL too long";
    case verdict::too_many_segments: return "trap: too many path segments";
    case verdict::repeated_segments: return "trap: repeated path segments";
    case verdict::host_budget_spent: return "budget: enough pages of this host";
    case verdict::too_many_queries: return "budget: enough queries of this path";
    }
    return "unknown";
}

} // namespace plait::crawl
