// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// When a server that was given a new load had become used to it.

#include "ledger.hpp"

#include <plait/runtime/clock.hpp>

#include <chrono>
#include <optional>

namespace plait::load {

/// The time is looked at in windows of this.
inline constexpr duration steady_window = std::chrono::milliseconds(20);

/// In a window all is as usual if requests that were due in it fared as those of the second half of the load from `begin` to
/// `end`: at least 95 % as many of them were answered (and not shed), and their median latency was at most twice as long, or
/// a millisecond longer. The load is steady from the first such window on that has at most one other among the nine after it.
/// Returns when it began, after `begin`; nothing if there is none in the first half, or nothing was answered in the second.
[[nodiscard]] std::optional<duration> time_to_steady(const ledger& requests, time_point begin, time_point end);

} // namespace plait::load
