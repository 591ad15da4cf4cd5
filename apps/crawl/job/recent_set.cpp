// Copyright 2026 the plait authors. Boost Software License 1.0
#include "recent_set.hpp"

#include <algorithm>
#include <bit>

namespace plait::crawl {

recent_set::recent_set(std::size_t bytes)
    : mask_(std::bit_ceil(std::max(bytes / sizeof(line), std::size_t{1})) - 1),
      lines_(std::make_unique<line[]>(mask_ + 1)) {}

bool recent_set::touch(const fingerprint& print) noexcept {
    auto& places = line_of(print).places;
    const auto place = std::find(places.begin(), places.end(), print);
    if (place == places.end() || print == fingerprint{}) return false;
    std::rotate(places.begin(), place, place + 1);
    return true;
}

void recent_set::put(const fingerprint& print) noexcept {
    auto& places = line_of(print).places;
    std::shift_right(places.begin(), places.end(), 1);
    places.front() = print;
}

} // namespace plait::crawl
