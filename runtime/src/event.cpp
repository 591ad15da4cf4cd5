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
    waiting operation{*this};
    detail::wait_state result = detail::perform(operation, until);
    if (result == detail::wait_state::timed_out) return false;
    detail::throw_unless_woken(result, "event.wait");
    return true;
}

} // namespace plait
