// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   taker   TIMED, note: its limit ──▶ schedule: look at the earliest limit
//                                           │ its time has come
//   any receiver that finds nothing, ◀──────┘ looks at all words, gives back what is over its limit, and
//   any monitor's tick (100 ms)               schedules the next look
//
// When to look for leases that are over their limit. The schedule is a hint that costs nobody anything who has no limits:
// the word of each lease and its note are the truth. One party looks at a time; if it dies or stops over that, somebody
// else looks a tick later, and a queue that has ever had a limit is looked at every ten seconds whatever the schedule
// says. So a message whose lease is over is given to a receiver that comes for it at once, and to one that waits already
// with the next tick; ten seconds late if its holder was stopped before it could announce its limit.

#include <plait/runtime/clock.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace plait::ipc::detail {

/// CLOCK_MONOTONIC, which is the same for all processes of a boot, in steps of 2^18 ns: about a quarter of a millisecond.
using lease_time = std::uint64_t;
inline constexpr unsigned lease_step_bits = 18;
inline constexpr lease_time never_ends = (lease_time{1} << 43) - 1;
inline constexpr std::uint64_t no_look = never_ends << 1; // of a queue that never had a limit

[[nodiscard]] lease_time lease_time_now() noexcept;
/// Rounded up: a lease is never shorter than was asked for.
[[nodiscard]] lease_time lease_time_after(duration d) noexcept;

class expiry_schedule {
public:
    explicit expiry_schedule(std::atomic<std::uint64_t>& word) noexcept : word_(word) {}

    /// Before a lease with a limit is taken.
    void begin() noexcept {
        if (word_.load(std::memory_order_relaxed) == no_look) announce(lease_time_now() + long_pause);
    }
    /// After the word of the message says TIMED: it is over at `end`.
    void announce(lease_time end) noexcept;

    /// Whether somebody has to look. Costs one relaxed load where there are no limits.
    [[nodiscard]] bool is_due() const noexcept {
        auto seen = word_.load(std::memory_order_relaxed);
        return seen != no_look && seen >> 1 <= lease_time_now();
    }
    /// Makes the caller the one who looks; 0 if there is nothing to look for, or somebody else is faster.
    [[nodiscard]] std::uint64_t claim_look(lease_time now) noexcept;
    /// The look `claimed` is over: the earliest limit that is left is `earliest`.
    void end_look(std::uint64_t claimed, lease_time now, lease_time earliest) noexcept;

private:
    static constexpr lease_time long_pause = lease_time{10'000'000'000} >> lease_step_bits; // ten seconds
    static constexpr lease_time retry_pause = lease_time{100'000'000} >> lease_step_bits;
    static constexpr lease_time least_pause =
        lease_time{1'000'000} >> lease_step_bits; // not a look for each of many limits

    // `time:63 | looking:1`. `looking`: somebody looks since, and nobody has announced a limit since then.
    std::atomic<std::uint64_t>& word_;
};

} // namespace plait::ipc::detail
