// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   acquire ──▶ [ permits: 3 of 5 free ] ◀── release(n)
//                 │ none free
//                 ▼
//              [ wait list ] ──woken, and handed one if it was woken in vain before──▶
//
// A number of permits for threads and coroutines in any mix: acquire takes one, waiting while none is free, release gives
// some back. Permits have no owner: who releases need not be who acquired. What was written before a release is seen
// by the one who acquires that permit.
//
// A counting_semaphore can be released beyond its initial count, up to a maximum; a bounded_semaphore cannot, which finds
// the release too many that would let too many in. A `permit` holds one for a scope.
//
// Fairness: as with mutex, a free permit may be taken past those who wait; but one that was woken and found none is
// handed one by the next release.

#include <plait/runtime/wait.hpp>

#include <boost/system/error_code.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <utility>

namespace plait {

class counting_semaphore {
public:
    /// The maximum of a semaphore that has none in practice.
    static constexpr std::ptrdiff_t unbounded = std::numeric_limits<std::ptrdiff_t>::max();

    /// `initial` permits are free, and never more than `max`. Throws errc::invalid_argument unless
    /// 0 <= initial <= max and 1 <= max.
    explicit counting_semaphore(std::ptrdiff_t initial, std::ptrdiff_t max = unbounded);
    /// Nobody may wait for it. Whoever acquired the last permit may destroy it, even if the release() before was called
    /// on another thread just now.
    ~counting_semaphore() { std::lock_guard releaser_has_left(lock_); }
    counting_semaphore(const counting_semaphore&) = delete;
    counting_semaphore& operator=(const counting_semaphore&) = delete;

    /// Takes a permit. Waits while none is free.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  no permit was taken.
    /// Thread safety: any thread.
    /// Throws:        errc::would_block_loop in a handler on a loop's thread, if it would have to wait; cancelled.
    void acquire() {
        if (!take_free()) static_cast<void>(acquire_slowly(deadline::never()));
    }

    /// Takes a permit if one is free. Never waits.
    [[nodiscard]] bool try_acquire() noexcept { return take_free(); }

    /// Waits at most `d`, or until `t`; false if there was no permit by then. Throws as acquire(), and
    /// errc::invalid_argument if `d` is negative.
    [[nodiscard]] bool try_acquire_for(duration d) { return take_free() || acquire_slowly(detail::deadline_after(d)); }
    [[nodiscard]] bool try_acquire_until(time_point t) { return take_free() || acquire_slowly(deadline(t)); }

    /// Calls the token's handler, void(error_code, permit), once there is a permit. See <plait/runtime/async.hpp>.
    template <class Token>
    auto async_acquire(Token&& token);

    /// Gives `n` permits back. Never waits; any thread. Throws errc::over_released if there were more than the maximum
    /// then, and errc::invalid_argument if `n` is negative; nothing was released then.
    void release(std::ptrdiff_t n = 1) {
        std::uint64_t word = word_.load(std::memory_order_relaxed);
        while (!(word & has_waiters) && n >= 0 && n <= max_ - free_in(word))
            // release; pairs with the acquire in take_free()
            if (word_.compare_exchange_weak(
                    word, word + permits(n), std::memory_order_release, std::memory_order_relaxed))
                return;
        release_slowly(n);
    }

    /// How many permits are free: a hint.
    [[nodiscard]] std::ptrdiff_t available() const noexcept { return free_in(word_.load(std::memory_order_relaxed)); }
    [[nodiscard]] std::ptrdiff_t max() const noexcept { return max_; }

private:
    struct acquiring;

    static constexpr std::uint64_t has_waiters = 1;
    static constexpr std::uint64_t permits(std::ptrdiff_t n) noexcept { return static_cast<std::uint64_t>(n) << 1; }
    static constexpr std::ptrdiff_t free_in(std::uint64_t word) noexcept {
        return static_cast<std::ptrdiff_t>(word >> 1);
    }

    bool take_free() noexcept {
        std::uint64_t word = word_.load(std::memory_order_relaxed);
        while (free_in(word) > 0)
            // acquire; pairs with the release in release()
            if (word_.compare_exchange_weak(
                    word, word - permits(1), std::memory_order_acquire, std::memory_order_relaxed))
                return true;
        return false;
    }
    bool take_or_announce_waiter() noexcept;
    bool attempt(bool was_woken) noexcept;
    bool acquire_slowly(deadline until);
    void release_slowly(std::ptrdiff_t n);
    void pass_on(std::unique_lock<detail::raw_lock>& guard) noexcept;
    void wake_for_what_is_free(std::unique_lock<detail::raw_lock>& guard, detail::wait_list::chosen first) noexcept;

    std::atomic<std::uint64_t> word_; // the free permits, and has_waiters; with that set, every release takes the lock
    const std::ptrdiff_t max_;
    detail::raw_lock lock_;         // guards what follows, and every change of has_waiters
    bool hand_over_ = false;        // the first waiter was woken in vain: the next permit is kept for it
    std::ptrdiff_t on_the_way_ = 0; // woken waiters that have not come to take a permit yet
    std::ptrdiff_t kept_ = 0;       // permits for them that nobody else can take; at most one each
    detail::wait_list waiters_;
};

/// A counting_semaphore that is never released more often than acquired.
class bounded_semaphore : public counting_semaphore {
public:
    /// `permits` are free. Throws errc::invalid_argument if it is less than 1.
    explicit bounded_semaphore(std::ptrdiff_t permits) : counting_semaphore(permits, permits) {}
};

/// Holds one permit of a semaphore, and releases it at the end of its life. For one party at a time.
class [[nodiscard]] permit {
public:
    /// Holds nothing.
    permit() noexcept = default;
    /// Acquires one, and throws, as counting_semaphore::acquire.
    explicit permit(counting_semaphore& of) : of_(&of) { of.acquire(); }
    /// Takes over one that was acquired already.
    permit(counting_semaphore& of, std::adopt_lock_t) noexcept : of_(&of) {}
    permit(permit&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    /// Releases what it held before.
    permit& operator=(permit&& other) noexcept {
        permit taken_over(std::move(other));
        std::swap(of_, taken_over.of_);
        return *this;
    }
    /// If somebody released it by hand too, and a bounded semaphore finds that out here, the program ends.
    ~permit() { release(); }

    [[nodiscard]] explicit operator bool() const noexcept { return of_ != nullptr; }

    /// Releases it now, if it holds one.
    void release() {
        if (counting_semaphore* of = detach()) of->release();
    }
    /// Keeps it acquired: whoever calls this releases the semaphore by hand. Returns the semaphore, nullptr if it held
    /// nothing.
    counting_semaphore* detach() noexcept { return std::exchange(of_, nullptr); }

private:
    counting_semaphore* of_ = nullptr;
};

struct counting_semaphore::acquiring {
    using signature = void(boost::system::error_code, permit);
    static constexpr const char* what = "semaphore.acquire";

    counting_semaphore& of;
    permit taken = {};

    [[nodiscard]] detail::raw_lock& lock() const noexcept { return of.lock_; }
    [[nodiscard]] detail::wait_list& waiters() const noexcept { return of.waiters_; }
    bool attempt(std::unique_lock<detail::raw_lock>&, detail::party&, bool was_woken) noexcept {
        if (!of.attempt(was_woken)) return false;
        taken = permit(of, std::adopt_lock);
        return true;
    }
    void pass_on(std::unique_lock<detail::raw_lock>& guard) const noexcept { of.pass_on(guard); }
    template <class Handler>
    void complete(Handler&& handler, boost::system::error_code ec) {
        std::forward<Handler>(handler)(ec, std::move(taken));
    }
};

template <class Token>
auto counting_semaphore::async_acquire(Token&& token) {
    return detail::async_perform(acquiring{*this}, std::forward<Token>(token));
}

} // namespace plait
