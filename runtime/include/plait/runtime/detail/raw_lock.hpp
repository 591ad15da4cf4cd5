// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The lock inside the primitives: four bytes, held for a few instructions, never across a park or user code. It is not
// one of plait's own mutexes because those are built on it.

#include <plait/runtime/detail/futex.hpp>

#include <atomic>
#include <cstdint>

namespace plait::detail {

/// Tells the processor that this is a spin loop.
inline void cpu_relax() noexcept { __builtin_ia32_pause(); }

class raw_lock {
public:
    void lock() noexcept {
        std::uint32_t expected = free;
        // acquire; pairs with the release in unlock()
        if (!state_.compare_exchange_strong(expected, held, std::memory_order_acquire, std::memory_order_relaxed))
            lock_slowly();
    }
    [[nodiscard]] bool try_lock() noexcept {
        std::uint32_t expected = free;
        return state_.compare_exchange_strong(expected, held, std::memory_order_acquire, std::memory_order_relaxed);
    }
    void unlock() noexcept {
        // release; pairs with the acquire in lock() and lock_slowly()
        if (state_.exchange(free, std::memory_order_release) == contended)
            futex_wake(state_, 1, futex_scope::private_to_process);
    }

private:
    static constexpr std::uint32_t free = 0, held = 1, contended = 2;

    void lock_slowly() noexcept;

    std::atomic<std::uint32_t> state_{free};
};

} // namespace plait::detail
