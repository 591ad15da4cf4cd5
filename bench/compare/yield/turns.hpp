// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Coroutines on one thread that do nothing but yield, in turn. The first of them keeps the time: it starts its watch
// after a few rounds, when every coroutine exists and has touched its stack, and stops it after `rounds` more. All
// others have then yielded as often as it has.

#include "../measure.hpp"

namespace bench {

inline constexpr long total_yields = 4'000'000;
inline constexpr long warm_up_rounds = 100;
inline constexpr std::size_t stack_bytes = 64 * 1024;

struct turns {
    turns(int argc, char** argv)
        : row(requested_row(argc, argv, {"yield2", "yield1000"})),
          coroutines(row == "yield2" ? 2 : 1000),
          rounds(total_yields / coroutines) {}

    void start() { started = clock::now(); }
    void stop() { stopped = clock::now(); }

    /// The body of coroutine `index`; `yield` lets the next one run.
    template <class Yield>
    void take(int index, Yield yield) {
        for (long i = 0; i < warm_up_rounds; ++i)
            yield();
        if (index == 0) start();
        for (long i = 0; i < rounds; ++i)
            yield();
        if (index == 0) stop();
    }

    void report() const {
        auto yields = static_cast<double>(rounds * coroutines);
        bench::report(row, "ns", nanoseconds_between(started, stopped) / yields, "ns");
    }

    std::string_view row;
    int coroutines;
    long rounds;
    clock::time_point started, stopped;
};

} // namespace bench
