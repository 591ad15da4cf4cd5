// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A tree of coroutines on one thread, known as skynet: each node has ten children, each leaf gives its number, each node
// the sum of its children's. 1,000,000 leaves and 111,111 nodes above them; the sum is checked.

#include "../measure.hpp"

namespace bench {

inline constexpr long leaves = 1'000'000;
inline constexpr long children = 10;
inline constexpr std::size_t stack_bytes = 16 * 1024;

/// Calls `sum_of_tree()`, which builds the tree and returns the sum.
template <class SumOfTree>
void measure_tree(int argc, char** argv, SumOfTree sum_of_tree) {
    auto row = requested_row(argc, argv, {"skynet"});
    auto started = clock::now();
    long sum = sum_of_tree();
    auto stopped = clock::now();
    if (sum != leaves * (leaves - 1) / 2) fail("the sum is wrong");
    report(row, "ms", nanoseconds_between(started, stopped) / 1e6, "ms");
}

} // namespace bench
