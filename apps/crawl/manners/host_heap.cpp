// Copyright 2026 the plait authors. Boost Software License 1.0
#include "host_heap.hpp"

#include <algorithm>

namespace plait::crawl {
namespace {

constexpr std::size_t children = 4;

} // namespace

void host_heap::put(host_id host, time_point at) {
    if (!holds(host)) {
        places_[host] = static_cast<std::uint32_t>(entries_.size());
        entries_.push_back({});
    }
    fill(places_[host], {at, next_order_++, host});
}

void host_heap::remove(host_id host) {
    if (!holds(host)) return;
    const std::size_t hole = places_[host];
    places_[host] = nowhere;
    const entry last = entries_.back();
    entries_.pop_back();
    if (last.host != host) fill(hole, last);
}

void host_heap::set(std::size_t place, const entry& e) noexcept {
    entries_[place] = e;
    places_[e.host] = static_cast<std::uint32_t>(place);
}

// The hole goes up while `e` is before the parent, else down.
void host_heap::fill(std::size_t hole, const entry& e) noexcept {
    while (hole > 0 && e.before(entries_[(hole - 1) / children])) {
        set(hole, entries_[(hole - 1) / children]);
        hole = (hole - 1) / children;
    }
    for (;;) {
        const std::size_t child = first_child(hole);
        if (child == 0 || !entries_[child].before(e)) break;
        set(hole, entries_[child]);
        hole = child;
    }
    set(hole, e);
}

// The one that is before its siblings; 0 if there is none.
std::size_t host_heap::first_child(std::size_t of) const noexcept {
    const std::size_t begin = children * of + 1, end = std::min(begin + children, entries_.size());
    if (begin >= end) return 0;
    std::size_t first = begin;
    for (std::size_t i = begin + 1; i < end; ++i)
        if (entries_[i].before(entries_[first])) first = i;
    return first;
}

} // namespace plait::crawl
