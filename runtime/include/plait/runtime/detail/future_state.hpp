// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   nothing ──▶ claimed: the result is being stored ──▶ done
//      + interested:       somebody waits, watches, or is to be called
//      + cancel_requested: nobody wants the result any more
//
// What a promise and its futures share: the result, those who want it, and one word that says how far it is. A result
// that nobody waits for is handed over with two atomic operations and no lock.
//
// Producers that compute results (a pool's tasks) derive from future_state<T>, so that one allocation holds the state
// and what fills it; they override request_cancel(), and hand out `future<T>(state)`. Who makes a state completes it:
// nothing else wakes its readers.

#include <plait/runtime/detail/callback.hpp>
#include <plait/runtime/detail/completion.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace plait::detail {

/// The part that does not depend on the type of the result. Thread safety: any thread.
class future_state_base : public boost::intrusive_ref_counter<future_state_base> {
public:
    future_state_base() noexcept = default;
    future_state_base(const future_state_base&) = delete;
    future_state_base& operator=(const future_state_base&) = delete;
    virtual ~future_state_base() = default;

    // acquire; pairs with the releases in complete() and announce(): a result that is announced can be read
    [[nodiscard]] bool is_done() const noexcept { return (word_.load(std::memory_order_acquire) & done) != 0; }
    /// The same for one who only asks: from the first time on, a producer whose results have to be fetched knows of him.
    [[nodiscard]] bool is_done_for_who_asks() noexcept {
        if (is_done()) return true;
        if (word_.load(std::memory_order_relaxed) & interested) return false; // somebody has said so
        std::lock_guard guard(lock_);
        return is_done_after_showing_interest();
    }
    /// True also while the result is being stored. relaxed: whoever reads the result asks is_done().
    [[nodiscard]] bool is_claimed() const noexcept { return (word_.load(std::memory_order_relaxed) & claimed) != 0; }
    /// Once it is done.
    [[nodiscard]] outcome how_it_ended() const noexcept { return outcome_; }
    /// What it ended with; nullptr if that was a value. Once it is done.
    [[nodiscard]] std::exception_ptr failure() const;
    void rethrow() const {
        if (outcome_ != outcome::value) std::rethrow_exception(failure());
    }

    wait_state wait(deadline until) { return is_done() ? wait_state::woken : wait_until_done(until); }
    [[nodiscard]] bool attach(completion& c) noexcept;
    void detach(completion& c) noexcept;
    void on_done(std::unique_ptr<callback> c);

    /// Asks the producer to stop, the first time; false if the result is there already.
    bool cancel() noexcept;
    // acquire; pairs with the release in cancel(): who sees the request sees what went before it
    [[nodiscard]] bool is_cancel_requested() const noexcept {
        return (word_.load(std::memory_order_acquire) & cancel_requested) != 0;
    }
    /// What the first cancel() calls unless request_cancel() is overridden; at once if that has been. Replaces the one
    /// before. Destroyed when the result is there.
    void on_cancel(std::unique_ptr<callback> hook);

    /// Throw errc::already_satisfied if there is a result; errc::invalid_argument if `e` is null.
    void set_exception(std::exception_ptr e);
    void set_cancelled();

    /// The operation of waiting; see perform().
    struct waiting {
        static constexpr const char* what = "future.wait";

        future_state_base* of;

        [[nodiscard]] raw_lock& lock() const noexcept { return of->lock_; }
        [[nodiscard]] wait_list& waiters() const noexcept { return of->waiters_; }
        bool attempt(std::unique_lock<raw_lock>&, party&, bool) const noexcept {
            return of->is_done_after_showing_interest();
        }
        void pass_on(std::unique_lock<raw_lock>&) const noexcept {} // announce() has woken everybody
    };

protected:
    /// Called once, by the one who cancels, on its thread, while the result may be arriving on another.
    virtual void request_cancel() noexcept;
    /// Called by one who is about to wait without a deadline: a producer that has not begun may begin on that thread.
    virtual void assist() noexcept {}
    /// Called under the lock, before there is a result, by each who comes to wait for it, watches, or is to be called: a
    /// producer whose results have to be fetched sees to it that somebody does. It must not set the result.
    virtual void attract() noexcept {}

    /// Stores the result with `store`, once; throws errc::already_satisfied the second time. What `store` throws passes
    /// through, and the result can still be set.
    template <class Store>
    void complete(outcome how, Store store) {
        // acquire; pairs with the release below: one that could not store has left
        if (word_.fetch_or(claimed, std::memory_order_acquire) & claimed)
            throw error(errc::already_satisfied, "promise");
        try {
            store();
        } catch (...) {
            word_.fetch_and(~claimed, std::memory_order_release);
            throw;
        }
        outcome_ = how;
        // From here on its reader may drop both ends, and with them this. release; pairs with the acquire in is_done()
        std::uint32_t nobody_is_interested = claimed;
        if (!word_.compare_exchange_strong(
                nobody_is_interested, claimed | done, std::memory_order_release, std::memory_order_relaxed))
            announce();
    }

private:
    static constexpr std::uint32_t claimed = 1, done = 2, interested = 4, cancel_requested = 8;

    wait_state wait_until_done(deadline until);
    [[nodiscard]] bool is_done_after_showing_interest() noexcept;
    void announce() noexcept;

    std::atomic<std::uint32_t> word_{0};
    outcome outcome_ = outcome::value;
    raw_lock lock_; // guards those who are interested
    wait_list waiters_;
    completion_list completions_;
    callback_queue callbacks_;
    std::unique_ptr<callback> on_cancel_;
    std::exception_ptr exception_;
};

template <class T>
class future_state : public future_state_base {
    static_assert(!std::is_reference_v<T>, "a future of a reference: use a pointer or std::reference_wrapper");

public:
    template <class... Args>
    void set_value(Args&&... args) {
        complete(outcome::value, [&] { value_.emplace(std::forward<Args>(args)...); });
    }
    [[nodiscard]] T& value() noexcept { return *value_; }

private:
    std::optional<T> value_;
};

template <>
class future_state<void> : public future_state_base {
public:
    void set_value() {
        complete(outcome::value, [] {});
    }
};

/// Completes `state` with what `f()` returns or throws. A `cancelled` that passes through `f`, or the
/// errc::task_cancelled of something it read, makes it cancelled.
template <class T, class F>
void complete_with(future_state<T>& state, F&& f) {
    try {
        if constexpr (std::is_void_v<T>) {
            std::forward<F>(f)();
            state.set_value();
        } else
            state.set_value(std::forward<F>(f)());
    } catch (const cancelled&) {
        state.set_cancelled();
    } catch (const error& e) {
        if (e.code() == errc::task_cancelled)
            state.set_cancelled();
        else
            state.set_exception(std::current_exception());
    } catch (...) {
        state.set_exception(std::current_exception());
    }
}

} // namespace plait::detail
