// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// How many processes are started and joined, one after the other, and how large the one is that starts them. The child does
// nothing.

#include "../measure.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace bench {

inline constexpr int starts = 500;
inline constexpr std::size_t large = std::size_t{512} << 20; // bytes, all of them touched

/// The process that starts others, made as large as the row wants it.
class ballast {
public:
    explicit ballast(std::string_view row) : bytes_(row.ends_with("_large") ? large : 0, 'x') {}

private:
    std::vector<char> bytes_;
};

/// Calls `start_and_join` once to warm up, then so often, and reports the time of them all.
template <class F>
void measure_starts(std::string_view row, F start_and_join) {
    const ballast weight(row);
    start_and_join();
    const auto begin = clock::now();
    for (int i = 0; i < starts; ++i)
        start_and_join();
    report(row, "ms", nanoseconds_between(begin, clock::now()) / 1e6, "ms");
}

} // namespace bench
