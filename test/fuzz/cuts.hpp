// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Cuts an input into pieces, at places that follow from the input itself: so a finding is its bytes alone, and the corpus
// holds nothing but what it shows.

#include <algorithm>
#include <cstdint>
#include <random>
#include <string_view>

namespace plait::test {

/// Calls `take(piece)` for pieces of up to 64 bytes, most of them short, until they were all of `bytes`.
template <class Take>
void cut(std::string_view bytes, Take take) {
    std::uint32_t seed = 2166136261U; // FNV-1a
    for (char c : bytes)
        seed = (seed ^ static_cast<unsigned char>(c)) * 16777619U;
    std::minstd_rand roll(seed | 1U);
    while (!bytes.empty()) {
        const std::size_t n = std::min<std::size_t>(bytes.size(), roll() % (roll() % 4 == 0 ? 64 : 4) + 1);
        take(bytes.substr(0, n));
        bytes.remove_prefix(n);
    }
}

} // namespace plait::test
