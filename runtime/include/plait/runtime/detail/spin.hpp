// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// How long to spin before sleeping. Waking a sleeper on another core costs tens of microseconds on a virtual machine, so
// it pays to wait a little for a peer that is running; it costs everything when that peer needs this very core. The
// answer is learned: a spin that was rewarded makes the next one longer, one that was not halves it, down to nothing; and
// every so often one short spin finds out whether the times have changed. Now and then it is a long one: of two that wait
// for each other in turn, and both sleep, each needs a wake before it can answer, which no short spin sees.
//
// Each look takes the cache lines away from the party that is to change them. A waiter that looks at once finds one
// message, takes it, and has to wait again: two busy processes then pass the same lines to and fro for every message. So
// the distance between two looks is learned too. If there was more than one message when the wait was over, messages
// come in a stream, and it pays to let some dozens gather; if there was one, somebody waits for our answer.

#include <plait/runtime/detail/raw_lock.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace plait::detail {

class spin {
public:
    /// Spins until `ready()` is true or the budget is used up. Returns whether it was. `backlog()` tells, once it
    /// is, how many more operations would find what they need.
    template <class Ready, class Backlog>
    bool until(Ready ready, Backlog backlog) noexcept(noexcept(ready())) {
        auto learned = budget_.load(std::memory_order_relaxed);
        auto budget = learned;
        auto turn = turns_.fetch_add(1, std::memory_order_relaxed);
        if (budget == 0 && turn % try_again_every == 0) budget = try_again_with;
        if (budget < try_long_with && turn % try_long_every == 0) budget = try_long_with;
        auto distance = distance_.load(std::memory_order_relaxed);
        if (turn % try_farther_every == 0) distance = std::max(distance, farther);
        for (std::uint32_t spent = 0; spent < budget;) {
            for (std::uint32_t i = 0; i < distance; ++i)
                cpu_relax();
            spent += distance;
            if (!ready()) continue;
            learn(budget, spent, distance, backlog());
            return true;
        }
        if (learned) budget_.store(learned / 2, std::memory_order_relaxed);
        return false;
    }

private:
    // All in pauses: some 10 to 20 ns each on AMD's processors, 40 ns on Intel's.
    static constexpr std::uint32_t floor = 64;
    static constexpr std::uint32_t ceiling = 2048; // 30 to 90 µs, about what a sleep and a wake cost
    static constexpr std::uint32_t try_again_with = 64, try_again_every = 16;
    static constexpr std::uint32_t try_long_with = 1024, try_long_every = 256;
    static constexpr std::uint32_t farther = 64, try_farther_every = 128;
    static constexpr std::uint32_t farthest = 256;
    static constexpr std::size_t enough = 64;

    void learn(std::uint32_t budget, std::uint32_t spent, std::uint32_t distance, std::size_t backlog) noexcept {
        // Four times what was needed, approached slowly: one lucky moment is no rule.
        auto wanted = spent * 4 + floor;
        auto next = budget + (wanted > budget ? (wanted - budget) / 4 + 1 : 0);
        budget_.store(std::min(next, ceiling), std::memory_order_relaxed);
        if (backlog == 0)
            distance = std::max<std::uint32_t>(distance / 2, 1);
        else if (backlog < enough)
            distance = std::min(distance * 2, farthest);
        distance_.store(distance, std::memory_order_relaxed);
    }

    // Relaxed: advice, shared by the threads of the process.
    std::atomic<std::uint32_t> budget_{512};
    std::atomic<std::uint32_t> distance_{1}; // between two looks
    std::atomic<std::uint32_t> turns_{0};
};

} // namespace plait::detail
