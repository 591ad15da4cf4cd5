// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   count_down ──▶ 3 ─ 2 ─ 1 ─ 0 ──▶ everybody who waits goes on, for ever
//
// A number that is counted down to zero once, and that threads and coroutines in any mix wait for. Who counts down need
// not wait, and may count down several times. What was written before a count_down() is seen by those who wait for it.

#include <plait/runtime/wait.hpp>

#include <boost/system/error_code.hpp>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <utility>

namespace plait {

class latch {
public:
    /// Waits for `expected` to be counted down. Throws errc::invalid_argument if it is negative.
    explicit latch(std::ptrdiff_t expected);
    /// Nobody may wait for it. Whoever waited for it may destroy it, even if the last count_down() was called on another
    /// thread just now.
    ~latch() { std::lock_guard last_has_counted(lock_); }
    latch(const latch&) = delete;
    latch& operator=(const latch&) = delete;

    /// Counts down by `n`. Never waits; any thread. Throws errc::invalid_argument, and counts nothing, unless
    /// 0 <= n <= what is left.
    void count_down(std::ptrdiff_t n = 1) {
        std::ptrdiff_t left = left_.load(std::memory_order_relaxed);
        while (n >= 0 && n < left)
            // release; pairs with the acquire in try_wait()
            if (left_.compare_exchange_weak(left, left - n, std::memory_order_release, std::memory_order_relaxed))
                return;
        count_down_to_zero(n);
    }

    /// True if the count is zero. Never waits.
    // acquire; pairs with the release in count_down()
    [[nodiscard]] bool try_wait() const noexcept { return left_.load(std::memory_order_acquire) == 0; }

    /// Waits until the count is zero.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  changes nothing.
    /// Thread safety: any thread.
    /// Throws:        errc::would_block_loop in a handler on a loop's thread, if it would have to wait; cancelled.
    void wait() {
        if (!try_wait()) static_cast<void>(wait_until_deadline(deadline::never()));
    }

    /// Waits at most `d`, or until `t`. False if the count was not zero by then. Throws as wait(), and
    /// errc::invalid_argument if `d` is negative.
    [[nodiscard]] bool wait_for(duration d) { return try_wait() || wait_until_deadline(detail::deadline_after(d)); }
    [[nodiscard]] bool wait_until(time_point t) { return try_wait() || wait_until_deadline(deadline(t)); }

    /// Calls the token's handler, void(error_code), once the count is zero. See <plait/runtime/async.hpp>.
    template <class Token>
    auto async_wait(Token&& token) {
        return detail::async_perform(waiting{*this}, std::forward<Token>(token));
    }

    /// count_down(n), then wait(). A cancelled wait leaves it counted.
    void arrive_and_wait(std::ptrdiff_t n = 1) {
        count_down(n);
        wait();
    }

private:
    struct waiting {
        using signature = void(boost::system::error_code);
        static constexpr const char* what = "latch.wait";

        latch& of;

        [[nodiscard]] detail::raw_lock& lock() const noexcept { return of.lock_; }
        [[nodiscard]] detail::wait_list& waiters() const noexcept { return of.waiters_; }
        bool attempt(std::unique_lock<detail::raw_lock>&, detail::party&, bool) const noexcept { return of.try_wait(); }
        void pass_on(std::unique_lock<detail::raw_lock>&) const noexcept {} // everybody was woken
        template <class Handler>
        void complete(Handler&& handler, boost::system::error_code ec) const {
            std::forward<Handler>(handler)(ec);
        }
    };

    void count_down_to_zero(std::ptrdiff_t n);
    [[nodiscard]] bool wait_until_deadline(deadline until);

    std::atomic<std::ptrdiff_t> left_; // becomes zero under the lock, so that no waiter can slip in between
    detail::raw_lock lock_;
    detail::wait_list waiters_;
};

} // namespace plait
