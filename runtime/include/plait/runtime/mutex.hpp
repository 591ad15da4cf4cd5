// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A mutex for threads and coroutines in any mix: whoever waits for it gives up its processor, a coroutine to its loop, a
// thread to the kernel. It meets Lockable and TimedLockable, so std::unique_lock, std::lock_guard and std::scoped_lock
// work with it.
//
// The owner is the coroutine, or the thread if there is none, and it may be another thread's turn in between: a
// coroutine may park while it holds the lock. Locking it twice is an error that throws, not a hang. Two locks taken in
// two orders are a deadlock, which run_options::detect_deadlocks finds and reports.
//
// Fairness: a lock that is free may be taken past those who wait, because handing over each time would cost a wake-up
// each time; but one that was woken and found the lock taken again is handed it by the next unlock.

#include <plait/runtime/detail/locking.hpp>
#include <plait/runtime/wait.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>

namespace plait {

class recursive_mutex;

class mutex {
    struct access;

public:
    mutex() noexcept = default;
    /// One that dump_all() shows, and that reports call by `name`, which must outlive it. Throws std::bad_alloc.
    explicit mutex(const char* name) : counters_("mutex", name) {}
    /// Nobody may own it or wait for it. Whoever owned it last may destroy it, even if the unlock() before was called on
    /// another thread just now.
    ~mutex() { std::lock_guard unlocker_has_left(lock_); }
    mutex(const mutex&) = delete;
    mutex& operator=(const mutex&) = delete;

    /// Waits until the caller owns the lock.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  the lock was not taken.
    /// Throws:        errc::resource_deadlock_would_occur if the caller owns it already, or would wait for ever and
    ///                deadlocks are looked for; errc::would_block_loop in a handler on a loop's thread, if it would have
    ///                to wait; cancelled.
    void lock() {
        if (!take_free()) lock_slowly(deadline::never());
    }

    /// Takes the lock if it is free. Never waits. False also if the caller owns it.
    [[nodiscard]] bool try_lock() noexcept { return take_free() || try_lock_slowly(); }

    /// Waits at most `d`, or until `t`. Throws as lock(), and errc::invalid_argument if `d` is negative.
    [[nodiscard]] bool try_lock_for(duration d) { return take_free() || lock_slowly(detail::deadline_after(d)); }
    [[nodiscard]] bool try_lock_until(time_point t) { return take_free() || lock_slowly(deadline(t)); }

    /// Calls the token's handler, void(error_code, async_guard), once it has the lock: the guard is the ownership. See
    /// <plait/runtime/async.hpp>.
    using async_guard = detail::async_guard<access>;
    template <class Token>
    auto async_lock(Token&& token) {
        return detail::async_perform(detail::async_locking<access>({this}), std::forward<Token>(token));
    }

    /// Gives the lock up. Throws errc::not_owner if the caller does not own it. Never waits.
    void unlock() {
        auto expected = word_of(detail::party::current());
        // release; pairs with the acquire in take_free()
        if (!word_.compare_exchange_strong(expected, 0, std::memory_order_release, std::memory_order_relaxed))
            release(detail::party::current());
    }

    [[nodiscard]] lock_stats stats() const noexcept { return counters_.read(); }

private:
    friend class recursive_mutex;

    struct recursive_tag {};
    static constexpr recursive_tag recursive{};
    explicit mutex(recursive_tag) noexcept : is_recursive_(true) {}
    mutex(recursive_tag, const char* name) : is_recursive_(true), counters_("recursive_mutex", name) {}

    struct access {
        static constexpr const char* what = "mutex.lock";
        static constexpr bool keeps_others_out = true;

        mutex* of = nullptr;

        [[nodiscard]] detail::raw_lock& lock() const noexcept { return of->lock_; }
        [[nodiscard]] detail::wait_list& waiters() const noexcept { return of->waiters_; }
        [[nodiscard]] static const detail::wait_list* before() noexcept { return nullptr; }
        [[nodiscard]] detail::lock_request request(bool is_timed) const noexcept;
        [[nodiscard]] detail::lock_counters& counters() const noexcept { return of->counters_; }
        bool take(const detail::party& who, bool was_woken, bool waits) const;
        void mark_as_written() const noexcept;
        void leave(const detail::party& who) const { of->release(who); }
        static void stop_waiting() noexcept {}
        void pass_on(std::unique_lock<detail::raw_lock>& guard, const detail::party& who) const noexcept;
    };

    static std::uintptr_t word_of(const detail::party& who) noexcept { return reinterpret_cast<std::uintptr_t>(&who); }
    [[nodiscard]] bool is_owned_by(const detail::party& who) const noexcept {
        return (word_.load(std::memory_order_relaxed) & ~flags) == word_of(who);
    }
    bool take_free() noexcept {
        std::uintptr_t expected = detail::free_lock_word.load(std::memory_order_relaxed);
        // acquire; pairs with the release in unlock()
        return word_.compare_exchange_strong(
            expected, word_of(detail::party::current()), std::memory_order_acquire, std::memory_order_relaxed);
    }
    bool lock_slowly(deadline until);
    bool try_lock_slowly() noexcept;
    void release(const detail::party& owner);
    void release(std::unique_lock<detail::raw_lock>& guard);

    static constexpr std::uintptr_t has_waiters = 1, is_written = 2, flags = 3;

    std::atomic<std::uintptr_t> word_{
        0};                  // the owner's address; has_waiters; is_written: the owner is in the lock_graph, or timed
    detail::raw_lock lock_;  // guards what follows, and every change of the flags
    bool hand_over_ = false; // the first waiter was woken in vain: it gets the lock next
    const bool is_recursive_ = false; // for reports
    detail::wait_list waiters_;
    detail::lock_counters counters_;
};

} // namespace plait
