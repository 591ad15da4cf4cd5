// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// When the requests of an open loop are due. The schedule is fixed before the first of them is sent and knows nothing of the
// answers: that is what makes the load an offered one. Each latency is counted from the moment in the schedule, not from the
// moment of sending, so a server that stalls is charged with every request that it made wait (Gil Tene, "How NOT to Measure
// Latency"; wrk2's README calls it avoiding coordinated omission).

#include <plait/runtime/clock.hpp>

#include <cstdint>
#include <random>

namespace plait::load {

enum class spacing {
    constant, ///< one every 1/rate seconds
    poisson,  ///< independent of each other: exponential gaps with a mean of 1/rate seconds
};

/// The moments, one after the other, without drift. The same arguments give the same moments.
class schedule {
public:
    /// `rate` is in requests a second. Throws errc::invalid_argument unless it is finite and positive.
    schedule(double rate, time_point start, spacing between = spacing::constant, std::uint64_t seed = 1);

    /// When the next request is due.
    [[nodiscard]] time_point due() const noexcept { return due_; }
    /// Goes on to the one after it.
    void advance();

private:
    [[nodiscard]] double random_gap();

    double rate_;
    time_point start_;
    spacing between_;
    std::mt19937_64 random_;
    std::uint64_t count_ = 0;
    double gaps_ = 0; // the sum of the random ones, in units of 1/rate
    time_point due_;
};

} // namespace plait::load
