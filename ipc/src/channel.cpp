// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "channel.hpp"

#include <plait/runtime/detail/futex.hpp>
#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/wait.hpp>

#include <algorithm>
#include <bit>
#include <chrono>

namespace plait::ipc::detail {

using plait::detail::futex_scope;

namespace {

constexpr duration looks_for_cancellation = std::chrono::milliseconds(100);

} // namespace

std::uint32_t channel::register_bits(std::uint32_t bits) noexcept {
    auto seen = word_->load(std::memory_order_relaxed);
    std::uint32_t mine = 0;
    do {
        mine = (seen + epoch) | bits;
        // seq_cst: step 1
    } while (!word_->compare_exchange_weak(seen, mine, std::memory_order_seq_cst, std::memory_order_relaxed));
    // Step 2 looks at much, and not all of it with sequentially consistent loads: the words of cells, for room. Those too
    // come after step 1 now.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    PLAIT_STEP("channel.register.registered");
    return mine;
}

std::uint32_t channel::register_sleeper(need n) noexcept {
    return register_bits(sleepers | (n == need::particular ? particular : 0));
}

void channel::register_loop(unsigned index, need n) noexcept {
    // The bit before the word: who sees the word finds the bit.
    memory_->loops[index / 64].fetch_or(std::uint64_t{1} << index % 64, std::memory_order_seq_cst);
    PLAIT_STEP("channel.register.bit");
    register_bits(loops | (n == need::particular ? particular : 0));
}

bool channel::forget_loop(unsigned index) noexcept {
    auto bit = std::uint64_t{1} << index % 64;
    bool was_there = (memory_->loops[index / 64].fetch_and(~bit, std::memory_order_seq_cst) & bit) != 0;
    PLAIT_STEP("channel.forget.done");
    return was_there;
}

bool channel::sleep(std::uint32_t registered, deadline until) {
    auto& thread = plait::detail::party::current();
    for (;;) {
        plait::detail::throw_if_cancelled();
        deadline around = thread.first_deadline();
        deadline look(std::chrono::steady_clock::now() + looks_for_cancellation);
        time_point first = std::min({until.at(), around.at(), look.at()});
        PLAIT_STEP("channel.sleep.begin");
        bool woken = plait::detail::futex_wait(*word_, registered, deadline(first), futex_scope::shared);
        PLAIT_STEP("channel.sleep.end");
        if (woken) return true;
        if (around.at() <= first)
            sleep_until(first); // which is over: it ends here as it ends every other wait, by throwing
        else if (until.at() <= first)
            return false;
    }
}

void channel::wake(std::size_t count) noexcept {
    PLAIT_STEP("channel.wake.begin");
    // The epoch first: a waiter between its look and its sleep then does not fall asleep.
    auto now = word_->fetch_add(epoch, std::memory_order_seq_cst) + epoch;
    PLAIT_STEP("channel.wake.moved");
    std::uint32_t gone = 0;
    std::size_t woken = 0;
    if (count > everybody || (now & particular)) count = everybody;
    if (now & sleepers) {
        auto limit = static_cast<int>(count);
        woken = static_cast<std::size_t>(plait::detail::futex_wake(*word_, limit, futex_scope::shared));
        PLAIT_STEP("channel.wake.woken");
        if (woken < count) gone |= sleepers; // nobody sleeps any more
    }
    if ((now & loops) && (count == everybody || woken < count) && !wake_loops(count - woken)) gone |= loops;
    if ((now & ~gone & anybody) == 0) gone |= particular;
    // Who registered since has moved the epoch on, and keeps its bit.
    if (gone) word_->compare_exchange_strong(now, now & ~gone, std::memory_order_seq_cst);
    PLAIT_STEP("channel.wake.done");
}

/// Takes the bits of so many waiting processes away, and rings; a process wakes whom there is work for. True if there were
/// enough of them, and may be more.
bool channel::wake_loops(std::size_t count) noexcept {
    for (auto& word : memory_->loops) {
        auto bits = word.load(std::memory_order_seq_cst);
        while (bits) {
            auto bit = bits & -bits;
            bits &= ~bit;
            if (!(word.fetch_and(~bit, std::memory_order_seq_cst) & bit)) continue; // somebody else rings there
            PLAIT_STEP("channel.wake.chosen");
            auto index =
                static_cast<unsigned>(&word - memory_->loops) * 64 + static_cast<unsigned>(std::countr_zero(bit));
            attachment_->ring(index, *this);
            PLAIT_STEP("channel.wake.rung");
            if (--count == 0) return true;
        }
    }
    return false;
}

} // namespace plait::ipc::detail
