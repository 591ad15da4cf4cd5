// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What the locks count. They count where somebody waits, and nothing on their fast paths.

#include <atomic>
#include <cstdint>
#include <string_view>

namespace plait {

/// The counters of a lock, for dump_all() and for programs. Any thread may read them at any time.
struct lock_stats {
    static constexpr std::string_view kind = "lock";

    std::uint64_t waits = 0;      ///< how often a party, or a handler, had to wait
    std::uint64_t hand_overs = 0; ///< how often one of them was given the lock by the one before

    template <class Visit>
    void each(Visit visit) const {
        visit("waits", waits);
        visit("hand-overs", hand_overs);
    }
};

namespace detail {

class lock_counters {
public:
    // With the lists' lock held; relaxed, because only the figures are of interest.
    void count_wait() noexcept { add(waits_, 1); }
    void count_hand_overs(std::uint64_t n) noexcept { add(hand_overs_, n); }

    [[nodiscard]] lock_stats read() const noexcept {
        return {waits_.load(std::memory_order_relaxed), hand_overs_.load(std::memory_order_relaxed)};
    }

private:
    static void add(std::atomic<std::uint64_t>& counter, std::uint64_t n) noexcept {
        counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }

    std::atomic<std::uint64_t> waits_{0}, hand_overs_{0};
};

} // namespace detail
} // namespace plait
