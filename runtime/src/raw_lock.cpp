// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/raw_lock.hpp>

namespace plait::detail {

void raw_lock::lock_slowly() noexcept {
    // The lock is held for some tens of instructions: unless its holder was preempted, it is free again before a
    // sleep would have begun.
    for (int spins = 0; spins < 100; ++spins) {
        if (state_.load(std::memory_order_relaxed) == free && try_lock()) return;
        cpu_relax();
    }
    // acquire; pairs with the release in unlock()
    while (state_.exchange(contended, std::memory_order_acquire) != free)
        futex_wait(state_, contended, deadline::never(), futex_scope::private_to_process);
}

} // namespace plait::detail
