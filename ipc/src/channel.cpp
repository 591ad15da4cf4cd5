// Copyright 2026 the plait authors. Boost Software License 1.0
#include "channel.hpp"

#include <plait/runtime/detail/futex.hpp>
#include <plait/runtime/detail/step.hpp>

#include <limits>

namespace plait::ipc::detail {

using plait::detail::futex_scope;

std::uint32_t channel::register_sleeper(need n) noexcept {
    std::uint32_t bits = sleepers | (n == need::particular ? particular : 0);
    auto seen = word_->load(std::memory_order_relaxed);
    std::uint32_t mine = 0;
    do {
        mine = (seen + epoch) | bits;
        // seq_cst: step 1
    } while (!word_->compare_exchange_weak(seen, mine, std::memory_order_seq_cst, std::memory_order_relaxed));
    return mine;
}

bool channel::sleep(std::uint32_t registered, deadline until) noexcept {
    return plait::detail::futex_wait(*word_, registered, until, futex_scope::shared);
}

void channel::wake(bool all) noexcept {
    PLAIT_STEP("channel.wake.begin");
    // The epoch first: a waiter between its look and its sleep then does not fall asleep.
    auto now = word_->fetch_add(epoch, std::memory_order_seq_cst) + epoch;
    if (!(now & sleepers)) return;
    int count = all || (now & particular) ? std::numeric_limits<int>::max() : 1;
    int woken = plait::detail::futex_wake(*word_, count, futex_scope::shared);
    PLAIT_STEP("channel.wake.woken");
    // Nobody slept, or nobody does any more. Who registered since has moved the epoch on, and keeps its bit.
    if (woken < count) word_->compare_exchange_strong(now, now & ~(sleepers | particular), std::memory_order_seq_cst);
}

} // namespace plait::ipc::detail
