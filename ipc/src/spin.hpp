// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// How long to spin before sleeping. Waking a sleeper on another core costs tens of microseconds on a virtual machine, so
// it pays to wait a little for a peer that is running; it costs everything when that peer needs this very core. The
// answer is learned: a spin that was rewarded makes the next one longer, one that was not halves it, down to nothing; and
// every so often one short spin finds out whether the times have changed.

#include <plait/runtime/detail/raw_lock.hpp>

#include <atomic>
#include <cstdint>

namespace plait::ipc::detail {

class spin {
public:
    /// Spins until `ready()` is true or the budget is used up. Returns whether it was.
    template <class Ready>
    bool until(Ready ready) noexcept {
        auto budget = budget_.load(std::memory_order_relaxed);
        if (budget == 0 && probes_.fetch_add(1, std::memory_order_relaxed) % probe_every == 0) budget = probe;
        // Each look takes the cache line away from the party that is to change it: look ever more rarely.
        std::uint32_t pauses = 1;
        for (std::uint32_t spent = 0; spent < budget; spent += pauses, pauses += pauses < longest_pause ? 1 : 0) {
            for (std::uint32_t i = 0; i < pauses; ++i)
                plait::detail::cpu_relax();
            if (!ready()) continue;
            // Four times what was needed, approached slowly: one lucky moment is no rule.
            auto wanted = spent * 4 + floor;
            auto next = budget + (wanted > budget ? (wanted - budget) / 4 + 1 : 0);
            budget_.store(next < ceiling ? next : ceiling, std::memory_order_relaxed);
            return true;
        }
        if (budget) budget_.store(budget / 2, std::memory_order_relaxed);
        return false;
    }

private:
    static constexpr std::uint32_t longest_pause = 16; // half a microsecond or so
    static constexpr std::uint32_t floor = 64;
    static constexpr std::uint32_t ceiling = 2048; // some 30 to 100 µs, about what a sleep and a wake cost
    static constexpr std::uint32_t probe = 64;
    static constexpr std::uint32_t probe_every = 16;

    // Relaxed: advice, shared by the threads of the process.
    std::atomic<std::uint32_t> budget_{512};
    std::atomic<std::uint32_t> probes_{0};
};

} // namespace plait::ipc::detail
