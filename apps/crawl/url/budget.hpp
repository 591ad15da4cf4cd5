// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// How many pages a crawl takes of one host, and how many queries of one path ("/calendar?day=1", "/calendar?day=2", …). It
// is what ends a crawl where scope.hpp sees nothing unusual.

#include "url.hpp"
#include "verdict.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>

namespace plait::crawl {

/// 0: no limit.
struct budget_limits {
    std::uint32_t pages_per_host = 0;
    std::uint32_t queries_per_path = 10'000; ///< forums have as many topics; a calendar has no last day
};

/// Counts what was taken, in about 25 bytes for each host, and each path with a query, as far as there are limits for them.
///
/// Thread safety: none.
class budget {
public:
    explicit budget(budget_limits limits) noexcept : limits_(limits) {}

    /// Takes a URL that was not seen before, or says which budget is spent. A crawl that is resumed takes again what it had
    /// taken, in any order: all of it is inside, and the counts are as before.
    [[nodiscard]] verdict take(const url& u);

private:
    using counts = boost::unordered_flat_map<std::uint64_t, std::uint32_t>; ///< of texts with this fingerprint

    static std::uint32_t& count(counts& all, std::string_view of);

    budget_limits limits_;
    counts pages_, queries_;
};

} // namespace plait::crawl
