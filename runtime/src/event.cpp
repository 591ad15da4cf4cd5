// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/event.hpp>

namespace plait {

void event::set() {
    std::lock_guard guard(lock_);
    // release; pairs with the acquire in is_set()
    set_.store(true, std::memory_order_release);
    waiters_.wake_all();
}

bool event::wait_until_deadline(deadline until) {
    std::unique_lock guard(lock_);
    if (is_set()) return true;
    detail::wait_state result = waiters_.wait(guard, until);
    if (result == detail::wait_state::timed_out) return false;
    detail::throw_unless_woken(result, "event.wait");
    guard.lock(); // set() has left: the one that was waited for may destroy the event now
    return true;
}

} // namespace plait
