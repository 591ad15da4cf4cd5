// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   waiter                                 notifier
//   1  register: set a bit in the word     a  change the queue (seq_cst read-modify-write)
//   2  look at the queue once more         b  look at the word: nobody registered? done, no system call
//   3  sleep while the word is the same    c  otherwise move the epoch on and wake
//
// One thing to wait for in shared memory, as one 32-bit word: who waits, and an epoch that every registration and every
// wake moves on. Steps 1, 2, a and b are all sequentially consistent, so in their single order either a comes before 2
// (the waiter sees the change) or 1 before b (the notifier sees the waiter): nobody sleeps through a change.
//
// Bits that the dead left behind cost one system call: a notifier that wakes nobody takes them away, unless somebody
// registered meanwhile, which the epoch tells.

#include <plait/runtime/clock.hpp>

#include <atomic>
#include <cstdint>

namespace plait::ipc::detail {

class channel {
public:
    explicit channel(std::atomic<std::uint32_t>& word) noexcept : word_(&word) {}

    /// For waiters whose needs differ, so that waking any one of them is not enough.
    enum class need { any, particular };

    /// Step 1. Returns what to hand to sleep().
    [[nodiscard]] std::uint32_t register_sleeper(need n) noexcept;
    /// Step 3. Blocks: the thread. Returns false if `until` has passed; otherwise look again, for a reason or for none.
    bool sleep(std::uint32_t registered, deadline until) noexcept;

    /// Steps b and c, after a change that lets one waiter go on.
    void notify() noexcept {
        // seq_cst: step b
        if (word_->load(std::memory_order_seq_cst) & anybody) [[unlikely]]
            wake(false);
    }
    /// After a change that concerns everybody: a close, a sweep.
    void notify_all() noexcept {
        if (word_->load(std::memory_order_seq_cst) & anybody) wake(true);
    }
    [[nodiscard]] bool has_waiters() const noexcept { return word_->load(std::memory_order_seq_cst) & anybody; }

private:
    static constexpr std::uint32_t sleepers = 1;   // somebody sleeps on the futex
    static constexpr std::uint32_t loops = 2;      // some event loop waits
    static constexpr std::uint32_t particular = 4; // a sleeper needs more than any other
    static constexpr std::uint32_t anybody = sleepers | loops;
    static constexpr std::uint32_t epoch = 8;

    void wake(bool all) noexcept;

    std::atomic<std::uint32_t>* word_;
};

} // namespace plait::ipc::detail
