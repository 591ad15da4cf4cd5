// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A mutex that its owner may lock again, and has to unlock as many times. For threads and coroutines in any mix; it meets
// Lockable and TimedLockable, waits as fairly as a mutex, and is seen by run_options::detect_deadlocks as one.

#include <plait/runtime/mutex.hpp>

#include <cstddef>
#include <utility>

namespace plait {

class recursive_mutex {
public:
    recursive_mutex() noexcept : mutex_(mutex::recursive) {}
    /// One that dump_all() shows, and that reports call by `name`, which must outlive it. Throws std::bad_alloc.
    explicit recursive_mutex(const char* name) : mutex_(mutex::recursive, name) {}

    /// Waits until the caller owns the lock; at once if it does already.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  the lock was not taken once more.
    /// Throws:        errc::resource_deadlock_would_occur if the caller would wait for ever and deadlocks are looked for;
    ///                errc::would_block_loop in a handler on a loop's thread, if it would have to wait; cancelled.
    void lock() {
        if (!lock_again()) mutex_.lock();
    }

    /// Takes the lock if it is free or the caller's. Never waits.
    [[nodiscard]] bool try_lock() noexcept { return lock_again() || mutex_.try_lock(); }

    /// Waits at most `d`, or until `t`. Throws as lock(), and errc::invalid_argument if `d` is negative.
    [[nodiscard]] bool try_lock_for(duration d) { return lock_again() || mutex_.try_lock_for(d); }
    [[nodiscard]] bool try_lock_until(time_point t) { return lock_again() || mutex_.try_lock_until(t); }

    /// Calls the token's handler, void(error_code, async_guard), once it has the lock, which then belongs to the guard
    /// alone: who asks again, waits. See <plait/runtime/async.hpp>.
    using async_guard = mutex::async_guard;
    template <class Token>
    auto async_lock(Token&& token) {
        return mutex_.async_lock(std::forward<Token>(token));
    }

    /// Undoes one lock(). Throws errc::not_owner if the caller does not own the lock. Never waits.
    void unlock() {
        if (mutex_.is_owned_by(detail::party::current()) && again_ > 0)
            --again_;
        else
            mutex_.unlock();
    }

    [[nodiscard]] lock_stats stats() const noexcept { return mutex_.stats(); }

private:
    bool lock_again() noexcept {
        if (!mutex_.is_owned_by(detail::party::current())) return false;
        ++again_;
        return true;
    }

    mutex mutex_;
    std::size_t again_ = 0; // how often the owner has locked it beyond the first time; the owner's
};

} // namespace plait
