// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/error.hpp>
#include <plait/runtime/mutex.hpp>

namespace plait {

bool mutex::lock_slowly(deadline until) {
    auto self = reinterpret_cast<std::uintptr_t>(&detail::party::current());
    bool was_woken = false;
    for (;;) {
        std::unique_lock guard(lock_);
        std::uintptr_t word = word_.load(std::memory_order_relaxed);
        for (;;) {
            if ((word & ~has_waiters) == self) {
                // Either a lock that the owner already holds, or one that was handed over to a party that was woken.
                if (was_woken) return true;
                throw error(errc::resource_deadlock_would_occur, "the caller already owns the mutex");
            }
            bool is_free = (word & ~has_waiters) == 0;
            std::uintptr_t next = is_free ? self | (waiters_.empty() ? 0 : has_waiters) : word | has_waiters;
            // acquire; pairs with the release in unlock()
            if (word_.compare_exchange_weak(word, next, std::memory_order_acquire, std::memory_order_relaxed)) {
                if (is_free) return true;
                break;
            }
        }
        if (was_woken) hand_over_ = true;
        auto place = was_woken ? detail::wait_list::place::front : detail::wait_list::place::back;
        detail::wait_state result = waiters_.wait(guard, until, detail::cancellation::enabled, place);
        if (result == detail::wait_state::timed_out) return false;
        detail::throw_unless_woken(result, "mutex.lock");
        was_woken = true;
    }
}

void mutex::unlock_slowly() {
    auto self = reinterpret_cast<std::uintptr_t>(&detail::party::current());
    std::unique_lock guard(lock_);
    if ((word_.load(std::memory_order_relaxed) & ~has_waiters) != self)
        throw error(errc::not_owner, "mutex.unlock by one that does not own it");
    detail::wait_list::chosen next = waiters_.choose();
    std::uintptr_t owner = next.who && hand_over_ ? reinterpret_cast<std::uintptr_t>(next.who) : 0;
    hand_over_ = false;
    std::uintptr_t flag = waiters_.empty() ? 0 : has_waiters;
    // release; pairs with the acquire of the next owner
    word_.store(owner | flag, std::memory_order_release);
    guard.unlock();
    next.unblock();
}

} // namespace plait
