// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   readers inside ─── the last one out ──▶ the writer that waits longest
//         ▲                                          │
//         └──── every reader that waits ◀── unlock ──┘
//
// A lock that many readers share, or one writer has alone; for threads and coroutines in any mix. It meets
// SharedTimedLockable, so std::shared_lock, std::unique_lock and std::scoped_lock work with it.
//
// Fairness: phases take turns. A writer that waits stops new readers, so writers are not starved; after a writer, the
// readers that have waited go first, all together, so readers are not starved either. Who waits is handed the lock by
// whoever leaves it; nobody takes it past those who wait.
//
// A reader that locks once more while a writer waits, waits for the writer, which waits for the reader; and so does a
// reader that wants to become a writer. The lock counts its readers, and does not know who they are: only
// run_options::detect_deadlocks finds that. A writer that locks once more, either way, gets an error.

#include <plait/runtime/detail/locking.hpp>
#include <plait/runtime/wait.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>

namespace plait {

class shared_mutex {
    struct exclusive;
    struct shared;

public:
    shared_mutex() noexcept = default;
    /// One that dump_all() shows, and that reports call by `name`, which must outlive it. Throws std::bad_alloc.
    explicit shared_mutex(const char* name) : counters_("shared_mutex", name) {}
    /// Nobody may have it or wait for it. Whoever left it last may destroy it.
    ~shared_mutex() { std::lock_guard leaver_has_left(lock_); }
    shared_mutex(const shared_mutex&) = delete;
    shared_mutex& operator=(const shared_mutex&) = delete;

    /// Waits until the caller has the lock alone.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  the lock was not taken; readers that waited behind the caller go on.
    /// Throws:        errc::resource_deadlock_would_occur if the caller has it alone already, or would wait for ever and
    ///                deadlocks are looked for; errc::would_block_loop in a handler on a loop's thread, if it would have
    ///                to wait; cancelled.
    void lock() {
        if (!take_free()) lock_slowly(deadline::never());
    }
    /// Takes the lock if nobody has it. Never waits.
    [[nodiscard]] bool try_lock() noexcept { return take_free() || try_lock_slowly(); }
    /// Waits at most `d`, or until `t`. Throws as lock(), and errc::invalid_argument if `d` is negative.
    [[nodiscard]] bool try_lock_for(duration d) { return take_free() || lock_slowly(detail::deadline_after(d)); }
    [[nodiscard]] bool try_lock_until(time_point t) { return take_free() || lock_slowly(deadline(t)); }
    /// Gives the lock up. Throws errc::not_owner if the caller does not have it alone. Never waits.
    void unlock() {
        auto expected = owned_by(detail::party::current());
        // release; pairs with the acquires in take_free() and join_readers()
        if (!word_.compare_exchange_strong(expected, 0, std::memory_order_release, std::memory_order_relaxed))
            leave(detail::party::current());
    }

    /// Waits until the caller shares the lock with other readers. Blocks, is cancelled and throws as lock().
    void lock_shared() {
        if (!join_readers()) lock_shared_slowly(deadline::never());
    }
    /// Shares the lock if no writer has it or waits. Never waits.
    [[nodiscard]] bool try_lock_shared() noexcept { return join_readers() || try_lock_shared_slowly(); }
    /// Waits at most `d`, or until `t`. Throws as lock(), and errc::invalid_argument if `d` is negative.
    [[nodiscard]] bool try_lock_shared_for(duration d) {
        return join_readers() || lock_shared_slowly(detail::deadline_after(d));
    }
    [[nodiscard]] bool try_lock_shared_until(time_point t) { return join_readers() || lock_shared_slowly(deadline(t)); }
    /// Gives the caller's share up. Throws errc::not_owner if the lock has no readers, and, while deadlocks are looked for,
    /// if the caller is none of them. Never waits.
    void unlock_shared() {
        if (!leave_readers()) leave_shared(detail::party::current());
    }

    /// Call the token's handler, void(error_code, async_guard) or void(error_code, async_shared_guard), once it has the
    /// lock: the guard is the ownership. See <plait/runtime/async.hpp>.
    using async_guard = detail::async_guard<exclusive>;
    using async_shared_guard = detail::async_guard<shared>;
    template <class Token>
    auto async_lock(Token&& token) {
        return detail::async_perform(detail::async_locking<exclusive>({this}), std::forward<Token>(token));
    }
    template <class Token>
    auto async_lock_shared(Token&& token) {
        return detail::async_perform(detail::async_locking<shared>({this}), std::forward<Token>(token));
    }

    [[nodiscard]] lock_stats stats() const noexcept { return counters_.read(); }

private:
    struct exclusive {
        static constexpr const char* what = "shared_mutex.lock";
        static constexpr bool keeps_others_out = true;

        shared_mutex* of = nullptr;

        [[nodiscard]] detail::raw_lock& lock() const noexcept { return of->lock_; }
        [[nodiscard]] detail::wait_list& waiters() const noexcept { return of->writers_; }
        [[nodiscard]] static const detail::wait_list* before() noexcept { return nullptr; }
        [[nodiscard]] detail::lock_request request(bool is_timed) const noexcept;
        [[nodiscard]] detail::lock_counters& counters() const noexcept { return of->counters_; }
        bool take(const detail::party& who, bool was_woken, bool waits) const;
        void mark_as_written() const noexcept { of->mark_as_written(); }
        void leave(const detail::party& who) const { of->leave(who); }
        void stop_waiting() const noexcept { of->let_readers_past_writers_that_left(); }
        void pass_on(std::unique_lock<detail::raw_lock>& guard, const detail::party&) const noexcept {
            of->end_writing(guard);
        }
    };
    struct shared {
        static constexpr const char* what = "shared_mutex.lock_shared";
        static constexpr bool keeps_others_out = false;

        shared_mutex* of = nullptr;

        [[nodiscard]] detail::raw_lock& lock() const noexcept { return of->lock_; }
        [[nodiscard]] detail::wait_list& waiters() const noexcept { return of->readers_; }
        [[nodiscard]] const detail::wait_list* before() const noexcept { return &of->writers_; }
        [[nodiscard]] detail::lock_request request(bool is_timed) const noexcept;
        [[nodiscard]] detail::lock_counters& counters() const noexcept { return of->counters_; }
        bool take(const detail::party& who, bool was_woken, bool waits) const;
        void mark_as_written() const noexcept { of->mark_as_written(); }
        void leave(const detail::party& who) const { of->leave_shared(who); }
        static void stop_waiting() noexcept {} // it has barred nobody
        void pass_on(std::unique_lock<detail::raw_lock>& guard, const detail::party&) const noexcept {
            of->end_reading(guard);
        }
    };

    // The word: nothing, or the owner's address and is_exclusive, or readers times reader; and the flags.
    static constexpr std::uintptr_t has_waiters = 1, is_written = 2, is_exclusive = 4, reader = 8;
    static constexpr std::uintptr_t flags = has_waiters | is_written;

    static std::uintptr_t owned_by(const detail::party& who) noexcept {
        return reinterpret_cast<std::uintptr_t>(&who) | is_exclusive;
    }
    bool take_free() noexcept {
        std::uintptr_t expected = detail::free_lock_word.load(std::memory_order_relaxed);
        // acquire; pairs with the releases of those who leave
        return word_.compare_exchange_strong(
            expected, owned_by(detail::party::current()), std::memory_order_acquire, std::memory_order_relaxed);
    }
    bool join_readers() noexcept {
        if (detail::looking_for_deadlocks()) [[unlikely]]
            return false;
        std::uintptr_t word = word_.load(std::memory_order_relaxed);
        while (!(word & (flags | is_exclusive)))
            // acquire; pairs with the release of the writer before
            if (word_.compare_exchange_weak(word, word + reader, std::memory_order_acquire, std::memory_order_relaxed))
                return true;
        return false;
    }
    bool leave_readers() noexcept {
        std::uintptr_t word = word_.load(std::memory_order_relaxed);
        while (!(word & (flags | is_exclusive)) && word >= reader)
            // release; pairs with the acquire of the writer after
            if (word_.compare_exchange_weak(word, word - reader, std::memory_order_release, std::memory_order_relaxed))
                return true;
        return false;
    }

    bool lock_slowly(deadline until);
    bool try_lock_slowly() noexcept;
    bool lock_shared_slowly(deadline until);
    bool try_lock_shared_slowly() noexcept;
    void leave(const detail::party& owner);
    void leave_shared(const detail::party& who);

    // With the lists' lock held:
    [[nodiscard]] std::uintptr_t waiters_flag() const noexcept {
        return readers_.empty() && writers_.empty() ? 0 : has_waiters;
    }
    void mark_as_written() noexcept { word_.fetch_or(is_written, std::memory_order_relaxed); } // only read back here
    void end_writing(std::unique_lock<detail::raw_lock>& guard) noexcept;
    void end_reading(std::unique_lock<detail::raw_lock>& guard) noexcept;
    void hand_over_to_writer(std::unique_lock<detail::raw_lock>& guard) noexcept;
    std::uintptr_t wake_readers() noexcept;

    void let_readers_past_writers_that_left() noexcept;

    std::atomic<std::uintptr_t> word_{0};
    detail::raw_lock lock_; // guards what follows, and every change of the flags, and of a word that has one
    detail::wait_list readers_;
    detail::wait_list writers_;
    detail::lock_counters counters_;
};

} // namespace plait
