// Copyright 2026 the plait authors. Boost Software License 1.0
#include "host_table.hpp"

#include <stdexcept>
#include <utility>

namespace plait::crawl {

std::uint64_t& host_table::host::of(url_state s) noexcept {
    switch (s) {
    case url_state::done: return done;
    case url_state::failed: return failed;
    case url_state::set_aside: return set_aside;
    default: return waiting;
    }
}

std::optional<host_id> host_table::find(std::string_view name) const {
    const auto at = by_name_.find(name);
    return at == by_name_.end() ? std::nullopt : std::optional(at->second);
}

host_id host_table::add(std::string name) {
    const auto id = static_cast<host_id>(hosts_.size());
    hosts_.push_back({.name = std::move(name)});
    by_name_.emplace(hosts_.back().name, id);
    return id;
}

host_table::host& host_table::change(host_id id) {
    host& h = hosts_.at(id);
    if (!h.changed) changed_.push_back(id);
    h.changed = true;
    return h;
}

} // namespace plait::crawl
