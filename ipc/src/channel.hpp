// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   waiter                                 notifier
//   1  register: set a bit in the word     a  change the queue (seq_cst read-modify-write)
//   2  look at the queue once more         b  look at the word: nobody registered? done, no system call
//   3  sleep while the word is the same    c  otherwise move the epoch on and wake
//
// One thing to wait for in shared memory. Its heart is one 32-bit word: who waits, and an epoch that every registration and every
// wake moves on. Steps 1, 2, a and b are all sequentially consistent, so in their single order either a comes before 2
// (the waiter sees the change) or 1 before b (the notifier sees the waiter): nobody sleeps through a change.
//
// Threads sleep on the word. Coroutines of a process wait in that process (loop_waiters.hpp), and the channel has one
// bit per participant for them: a notifier takes one bit away and rings that process's doorbell.
//
// Bits that the dead left behind cost one system call: a notifier that wakes nobody takes them away, unless somebody
// registered meanwhile, which the epoch tells.

#include "layout.hpp"

#include <plait/runtime/clock.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace plait::ipc::detail {

class attachment;

/// A channel as it lies in shared memory.
struct channel_memory {
    alignas(cache_line) std::atomic<std::uint32_t> word;
    alignas(cache_line) std::atomic<std::uint64_t> loops[(participants_limit + 1) / 64]; // whose event loops wait
};

class channel {
public:
    channel(channel_memory& memory, attachment& in) noexcept
        : word_(&memory.word), memory_(&memory), attachment_(&in) {}

    [[nodiscard]] const void* address() const noexcept { return memory_; }

    /// For waiters whose needs differ, so that waking any one of them is not enough.
    enum class need { any, particular };

    /// Step 1. Returns what to hand to sleep().
    [[nodiscard]] std::uint32_t register_sleeper(need n) noexcept;
    /// Step 3. Returns false if `until` has passed; otherwise look again, for a reason or for none.
    /// Blocks:       the thread.
    /// Cancellation: throws cancelled, and no wake was used up: at once when a timeout around the thread is over, and within
    ///               100 ms when it is cancelled; whoever does that knows nothing of a word that processes share.
    bool sleep(std::uint32_t registered, deadline until);

    /// Step 1 for the coroutines of participant `index`.
    void register_loop(unsigned index, need n) noexcept;
    /// No loop of participant `index` waits any more. Returns false if a notifier had chosen it already.
    bool forget_loop(unsigned index) noexcept;

    /// Steps b and c, after a change that lets `count` waiters go on.
    void notify(std::size_t count = 1) noexcept {
        // seq_cst: step b
        if (word_->load(std::memory_order_seq_cst) & anybody) [[unlikely]]
            wake(count);
    }
    /// After a change that concerns everybody: a close, a sweep.
    void notify_all() noexcept { notify(everybody); }
    [[nodiscard]] bool has_waiters() const noexcept { return word_->load(std::memory_order_seq_cst) & anybody; }

    // In the word. Others may stand there although nobody waits any more.
    static constexpr std::uint32_t sleepers = 1; // somebody sleeps on the futex
    static constexpr std::uint32_t loops = 2;    // some event loop waits

private:
    static constexpr std::uint32_t particular = 4; // a waiter may need more than another
    static constexpr std::uint32_t anybody = sleepers | loops;
    static constexpr std::uint32_t epoch = 8;

    static constexpr std::size_t everybody = std::numeric_limits<int>::max();

    std::uint32_t register_bits(std::uint32_t bits) noexcept;
    void wake(std::size_t count) noexcept;
    bool wake_loops(std::size_t count) noexcept;

    std::atomic<std::uint32_t>* word_;
    channel_memory* memory_;
    attachment* attachment_;
};

} // namespace plait::ipc::detail
