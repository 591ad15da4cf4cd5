// Copyright 2026 the plait authors. Boost Software License 1.0
#include "registrable_domain.hpp"
#include "scope.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

namespace plait::crawl {
namespace {

std::string_view folder_of(std::string_view path) noexcept { return path.substr(0, path.rfind('/') + 1); }

} // namespace

scope::scope(const scope_rules& rules, std::span<const url> seeds)
    : kind_(rules.kind),
      depth_(rules.depth),
      traps_(rules.traps),
      include_("--include", rules.include),
      exclude_("--exclude", rules.exclude) {
    for (const url& seed : seeds) {
        roots_.push_back({std::string(seed.host()), std::string(folder_of(seed.path()))});
        if (kind_ != scope_kind::domain) continue;
        if (const std::string_view domain = registrable_domain(seed); !domain.empty()) domains_.emplace_back(domain);
    }
    std::ranges::sort(roots_, {}, [](const root& r) { return std::tie(r.host, r.folder); });
    const auto same = std::ranges::unique(roots_, {}, [](const root& r) { return std::tie(r.host, r.folder); });
    roots_.erase(same.begin(), same.end());
    std::ranges::sort(domains_);
    const auto same_domain = std::ranges::unique(domains_);
    domains_.erase(same_domain.begin(), same_domain.end());
}

verdict scope::judge(const url& u, unsigned depth) {
    if (const verdict place = judge_place(u); place != verdict::inside) return place;
    if (depth_ && depth > *depth_) return verdict::too_deep;
    if (const verdict trap = looks_like_a_trap(u, traps_); trap != verdict::inside) return trap;
    if (exclude_.any_matches(u.canonical())) return verdict::excluded;
    if (!include_.empty() && !include_.any_matches(u.canonical())) return verdict::not_included;
    return verdict::inside;
}

verdict scope::judge_place(const url& u) {
    switch (kind_) {
    case scope_kind::host: return has_host(u.host()) ? verdict::inside : verdict::other_host;
    case scope_kind::domain: return has_domain(u) ? verdict::inside : verdict::other_domain;
    case scope_kind::prefix: return has_prefix(u) ? verdict::inside : verdict::outside_prefix;
    case scope_kind::any: break;
    }
    return verdict::inside;
}

bool scope::has_host(std::string_view host) const noexcept {
    return std::ranges::binary_search(roots_, host, {}, &root::host);
}

bool scope::has_domain(const url& u) {
    if (has_host(u.host())) return true;
    finding& known = found_[std::hash<std::string_view>()(u.host()) % found_.size()];
    if (known.host != u.host()) {
        known.inside = is_below_a_domain(u);
        known.host = u.host();
    }
    return known.inside;
}

/// The public suffix list is asked only about hosts that end with a domain of ours. Most of these have it, but a name below
/// may have become a public suffix: "s3.amazonaws.com" is one, and "amazonaws.com" belongs to somebody.
bool scope::is_below_a_domain(const url& u) const {
    for (std::string_view rest = u.host(); !rest.empty();) {
        if (std::ranges::binary_search(domains_, rest)) return registrable_domain(u) == rest;
        rest.remove_prefix(std::min(rest.find('.'), rest.size() - 1) + 1);
    }
    return false;
}

bool scope::has_prefix(const url& u) const noexcept {
    const auto of_host = std::ranges::equal_range(roots_, u.host(), {}, &root::host);
    return std::ranges::any_of(of_host, [&](const root& r) { return u.path().starts_with(r.folder); });
}

} // namespace plait::crawl
