// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Spawn 1,000 coroutines that count, join them all, again and again. The first batches fill the pool of stacks and are
// not timed. Stacks come from a pool for everybody: with a fresh stack each time, the kernel is all one would measure.

#include "../measure.hpp"

namespace bench {

inline constexpr int batch = 1000;
inline constexpr int batches = 1000;
inline constexpr int warm_up_batches = 20;
inline constexpr std::size_t stack_bytes = 64 * 1024;

/// Calls `spawn_and_join_batch(counter)`, which must have added `batch` to the counter when it returns.
template <class SpawnAndJoin>
void measure_batches(int argc, char** argv, SpawnAndJoin spawn_and_join_batch) {
    auto row = requested_row(argc, argv, {"spawn_join"});
    volatile long counter = 0;
    for (int i = 0; i < warm_up_batches; ++i)
        spawn_and_join_batch(counter);
    auto started = clock::now();
    for (int i = 0; i < batches; ++i)
        spawn_and_join_batch(counter);
    auto stopped = clock::now();
    if (counter != long{batch} * (warm_up_batches + batches)) fail("a coroutine was lost");
    report(row, "ns", nanoseconds_between(started, stopped) / (double{batch} * batches), "ns");
}

} // namespace bench
