// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   promise ──set_value / set_exception──▶ [ shared state ] ──▶ future: get, wait, on_done
//
// One result, handed from the one who computes it to the one who wants it. Either side may be a thread, a coroutine or a
// handler. A promise that is destroyed without a result breaks the future: get() throws errc::broken_promise, nobody
// hangs. A future has one reader handle (it is movable, not copyable); get() on an lvalue gives a reference and can be
// repeated, on an rvalue it moves the value out.

#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <atomic>
#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace plait {
namespace detail {

/// The part of the state that does not depend on the type of the result.
class future_state_base : public boost::intrusive_ref_counter<future_state_base> {
public:
    virtual ~future_state_base() = default;

    // acquire; pairs with the release in complete(): a result that is announced can be read
    [[nodiscard]] bool is_done() const noexcept { return done_.load(std::memory_order_acquire); }
    wait_state wait(deadline until);
    void on_done(std::function<void()> callback);
    void set_exception(std::exception_ptr e);
    void rethrow() const {
        if (exception_) std::rethrow_exception(exception_);
    }

protected:
    /// Stores the result with `store`, once; throws errc::already_satisfied the second time. `store` must not park.
    template <class Store>
    void complete(Store store) {
        // Once the result is announced, its reader may destroy both ends.
        boost::intrusive_ptr<future_state_base> keep(this);
        std::unique_lock guard(lock_);
        if (is_done()) throw error(errc::already_satisfied, "promise");
        store();
        announce(guard);
    }

private:
    void announce(std::unique_lock<raw_lock>& guard);

    std::atomic<bool> done_{false};
    raw_lock lock_;
    wait_list waiters_;
    std::vector<std::function<void()>> callbacks_;
    std::exception_ptr exception_;
};

template <class T>
class future_state final : public future_state_base {
public:
    template <class... Args>
    void set_value(Args&&... args) {
        complete([&] { value_.emplace(std::forward<Args>(args)...); });
    }
    [[nodiscard]] T& value() { return *value_; }

private:
    std::optional<T> value_;
};

template <>
class future_state<void> final : public future_state_base {
public:
    void set_value() {
        complete([] {});
    }
};

} // namespace detail

template <class T>
class promise;

/// Where a result arrives. Thread safety: one thread at a time uses a future; the promise may be anywhere.
template <class T>
class [[nodiscard]] future {
public:
    /// An empty future; every operation but valid() throws errc::no_state.
    future() noexcept = default;

    [[nodiscard]] bool valid() const noexcept { return state_ != nullptr; }
    [[nodiscard]] bool is_done() const { return state().is_done(); }

    /// Waits for the result and returns it, or throws what the producer failed with.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  the result stays where it is.
    /// Throws:        the producer's exception; errc::broken_promise; errc::would_block_loop; cancelled.
    std::add_lvalue_reference_t<T> get() & { return read(deadline::never()); }
    T get() && { return std::move(*this).take(deadline::never()); }
    /// The same, waiting at most `d` or until `t`; then throws timeout_error. A negative `d` is
    /// errc::invalid_argument.
    std::add_lvalue_reference_t<T> get_for(duration d) & { return read(detail::deadline_after(d)); }
    T get_for(duration d) && { return std::move(*this).take(detail::deadline_after(d)); }
    std::add_lvalue_reference_t<T> get_until(time_point t) & { return read(deadline(t)); }
    T get_until(time_point t) && { return std::move(*this).take(deadline(t)); }

    /// Waits until the result is there, whatever it is. The timed forms return false if it was not there in time.
    void wait() const { detail::throw_unless_woken(state().wait(deadline::never()), "future.wait"); }
    [[nodiscard]] bool wait_for(duration d) const { return wait_until_deadline(detail::deadline_after(d)); }
    [[nodiscard]] bool wait_until(time_point t) const { return wait_until_deadline(deadline(t)); }

    /// Calls `callback` once the result is there: at once if it is there already, otherwise on the thread that
    /// provides it, in the order of registration. The callback must not wait and must not throw.
    void on_done(std::function<void()> callback) { state().on_done(std::move(callback)); }

private:
    friend class promise<T>;
    using state_ptr = boost::intrusive_ptr<detail::future_state<T>>;

    explicit future(state_ptr state) noexcept : state_(std::move(state)) {}

    detail::future_state<T>& state() const {
        if (!state_) throw error(errc::no_state, "future");
        return *state_;
    }
    bool wait_until_deadline(deadline until) const {
        detail::wait_state result = state().wait(until);
        if (result == detail::wait_state::timed_out) return false;
        detail::throw_unless_woken(result, "future.wait");
        return true;
    }
    std::add_lvalue_reference_t<T> read(deadline until) {
        detail::throw_unless_woken(state().wait(until), "future.get");
        state_->rethrow();
        if constexpr (!std::is_void_v<T>) return state_->value();
    }
    T take(deadline until) && {
        detail::throw_unless_woken(state().wait(until), "future.get");
        state_ptr last = std::move(state_);
        last->rethrow();
        if constexpr (!std::is_void_v<T>) return std::move(last->value());
    }

    state_ptr state_;
};

/// Where a result comes from. Movable; set at most once; any thread.
template <class T>
class promise {
public:
    promise() : state_(new detail::future_state<T>) {}
    promise(promise&& other) noexcept : state_(std::move(other.state_)), taken_(other.taken_) {}
    promise& operator=(promise&& other) noexcept {
        if (this != &other) {
            abandon();
            state_ = std::move(other.state_);
            taken_ = other.taken_;
        }
        return *this;
    }
    ~promise() { abandon(); }

    /// The future. Throws errc::no_state the second time.
    [[nodiscard]] future<T> get_future() {
        if (std::exchange(taken_, true)) throw error(errc::no_state, "promise.get_future was called before");
        return future<T>(state_);
    }

    /// Hands the result over and wakes the reader, who may destroy the promise at once. Throws errc::already_satisfied
    /// if there is a result already.
    template <class... Args>
    void set_value(Args&&... args) {
        state().set_value(std::forward<Args>(args)...);
    }
    void set_exception(std::exception_ptr e) { state().set_exception(std::move(e)); }

private:
    detail::future_state<T>& state() {
        if (!state_) throw error(errc::no_state, "promise");
        return *state_;
    }
    void abandon() noexcept {
        if (state_ && taken_ && !state_->is_done())
            state_->set_exception(std::make_exception_ptr(error(errc::broken_promise, "future")));
    }

    boost::intrusive_ptr<detail::future_state<T>> state_;
    bool taken_ = false;
};

} // namespace plait
