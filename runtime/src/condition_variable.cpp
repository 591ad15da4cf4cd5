// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/condition_variable.hpp>

namespace plait {

void condition_variable::enter(detail::waiter& self) noexcept {
    std::lock_guard guard(lock_);
    waiters_.add(self);
    count_.fetch_add(1, std::memory_order_relaxed);
}

// For a handler that nobody has woken, and that is in the list no more.
void condition_variable::uncount() noexcept {
    std::lock_guard guard(lock_);
    count_.fetch_sub(1, std::memory_order_relaxed);
}

// For one that nobody has woken.
void condition_variable::leave(detail::waiter& self) noexcept {
    std::lock_guard guard(lock_);
    static_cast<void>(waiters_.cancel(self)); // not if a notifier took it out, in vain
    count_.fetch_sub(1, std::memory_order_relaxed);
}

// For one that could be woken until now, and has no use for it.
void condition_variable::leave_unparked(detail::waiter& self) noexcept {
    {
        std::lock_guard guard(lock_);
        if (waiters_.cancel(self)) {
            count_.fetch_sub(1, std::memory_order_relaxed);
            return;
        }
    }
    notify_one();
}

void condition_variable::notify_slowly(std::size_t n) noexcept {
    std::unique_lock guard(lock_);
    detail::wait_list::chosen last;
    for (; n > 0; --n) {
        detail::wait_list::chosen next = waiters_.choose();
        if (!next.who) break;
        count_.fetch_sub(1, std::memory_order_relaxed);
        last.unblock();
        last = next;
    }
    guard.unlock(); // those who have been woken may go, and the object with them
    last.unblock();
}

} // namespace plait
