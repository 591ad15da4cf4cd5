// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The tree of plait's coroutines, however they are spawned. A child's result travels in its task.

#include "tree.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>

#include <array>

namespace bench {

inline constexpr plait::spawn_options small_stack{.stack_bytes = stack_bytes};

template <class Spawn>
long sum_of_subtree(long first, long size, Spawn spawn) {
    if (size == 1) return first;
    std::array<plait::task<long>, children> running;
    long part = size / children;
    for (plait::task<long>& child : running) {
        child = spawn([first, part, spawn] { return sum_of_subtree(first, part, spawn); });
        first += part;
    }
    long sum = 0;
    for (plait::task<long>& child : running)
        sum += child.join();
    return sum;
}

template <class Spawn>
int measure_plait_tree(int argc, char** argv, Spawn spawn) {
    return plait::run([&] {
        measure_tree(argc, argv, [&] { return spawn([spawn] { return sum_of_subtree(0, leaves, spawn); }).join(); });
    });
}

} // namespace bench
