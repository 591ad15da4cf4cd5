// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What the locks count. They count where somebody waits, and nothing on their fast paths. How long a lock is held is
// measured while observe() is on, when nobody takes a fast path.
//
//   lock ─ counters ─▶ record: its name, its entry in dump_all(), how long it was held
//
// A lock has a record once it has a name, or was held while holds were timed; others are no larger for it.

#include <plait/runtime/clock.hpp>
#include <plait/runtime/detail/counter.hpp>

#include <atomic>
#include <cstdint>
#include <string_view>

namespace plait {

/// The counters of a lock, for dump_all() and for programs. Any thread may read them at any time.
struct lock_stats {
    static constexpr std::string_view kind = "lock";

    std::uint64_t waits = 0;      ///< how often a party, or a handler, had to wait
    std::uint64_t hand_overs = 0; ///< how often one of them was given the lock by the one before
    duration longest_hold = {};   ///< of those that began while observe() was on, and have ended; of readers, none

    template <class Visit>
    void each(Visit visit) const {
        visit("waits", waits);
        visit("hand-overs", hand_overs);
        visit("longest hold in ns", static_cast<std::uint64_t>(longest_hold.count()));
    }
};

namespace detail {

class lock_counters {
public:
    lock_counters() noexcept = default;
    /// Of a lock that dump_all() and reports call `kind 'name'`; both must outlive it.
    lock_counters(const char* kind, const char* name);
    ~lock_counters() {
        if (record_.load(std::memory_order_relaxed)) destroy_record();
    }
    lock_counters(const lock_counters&) = delete;
    lock_counters& operator=(const lock_counters&) = delete;

    /// nullptr if it has none.
    [[nodiscard]] const char* name() const noexcept;
    [[nodiscard]] lock_stats read() const noexcept;

    // With the lists' lock held:
    void count_wait() noexcept { waits_.add(); }
    void count_hand_overs(std::uint64_t n) noexcept { hand_overs_.add(n); }
    /// The lock was taken; `in_graph`: the lock_graph knows that too. False if there was no memory to measure it.
    bool begin_hold(bool in_graph) noexcept;
    /// It is about to be given up. Returns what begin_hold was told; true without one.
    bool end_hold() noexcept;

private:
    struct record;
    void destroy_record() noexcept;

    counter waits_, hand_overs_;
    std::atomic<record*> record_{nullptr};
};

} // namespace detail
} // namespace plait
