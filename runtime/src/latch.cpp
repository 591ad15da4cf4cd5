// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/error.hpp>
#include <plait/runtime/latch.hpp>

#include <string>

namespace plait {

latch::latch(std::ptrdiff_t expected) : left_(expected) {
    if (expected < 0)
        throw error(errc::invalid_argument, "latch: " + std::to_string(expected) + " expected; it must be at least 0");
}

void latch::count_down_to_zero(std::ptrdiff_t n) {
    std::lock_guard guard(lock_);
    std::ptrdiff_t left = left_.load(std::memory_order_relaxed);
    do {
        if (n < 0 || n > left)
            throw error(
                errc::invalid_argument,
                "latch.count_down by " + std::to_string(n) + "; it must be 0 to " + std::to_string(left));
        // release; pairs with the acquire in try_wait()
    } while (!left_.compare_exchange_weak(left, left - n, std::memory_order_release, std::memory_order_relaxed));
    if (left == n) waiters_.wake_all();
}

bool latch::wait_until_deadline(deadline until) {
    waiting operation{*this};
    detail::wait_state result = detail::perform(operation, until);
    if (result == detail::wait_state::timed_out) return false;
    detail::throw_unless_woken(result, waiting::what);
    return true;
}

} // namespace plait
