// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A test body run in many orders of its coroutines' turns, in simulated time. What it requires it says with require(): a
// failure then names the seed that repeats it.

#include <plait/coro/simulate.hpp>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <source_location>
#include <stdexcept>
#include <string>

namespace plait::test {

/// 1,000 orders; in the environment PLAIT_TEST_SHORT, 100.
inline std::uint64_t interleavings() { return std::getenv("PLAIT_TEST_SHORT") ? 100 : 1000; }

inline void in_every_order(const std::function<void()>& f, std::uint64_t orders = interleavings()) {
    simulate(f, {.seeds = orders});
}

/// Fails the interleaving that runs.
inline void
require(bool holds, const std::string& otherwise, const std::source_location& here = std::source_location::current()) {
    if (!holds) throw std::logic_error("line " + std::to_string(here.line()) + ": " + otherwise);
}

} // namespace plait::test
