// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The lock inside the primitives: four bytes, held for a few instructions, never across a park or user code. It is not
// one of plait's own mutexes because those are built on it.
//
// Unlocking is one plain store, which spares a second atomic read-modify-write, half the cost of a free lock. So a thread
// that is about to sleep has to make itself seen by an unlocker that does not wait for its own store to be seen: it
// announces itself and pays for an asymmetric fence. Announcements stand in a table of the process and not in the lock,
// because after the store another thread may lock, unlock and destroy the lock.

#include <plait/runtime/detail/asymmetric_fence.hpp>
#include <plait/runtime/detail/futex.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace plait::detail {

/// Tells the processor that this is a spin loop.
inline void cpu_relax() noexcept { __builtin_ia32_pause(); }

class raw_lock {
public:
    void lock() noexcept {
        if (!try_lock()) lock_slowly();
    }
    [[nodiscard]] bool try_lock() noexcept {
        std::uint32_t expected = free;
        // acquire; pairs with the release in unlock()
        return state_.compare_exchange_strong(expected, held, std::memory_order_acquire, std::memory_order_relaxed);
    }
    void unlock() noexcept {
        dormitory& sleepers = dormitory_of(this);
        // release; pairs with the acquire in try_lock()
        state_.store(free, std::memory_order_release);
        light_fence(); // pairs with the heavy one in lock_slowly(): either we see the sleeper, or it sees the free lock
        if (sleepers.occupied.load(std::memory_order_relaxed) != 0) [[unlikely]]
            wake(sleepers);
    }

private:
    static constexpr std::uint32_t free = 0, held = 1;

    /// Where those sleep who wait for one of some locks. Who leaves a lock wakes all of them: there are hardly ever any,
    /// as a thread only sleeps if the holder of its lock was preempted.
    struct alignas(64) dormitory {
        std::atomic<std::uint32_t> occupied{0};
    };
    static dormitory& dormitory_of(const raw_lock* lock) noexcept {
        return dormitories[reinterpret_cast<std::uintptr_t>(lock) / 64 % dormitories.size()];
    }

    void lock_slowly() noexcept;
    static void wake(dormitory& sleepers) noexcept;

    static std::array<dormitory, 64> dormitories;

    std::atomic<std::uint32_t> state_{free};
};

inline constinit std::array<raw_lock::dormitory, 64> raw_lock::dormitories{};

} // namespace plait::detail
