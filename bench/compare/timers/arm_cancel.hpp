// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A timeout that is armed and cancelled before it expires, while 10,000 others are armed: what every read with a
// timeout costs on a busy server. The standing timeouts lie 30 to 60 seconds ahead in no particular order, the new one
// in the middle of them.

#include "../measure.hpp"

#include <random>

namespace bench {

inline constexpr long arm_cancels = 1'000'000;
inline constexpr int standing_timers = 10'000;
inline constexpr auto new_timeout = std::chrono::seconds(45);

/// The distances at which the standing timeouts are armed; the same in every run.
class standing_timeouts {
public:
    std::chrono::milliseconds next() { return std::chrono::milliseconds(distance_(engine_)); }

private:
    std::minstd_rand engine_{1};
    std::uniform_int_distribution<int> distance_{30'000, 60'000};
};

} // namespace bench
