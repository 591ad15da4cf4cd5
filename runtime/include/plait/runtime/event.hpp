// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A flag that can be waited for. Set, it lets everybody through until it is cleared; what was written before set() is
// seen by those whom it lets through. For threads and coroutines in any mix.

#include <plait/runtime/wait.hpp>

#include <boost/system/error_code.hpp>

#include <atomic>
#include <mutex>
#include <utility>

namespace plait {

class event {
public:
    event() noexcept = default;
    event(const event&) = delete;
    event& operator=(const event&) = delete;

    /// Sets the flag and wakes everybody who waits. Never waits; any thread.
    void set();
    /// Clears the flag. Never waits; any thread.
    void clear() noexcept { set_.store(false, std::memory_order_relaxed); }
    // acquire; pairs with the release in set()
    [[nodiscard]] bool is_set() const noexcept { return set_.load(std::memory_order_acquire); }

    /// Waits until the flag is set. After it returned the event may be destroyed, even if set() was called on another
    /// thread just now.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  changes nothing.
    /// Throws:        errc::would_block_loop in a handler on a loop's thread; cancelled.
    void wait() { static_cast<void>(wait_until_deadline(deadline::never())); }

    /// Waits at most `d`, or until `t`. False if the flag was not set by then. Throws as wait(), and
    /// errc::invalid_argument if `d` is negative.
    [[nodiscard]] bool wait_for(duration d) { return wait_until_deadline(detail::deadline_after(d)); }
    [[nodiscard]] bool wait_until(time_point t) { return wait_until_deadline(deadline(t)); }

    /// Calls the token's handler, void(error_code), once the flag is set. See <plait/runtime/async.hpp>.
    template <class Token>
    auto async_wait(Token&& token) {
        return detail::async_perform(waiting{*this}, std::forward<Token>(token));
    }

private:
    struct waiting {
        using signature = void(boost::system::error_code);
        static constexpr const char* what = "event.wait";

        event& of;

        [[nodiscard]] detail::raw_lock& lock() const noexcept { return of.lock_; }
        [[nodiscard]] detail::wait_list& waiters() const noexcept { return of.waiters_; }
        // One that was woken is let through, even if the flag was cleared since.
        bool attempt(std::unique_lock<detail::raw_lock>&, detail::party&, bool was_woken) const noexcept {
            return was_woken || of.is_set();
        }
        void pass_on(std::unique_lock<detail::raw_lock>&) const noexcept {} // set() has woken everybody
        template <class Handler>
        void complete(Handler&& handler, boost::system::error_code ec) const {
            std::forward<Handler>(handler)(ec);
        }
    };

    [[nodiscard]] bool wait_until_deadline(deadline until);

    std::atomic<bool> set_{false}; // set under the lock, so that no waiter can slip in between
    detail::raw_lock lock_;
    detail::wait_list waiters_;
};

} // namespace plait
