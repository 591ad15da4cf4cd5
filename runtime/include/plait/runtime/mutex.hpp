// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A mutex for threads and coroutines in any mix: whoever waits for it gives up its processor, a coroutine to its loop, a
// thread to the kernel. It meets Lockable and TimedLockable, so std::unique_lock, std::lock_guard and std::scoped_lock
// work with it.
//
// The owner is the coroutine, or the thread if there is none, and it may be another thread's turn in between: a
// coroutine may park while it holds the lock. Locking it twice is an error that throws, not a hang.
//
// Fairness: a lock that is free may be taken past those who wait, because handing over each time would cost a wake-up
// each time; but one that was woken and found the lock taken again is handed it by the next unlock.

#include <plait/runtime/wait.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>

namespace plait {

class mutex {
public:
    mutex() noexcept = default;
    /// Nobody may own it or wait for it. Whoever owned it last may destroy it, even if the unlock() before was called on
    /// another thread just now.
    ~mutex() { std::lock_guard unlocker_has_left(lock_); }
    mutex(const mutex&) = delete;
    mutex& operator=(const mutex&) = delete;

    /// Waits until the caller owns the lock.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  the lock was not taken.
    /// Throws:        errc::resource_deadlock_would_occur if the caller owns it already; errc::would_block_loop in a
    ///                handler on a loop's thread, if it would have to wait; cancelled.
    void lock() {
        if (!take_free()) lock_slowly(deadline::never());
    }

    /// Takes the lock if it is free. Never waits. False also if the caller owns it.
    [[nodiscard]] bool try_lock() noexcept { return take_free(); }

    /// Waits at most `d`, or until `t`. Throws as lock(), and errc::invalid_argument if `d` is negative.
    [[nodiscard]] bool try_lock_for(duration d) { return take_free() || lock_slowly(detail::deadline_after(d)); }
    [[nodiscard]] bool try_lock_until(time_point t) { return take_free() || lock_slowly(deadline(t)); }

    /// Gives the lock up. Throws errc::not_owner if the caller does not own it. Never waits.
    void unlock() {
        auto expected = reinterpret_cast<std::uintptr_t>(&detail::party::current());
        // release; pairs with the acquire in take_free()
        if (!word_.compare_exchange_strong(expected, 0, std::memory_order_release, std::memory_order_relaxed))
            unlock_slowly();
    }

private:
    bool take_free() noexcept {
        std::uintptr_t expected = 0;
        auto self = reinterpret_cast<std::uintptr_t>(&detail::party::current());
        // acquire; pairs with the release in unlock()
        return word_.compare_exchange_strong(expected, self, std::memory_order_acquire, std::memory_order_relaxed);
    }
    bool lock_slowly(deadline until);
    void unlock_slowly();

    static constexpr std::uintptr_t has_waiters = 1;

    std::atomic<std::uintptr_t> word_{0}; // the owner's address, and has_waiters
    detail::raw_lock lock_;               // guards what follows, and every change of has_waiters
    bool hand_over_ = false;              // the first waiter was woken in vain: it gets the lock next
    detail::wait_list waiters_;
};

} // namespace plait
