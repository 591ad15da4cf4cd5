// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/biased_lock.hpp>
#include <plait/runtime/detail/futex.hpp>

#include <thread>

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace plait::detail {
namespace {

bool fence_all_threads() noexcept {
    static const bool registered = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
    return registered && syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}

} // namespace

bool biased_lock::try_lock() noexcept {
    visitors_.lock();
    wanted_.store(1, std::memory_order_relaxed);
    if (!fence_all_threads()) {
        unlock();
        return false;
    }
    // acquire; pairs with the release in leave(). The owner is inside for a few instructions.
    while (busy_.load(std::memory_order_acquire) != 0)
        std::this_thread::yield();
    return true;
}

void biased_lock::unlock() noexcept {
    // release; pairs with the acquire in enter()
    wanted_.store(0, std::memory_order_release);
    futex_wake(wanted_, 1, futex_scope::private_to_process);
    visitors_.unlock();
}

void biased_lock::wait_for_visitor() noexcept {
    // relaxed: enter() looks again
    while (wanted_.load(std::memory_order_relaxed) != 0)
        futex_wait(wanted_, 1, deadline::never(), futex_scope::private_to_process);
}

} // namespace plait::detail
