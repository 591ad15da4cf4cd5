// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/raw_lock.hpp>

#include <climits>

namespace plait::detail {

void raw_lock::lock_slowly() noexcept {
    // The lock is held for some tens of instructions: unless its holder was preempted, it is free again before a
    // sleep would have begun.
    for (int spins = 0; spins < 100; ++spins) {
        if (state_.load(std::memory_order_relaxed) == free && try_lock()) return;
        cpu_relax();
    }
    dormitory& sleepers = dormitory_of(this);
    for (;;) {
        sleepers.occupied.store(1, std::memory_order_relaxed);
        deadline until = deadline::never();
        if (!heavy_fence()) until = deadline(std::chrono::steady_clock::now() + std::chrono::milliseconds(1));
        if (try_lock()) return; // the announcement stays, and costs somebody a needless wake
        futex_wait(sleepers.occupied, 1, until, futex_scope::private_to_process);
    }
}

void raw_lock::wake(dormitory& sleepers) noexcept {
    // relaxed: whoever is woken looks at its lock, and announces itself again before it sleeps again
    if (sleepers.occupied.exchange(0, std::memory_order_relaxed) != 0)
        futex_wake(sleepers.occupied, INT_MAX, futex_scope::private_to_process);
}

} // namespace plait::detail
