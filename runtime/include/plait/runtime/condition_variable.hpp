// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     std::unique_lock lock(mutex);                        lock ──▶ change what they wait for
//     changed.wait(lock, [&] { return !work.empty(); });   changed.notify_one()
//
// Waiting for something that is guarded by a lock to change, for threads and coroutines in any mix. The lock may be of any
// kind that has lock() and unlock(): std::unique_lock<plait::mutex> above all. wait() gives it up while it waits, and has
// it again when it returns or throws.
//
// A notification wakes those who wait at that moment, the longest first, and is lost if nobody does. A wait never ends
// without one: notify(n) wakes exactly n. What they wait for may be gone again by the time they have the lock, though, so
// wait with a predicate. A waiter that is cancelled, or whose deadline comes, has used up no notification.
//
// For Python's Condition: notify(n), notify_all(), wait_for(predicate) is wait(lock, predicate).

#include <plait/runtime/detail/locking.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/system/error_code.hpp>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <utility>

namespace plait {

class condition_variable {
public:
    condition_variable() noexcept = default;
    /// Nobody may wait for it. Whoever was woken last may destroy it, even if the notify before was called on another
    /// thread just now.
    ~condition_variable() { std::lock_guard notifier_has_left(lock_); }
    condition_variable(const condition_variable&) = delete;
    condition_variable& operator=(const condition_variable&) = delete;

    /// Unlocks `lock`, waits for a notification, and locks `lock` again. The caller holds the lock.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  is thrown after the lock was taken again, which itself is no cancellation point. A notification that
    ///                came first wins: wait() returns, and the next wait throws.
    /// Thread safety: any thread; all who wait at one time must use the same lock.
    /// Throws:        errc::would_block_loop in a handler on a loop's thread, and `lock` stays locked; what lock.unlock()
    ///                throws; cancelled. If lock.lock() throws, the program ends.
    template <class Lock>
    void wait(Lock& lock) {
        static_cast<void>(wait_until_deadline(lock, deadline::never()));
    }
    /// Waits until `ready()` is true. It is called with the lock held.
    template <class Lock, class Predicate>
    void wait(Lock& lock, Predicate ready) {
        while (!ready())
            wait(lock);
    }

    /// Waits at most `d`, or until `t`; false if there was no notification by then. Otherwise as wait(), and
    /// errc::invalid_argument if `d` is negative.
    template <class Lock>
    [[nodiscard]] bool wait_for(Lock& lock, duration d) {
        return wait_until_deadline(lock, detail::deadline_after(d));
    }
    template <class Lock>
    [[nodiscard]] bool wait_until(Lock& lock, time_point t) {
        return wait_until_deadline(lock, deadline(t));
    }
    /// The same, until `ready()` is true; returns what it is in the end.
    template <class Lock, class Predicate>
    [[nodiscard]] bool wait_for(Lock& lock, duration d, Predicate ready) {
        return wait_until_deadline(lock, detail::deadline_after(d), ready);
    }
    template <class Lock, class Predicate>
    [[nodiscard]] bool wait_until(Lock& lock, time_point t, Predicate ready) {
        return wait_until_deadline(lock, deadline(t), ready);
    }

    /// For a handler that owns a lock (see mutex::async_lock): gives `lock` up, and calls the token's handler,
    /// void(error_code), once a notification has come, or `ready()` is true, and `lock` owns its lock again. `ready` is
    /// called with the lock held. `lock` must stay where it is until then. See <plait/runtime/async.hpp>.
    ///
    /// Cancellation:  as wait(): the lock is taken again before the handler is called.
    /// Throws:        errc::not_owner if `lock` owns nothing; what `ready` throws. If the lock cannot be taken again, the
    ///                handler gets the reason, and `lock` owns nothing.
    template <class Access, class Token>
    auto async_wait(detail::async_guard<Access>& lock, Token&& token) {
        return async_wait(
            lock, [n = 0]() mutable { return n++ > 0; }, std::forward<Token>(token));
    }
    template <class Access, class Predicate, class Token>
    auto async_wait(detail::async_guard<Access>& lock, Predicate ready, Token&& token) {
        if (!lock) throw error(errc::not_owner, "condition_variable.async_wait with a guard that owns nothing");
        return detail::async_perform_steps(
            async_waiting<Access, Predicate>{*this, lock, std::move(ready)}, std::forward<Token>(token));
    }

    /// Wakes the one, or the `n`, who have waited longest, or all; fewer if fewer wait. Never waits; any thread, with or
    /// without the lock.
    void notify_one() noexcept { notify(1); }
    void notify(std::size_t n) noexcept {
        // relaxed: whoever gave up the lock that guards the change before the caller took it has been counted
        if (count_.load(std::memory_order_relaxed) > 0) notify_slowly(n);
    }
    void notify_all() noexcept { notify(everybody); }

    /// How many wait now: a hint.
    [[nodiscard]] std::size_t waiters() const noexcept { return count_.load(std::memory_order_relaxed); }

private:
    static constexpr const char* what = "condition_variable.wait";
    static constexpr std::size_t everybody = static_cast<std::size_t>(-1);

    template <class Lock>
    [[nodiscard]] bool wait_until_deadline(Lock& lock, deadline until) {
        detail::throw_if_park_would_block_loop("condition_variable.wait in a handler on a loop's thread");
        detail::waiter self(what);
        enter(self);
        try {
            lock.unlock();
        } catch (...) {
            leave_unparked(self);
            throw;
        }
        detail::wait_state result = self.park(until, detail::cancellation::enabled);
        if (result != detail::wait_state::woken) leave(self);
        lock_again(lock);
        detail::throw_if_not_parked(result);
        if (result == detail::wait_state::timed_out) return false;
        detail::throw_unless_woken(result, what);
        return true;
    }
    template <class Lock, class Predicate>
    [[nodiscard]] bool wait_until_deadline(Lock& lock, deadline until, Predicate& ready) {
        while (!ready())
            if (!wait_until_deadline(lock, until)) return ready();
        return true;
    }
    // A wait promises the lock, so it cannot go on without.
    template <class Lock>
    static void lock_again(Lock& lock) noexcept {
        shield not_now;
        lock.lock();
    }

    // A handler's wait for one notification. It gives up the lock when it is as good as in the list.
    template <class Access>
    struct async_notification {
        using signature = void(boost::system::error_code);
        static constexpr const char* what = condition_variable::what;

        condition_variable& of;
        detail::async_guard<Access>& held;
        bool is_counted = false;

        [[nodiscard]] detail::raw_lock& lock() const noexcept { return of.lock_; }
        [[nodiscard]] detail::wait_list& waiters() const noexcept { return of.waiters_; }
        bool attempt(std::unique_lock<detail::raw_lock>&, detail::party&, bool was_woken) {
            if (was_woken) return true;
            // Before the lock goes: who changes something afterwards sees that somebody waits; see notify().
            of.count_.fetch_add(1, std::memory_order_relaxed);
            is_counted = true;
            held.unlock();
            return false;
        }
        void pass_on(std::unique_lock<detail::raw_lock>& guard) const noexcept {
            guard.unlock();
            of.notify_one();
        }
        template <class Handler>
        void complete(Handler&& handler, boost::system::error_code ec) {
            if (ec && is_counted) of.uncount();
            std::forward<Handler>(handler)(ec);
        }
    };

    // A handler's wait: for a notification, and for the lock; again, until it is ready.
    template <class Access, class Predicate>
    struct async_waiting {
        using signature = void(boost::system::error_code);

        condition_variable& of;
        detail::async_guard<Access>& lock;
        Predicate ready;
        boost::system::error_code ending = {};
        Access access = {};

        void begin(auto& flow) {
            if (ready()) return flow.finish(ending);
            wait(flow);
        }
        void wait(auto& flow) {
            access = lock.access_;
            flow.perform(async_notification<Access>{of, lock});
        }
        void resume(auto& flow, boost::system::error_code ec) {
            ending = ec;
            flow.perform_uncancelled(detail::async_locking<Access>(access));
        }
        void resume(auto& flow, boost::system::error_code ec, detail::async_guard<Access> again) {
            lock = std::move(again);
            if (ec || ending) return flow.finish(ec ? ec : ending);
            if (ready()) return flow.finish(ending);
            if (flow.is_cancelled()) return flow.finish(flow.aborted());
            wait(flow);
        }
    };

    void uncount() noexcept;
    void enter(detail::waiter& self) noexcept;
    void leave(detail::waiter& self) noexcept;
    void leave_unparked(detail::waiter& self) noexcept;
    void notify_slowly(std::size_t n) noexcept;

    std::atomic<std::size_t> count_{0}; // of waiters that nobody has woken; changed with lock_ held
    detail::raw_lock lock_;
    detail::wait_list waiters_;
};

} // namespace plait
