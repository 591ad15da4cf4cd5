// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/asymmetric_fence.hpp>
#include <plait/runtime/detail/futex.hpp>
#include <plait/runtime/detail/owner_lock.hpp>

#include <thread>

namespace plait::detail {

bool owner_lock::try_lock() noexcept {
    visitors_.lock();
    wanted_.store(1, std::memory_order_relaxed);
    if (!heavy_fence()) { // pairs with the light one in is_wanted()
        unlock();
        return false;
    }
    // acquire; pairs with the release in leave(). The owner is inside for a few instructions.
    while (busy_.load(std::memory_order_acquire) != 0)
        std::this_thread::yield();
    return true;
}

void owner_lock::unlock() noexcept {
    // release; pairs with the acquire in is_wanted()
    wanted_.store(0, std::memory_order_release);
    futex_wake(wanted_, 1, futex_scope::private_to_process);
    visitors_.unlock();
}

void owner_lock::enter_after_visitor() noexcept {
    do {
        leave();
        wait_for_visitor();
        busy_.store(1, std::memory_order_relaxed);
    } while (is_wanted());
}

void owner_lock::wait_for_visitor() noexcept {
    // relaxed: the owner looks again
    while (wanted_.load(std::memory_order_relaxed) != 0)
        futex_wait(wanted_, 1, deadline::never(), futex_scope::private_to_process);
}

} // namespace plait::detail
