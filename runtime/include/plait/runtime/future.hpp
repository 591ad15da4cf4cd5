// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   promise ──set_value / set_exception / set_cancelled──▶ [ shared state ] ──▶ future: get, wait, on_done, then
//           ◀──────────────── on_cancel ───────────────────                 ◀── cancel
//
// One result, handed from the one who computes it to the one who wants it. Either side may be a thread, a coroutine or a
// handler. A promise that is destroyed without a result breaks the future: get() throws errc::broken_promise, nobody
// hangs.
//
// A future has one reader handle: it is movable, not copyable; get() on an lvalue gives a reference and can be repeated,
// on an rvalue it moves the value out. Where several want the result, share() makes it a shared_future, which can be
// copied.
//
// Cancelling asks: the producer is told, once, and decides. Until it has ended the result, with set_cancelled() or
// otherwise, the future stays as it is.
//
// Callbacks (on_done, then) that are registered on a loop's thread, by a coroutine or a handler, are called on that
// loop, later, and never by the producer; they are destroyed uncalled if the loop is gone by then. Those that are
// registered on a plain thread are called by the thread that provides the result, before it goes on, or at once if the
// result is there. Those of one place are called in the order of registration. A callback must not wait. An exception
// that leaves one goes to the handler of on_unhandled_exception, and the others are called all the same.

#include <plait/runtime/detail/future_operations.hpp>
#include <plait/runtime/detail/future_state.hpp>

#include <concepts>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

namespace plait {

template <class T>
class promise;
template <class T>
class shared_future;

namespace detail {

/// What future and shared_future have in common.
template <class T>
class future_handle {
public:
    [[nodiscard]] bool valid() const noexcept { return state_ != nullptr; }
    /// True once the result is there. Never waits.
    [[nodiscard]] bool is_done() const { return state().is_done_for_who_asks(); }
    /// True once the producer has ended by being cancelled. Never waits.
    [[nodiscard]] bool is_cancelled() const {
        return state().is_done() && state().how_it_ended() == outcome::cancelled;
    }

    /// Waits until the result is there, whatever it is. The timed forms return false if it was not there in time.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  of the caller: the producer goes on, and the result stays where it is.
    /// Throws:        errc::would_block_loop in a handler on a loop's thread; errc::invalid_argument if `d` is negative;
    ///                cancelled.
    void wait() const { throw_unless_woken(state().wait(deadline::never()), "future.wait"); }
    [[nodiscard]] bool wait_for(duration d) const { return wait_until_deadline(deadline_after(d)); }
    [[nodiscard]] bool wait_until(time_point t) const { return wait_until_deadline(deadline(t)); }

    /// Calls the token's handler, void(error_code), once the result is there, whatever it is. The handle may go before. See
    /// <plait/runtime/async.hpp>.
    template <class Token>
    auto async_wait(Token&& token) const {
        return async_perform(async_future_wait<T>(checked_state()), std::forward<Token>(token));
    }

    /// Asks the producer to stop; returns false if the result is there already. Does not wait. The request stays: a
    /// producer that looks later sees it, and further calls change nothing.
    bool cancel() const { return state().cancel(); }

    /// Has `callback()` called once the result is there; see above for where.
    template <std::invocable F>
    void on_done(F callback, std::source_location site = std::source_location::current()) const {
        state().on_done(make_callback(std::move(callback), site));
    }

protected:
    using state_ptr = boost::intrusive_ptr<future_state<T>>;

    future_handle() noexcept = default;
    explicit future_handle(state_ptr state) noexcept : state_(std::move(state)) {}

    const state_ptr& checked_state() const {
        if (!state_) throw error(errc::no_state, "future");
        return state_;
    }
    future_state<T>& state() const { return *checked_state(); }
    [[nodiscard]] future_state<T>& finished_state(deadline until) const {
        future_state<T>& s = state();
        throw_unless_woken(s.wait(until), "future.get");
        s.rethrow();
        return s;
    }

    state_ptr state_;

private:
    friend struct completion_access;

    bool wait_until_deadline(deadline until) const {
        wait_state result = state().wait(until);
        if (result == wait_state::timed_out) return false;
        throw_unless_woken(result, "future.wait");
        return true;
    }

    bool attach(completion& c) const { return state().attach(c); }
    void detach(completion& c) const noexcept { state_->detach(c); }
    outcome how_it_ended() const noexcept { return state_->how_it_ended(); }
    const void* identity() const noexcept { return state_.get(); }
};

} // namespace detail

/// Where a result arrives. Every operation but valid() throws errc::no_state on an empty handle: made by default, moved
/// from, or read as an rvalue. Thread safety: one thread at a time moves or reads a future; the promise may be anywhere.
template <class T>
class [[nodiscard]] future : public detail::future_handle<T> {
    using handle = detail::future_handle<T>;
    template <class U>
    friend class future;

public:
    future() noexcept = default;
    /// For producers with a state of their own.
    explicit future(boost::intrusive_ptr<detail::future_state<T>> state) noexcept : handle(std::move(state)) {}
    future(future&&) noexcept = default;
    future& operator=(future&&) noexcept = default;

    /// Waits for the result and returns it, or throws what the producer failed with.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  of the caller: the result stays where it is.
    /// Throws:        the producer's exception; errc::task_cancelled if it was cancelled; errc::broken_promise;
    ///                errc::would_block_loop; cancelled.
    std::add_lvalue_reference_t<T> get() & { return read(deadline::never()); }
    T get() && { return std::move(*this).take(deadline::never()); }
    /// The same, waiting at most `d` or until `t`; then throws timeout_error. A negative `d` is
    /// errc::invalid_argument. For one that never waits, ask is_done().
    std::add_lvalue_reference_t<T> get_for(duration d) & { return read(detail::deadline_after(d)); }
    T get_for(duration d) && { return std::move(*this).take(detail::deadline_after(d)); }
    std::add_lvalue_reference_t<T> get_until(time_point t) & { return read(deadline(t)); }
    T get_until(time_point t) && { return std::move(*this).take(deadline(t)); }

    /// Calls the token's handler, void(std::exception_ptr, T) or void(std::exception_ptr), with the result, moved out. T is
    /// default-constructible, for the calls that failed. This handle becomes empty: who may want to cancel the wait and
    /// keep the result uses async_wait. See <plait/runtime/async.hpp>.
    template <class Token>
    auto async_get(Token&& token) && {
        this->checked_state();
        return detail::async_perform(
            detail::async_future_get<T, true>(std::move(this->state_)), std::forward<Token>(token));
    }

    /// Has `f(future)` called with this future once it is done, and returns the future of what that returns or throws;
    /// see above for where. `f` gets failures too: it reads the result, and what get() throws passes on by itself.
    /// Cancelling the returned future cancels this one. What ends inside the call of another such `f`, on a plain thread,
    /// has its own `f` called when that one has returned: chains may be of any length. This handle becomes empty.
    template <std::invocable<future> F> // in the class: clang 16 would not know it again outside
    auto then(
        F f,
        std::source_location site = std::source_location::current()) && -> future<std::invoke_result_t<F, future>> {
        detail::future_state<T>& s = this->state();
        promise<std::invoke_result_t<F, future>> next;
        auto result = next.get_future();
        result.state_->on_cancel(detail::make_link([antecedent = this->state_] { antecedent->cancel(); }, site));
        s.on_done(detail::make_link(
            [next = std::move(next), f = std::move(f), self = std::move(*this)]() mutable {
                next.set_result_of([&] { return std::move(f)(std::move(self)); });
            },
            site));
        return result;
    }

    /// The same result for several readers. This handle becomes empty.
    [[nodiscard]] shared_future<T> share() &&;

private:
    std::add_lvalue_reference_t<T> read(deadline until) {
        [[maybe_unused]] auto& s = this->finished_state(until);
        if constexpr (!std::is_void_v<T>) return s.value();
    }
    T take(deadline until) && {
        throw_unless_woken(this->state().wait(until), "future.get"); // a timeout leaves the handle as it was
        auto last = std::exchange(this->state_, nullptr);
        last->rethrow();
        if constexpr (!std::is_void_v<T>) return std::move(last->value());
    }
};

/// A future that can be copied; the copies read one result. Thread safety: each handle as a future, and several threads
/// may read the value through handles of their own.
template <class T>
class [[nodiscard]] shared_future : public detail::future_handle<T> {
    using handle = detail::future_handle<T>;

public:
    shared_future() noexcept = default;
    shared_future(future<T>&& only) noexcept : shared_future(std::move(only).share()) {}
    shared_future(const shared_future&) = default;
    shared_future(shared_future&&) noexcept = default;
    shared_future& operator=(const shared_future&) = default;
    shared_future& operator=(shared_future&&) noexcept = default;

    /// As future's get() on an lvalue.
    std::add_lvalue_reference_t<const T> get() const { return read(deadline::never()); }
    std::add_lvalue_reference_t<const T> get_for(duration d) const { return read(detail::deadline_after(d)); }
    std::add_lvalue_reference_t<const T> get_until(time_point t) const { return read(deadline(t)); }

    /// As future's, with a copy of the value; the handle stays as it is.
    template <class Token>
    auto async_get(Token&& token) const {
        return detail::async_perform(
            detail::async_future_get<T, false>(this->checked_state()), std::forward<Token>(token));
    }

private:
    friend class future<T>;

    explicit shared_future(boost::intrusive_ptr<detail::future_state<T>> state) noexcept : handle(std::move(state)) {}

    std::add_lvalue_reference_t<const T> read(deadline until) const {
        [[maybe_unused]] auto& s = this->finished_state(until);
        if constexpr (!std::is_void_v<T>) return s.value();
    }
};

/// Where a result comes from. Movable; set at most once; any thread. Every operation throws errc::no_state if it was
/// moved from, and every set_ throws errc::already_satisfied if there is a result already. Setting wakes the readers and
/// calls their callbacks; the reader may destroy the promise at once.
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
        state();
        if (std::exchange(taken_, true)) throw error(errc::no_state, "promise.get_future was called before");
        return future<T>(state_);
    }

    /// Constructs the value of `args`. What that throws passes through, and the result can still be set.
    template <class... Args>
    void set_value(Args&&... args) {
        state().set_value(std::forward<Args>(args)...);
    }
    /// Throws errc::invalid_argument if `e` is null.
    void set_exception(std::exception_ptr e) { state().set_exception(std::move(e)); }
    /// The readers get errc::task_cancelled.
    void set_cancelled() { state().set_cancelled(); }
    /// Sets what `f()` returns, or throws; a `cancelled` that leaves `f`, or the errc::task_cancelled of something that
    /// it read, becomes set_cancelled().
    template <std::invocable F>
    void set_result_of(F&& f) {
        detail::complete_with(state(), std::forward<F>(f));
    }

    /// True once the future was cancelled. Never waits.
    [[nodiscard]] bool is_cancel_requested() const { return state().is_cancel_requested(); }
    /// Has `hook()` called when the future is cancelled, at once if it has been, unless there is a result: once, by the
    /// one who cancels, on its thread, perhaps while the result is being set. It owns what it uses, and must not wait.
    /// It is destroyed when the result is there. A second hook replaces the first.
    template <std::invocable F>
    void on_cancel(F hook, std::source_location site = std::source_location::current()) {
        state().on_cancel(detail::make_callback(std::move(hook), site));
    }

private:
    detail::future_state<T>& state() const {
        if (!state_) throw error(errc::no_state, "promise");
        return *state_;
    }
    void abandon() noexcept {
        if (state_ && taken_ && !state_->is_claimed())
            state_->set_exception(std::make_exception_ptr(error(errc::broken_promise, "future")));
    }

    boost::intrusive_ptr<detail::future_state<T>> state_;
    bool taken_ = false;
};

/// A future whose result is there.
template <class T>
[[nodiscard]] future<std::decay_t<T>> make_ready_future(T&& value) {
    promise<std::decay_t<T>> p;
    p.set_value(std::forward<T>(value));
    return p.get_future();
}
[[nodiscard]] inline future<void> make_ready_future() {
    promise<void> p;
    p.set_value();
    return p.get_future();
}
/// A future that has failed with `e`. Throws errc::invalid_argument if `e` is null.
template <class T>
[[nodiscard]] future<T> make_failed_future(std::exception_ptr e) {
    promise<T> p;
    p.set_exception(std::move(e));
    return p.get_future();
}
/// The same with an exception object.
template <class T, class E>
requires(!std::convertible_to<E, std::exception_ptr>) [[nodiscard]] future<T> make_failed_future(E e) {
    return make_failed_future<T>(std::make_exception_ptr(std::move(e)));
}

template <class T>
shared_future<T> future<T>::share() && {
    this->checked_state();
    return shared_future<T>(std::move(this->state_));
}

} // namespace plait
