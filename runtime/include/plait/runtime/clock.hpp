// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The seam through which all of plait reads the time. Programs use the steady clock; a test gives its loop a
// virtual_clock, and then owns time: nothing passes until the test advances it, or, with autojump, until everything on
// the loop waits, when time jumps to the next deadline. A test of a ten-minute timeout then takes microseconds and
// gives the same result on every run.

#include <atomic>
#include <chrono>

namespace plait {

using duration = std::chrono::nanoseconds;
using time_point = std::chrono::time_point<std::chrono::steady_clock, duration>;

/// The moment at which a wait gives up. A default-constructed deadline never comes.
class deadline {
public:
    constexpr deadline() noexcept = default;
    constexpr explicit deadline(time_point at) noexcept : at_(at) {}

    [[nodiscard]] static constexpr deadline never() noexcept { return {}; }
    [[nodiscard]] constexpr bool is_never() const noexcept { return at_ == time_point::max(); }
    [[nodiscard]] constexpr time_point at() const noexcept { return at_; }

private:
    time_point at_ = time_point::max();
};

/// A source of time for a loop. Thread safety: `now` is called from the loop's thread and from any thread that arms a
/// deadline for it.
class clock_source {
public:
    virtual ~clock_source() = default;
    [[nodiscard]] virtual time_point now() const noexcept = 0;

    /// Called by a loop on which everything waits and whose next deadline is `next`. Returns true if time has come to
    /// `next`, so that the loop need not sleep.
    virtual bool jump(time_point next) noexcept = 0;
};

/// Time that moves only when it is told to. For one loop.
class virtual_clock final : public clock_source {
public:
    enum class mode {
        manual,   ///< time moves by `advance` alone
        autojump, ///< time also jumps to the next deadline when everything on the loop waits and no I/O is ready
    };

    explicit virtual_clock(mode m = mode::autojump) noexcept : mode_(m) {}

    [[nodiscard]] time_point now() const noexcept override {
        return time_point(duration(now_.load(std::memory_order_acquire)));
    }
    /// Moves time on. In a coroutine of the loop, which comes to its deadlines when that coroutine next waits.
    void advance(duration d) noexcept { now_.fetch_add(d.count(), std::memory_order_acq_rel); }
    bool jump(time_point next) noexcept override {
        if (mode_ == mode::manual) return false;
        now_.store(next.time_since_epoch().count(), std::memory_order_release);
        return true;
    }

private:
    std::atomic<duration::rep> now_{0};
    mode mode_;
};

/// `t + d`, or the end of time if that is later than the clock can say. A negative `d` is refused by the callers.
[[nodiscard]] constexpr time_point saturating_add(time_point t, duration d) noexcept {
    return d > time_point::max() - t ? time_point::max() : t + d;
}

} // namespace plait
