// Copyright 2026 the plait authors. Boost Software License 1.0
#include "budget.hpp"
#include "fingerprint.hpp"

namespace plait::crawl {

verdict budget::take(const url& u) {
    std::uint32_t* pages = limits_.pages_per_host > 0 ? &count(pages_, u.host()) : nullptr;
    if (pages && *pages >= limits_.pages_per_host) return verdict::host_budget_spent;
    if (limits_.queries_per_path > 0 && !u.query().empty()) {
        const std::string_view whole = u.canonical();
        std::uint32_t& queries = count(queries_, whole.substr(0, whole.size() - u.query().size()));
        if (queries >= limits_.queries_per_path) return verdict::too_many_queries;
        ++queries;
    }
    if (pages) ++*pages;
    return verdict::inside;
}

std::uint32_t& budget::count(counts& all, std::string_view of) { return all[fingerprint_of(of).first]; }

} // namespace plait::crawl
