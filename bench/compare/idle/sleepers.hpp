// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Coroutines that sleep: what one of them keeps in memory. The figure is the growth of the resident set from before the
// first is spawned until all are asleep, divided by their number, so stack, control block, timer and what the allocator
// rounds up are all in it.

#include "../measure.hpp"

namespace bench {

inline constexpr std::size_t stack_bytes = 256 * 1024;
inline constexpr auto longer_than_the_run = std::chrono::hours(1);

struct sleepers {
    sleepers(int argc, char** argv)
        : row(requested_row(argc, argv, {"idle_rss", "idle_rss_1m"})),
          count(row == "idle_rss" ? 100'000 : 1'000'000),
          before(resident_bytes()) {}

    /// Called when all sleep. Reports, and ends the process: nobody waits for sleepers to wake.
    [[noreturn]] void report_and_exit() const {
        double grown = resident_bytes() - before;
        if (asleep != count) fail("not every coroutine has gone to sleep");
        bench::report(row, "bytes", grown / static_cast<double>(count), "bytes");
        std::_Exit(0);
    }

    std::string_view row;
    long count;
    long asleep = 0; ///< each sleeper counts itself just before it goes to sleep
    double before;
};

} // namespace bench
