// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   spawn(f) ─▶ task ──join()──▶ f's value, or f's exception
//
// The handle of a running coroutine. It owns it: a task that is destroyed cancels its coroutine and waits for it, so
// that no coroutine outlives what it refers to. detach() gives that up, explicitly.
//
// An exception that ends a coroutine is thrown by join(). If nobody can join any more (the task was detached, or
// destroyed without a join), it goes to the handler of on_unhandled_exception, which by default reports it and ends the
// program. The end of a cancelled coroutine is no such exception.
//
// Thread safety: a task may be used on any thread, by one at a time; several parties may join one task at once.

#include <plait/coro/detail/coroutine.hpp>
#include <plait/coro/detail/task_operations.hpp>
#include <plait/runtime/unhandled.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace plait {

template <class T>
class [[nodiscard]] task {
public:
    /// An empty handle; every operation but valid() and the destructor throws errc::no_state.
    task() noexcept = default;
    task(task&& other) noexcept
        : coroutine_(std::exchange(other.coroutine_, nullptr)), result_(std::exchange(other.result_, nullptr)) {}
    /// Cancels and joins what it held before.
    task& operator=(task&& other) noexcept {
        if (this != &other) {
            cancel_and_join();
            coroutine_ = std::exchange(other.coroutine_, nullptr);
            result_ = std::exchange(other.result_, nullptr);
        }
        return *this;
    }
    /// Cancels the coroutine and waits until it has ended. That wait is no cancellation point. Where it cannot wait (in
    /// a handler on a loop's thread, or in the coroutine itself) and the coroutine has not ended, the program ends.
    ~task() { cancel_and_join(); }

    [[nodiscard]] bool valid() const noexcept { return coroutine_ != nullptr; }

    /// Waits for the end. Returns the value, or throws the exception, that the coroutine ended with. Can be called
    /// again; on an rvalue the value is moved out.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  of the caller: throws cancelled; the task goes on, and can be joined later.
    /// Throws:        the coroutine's exception; errc::task_cancelled if it ended by being cancelled;
    ///                errc::resource_deadlock_would_occur in a coroutine that joins itself; errc::would_block_loop in a
    ///                handler on a loop's thread; cancelled.
    std::add_lvalue_reference_t<T> join() & { return read(deadline::never()); }
    T join() && { return std::move(*this).take(deadline::never()); }
    /// The same, waiting at most `d` or until `t`; then throws timeout_error, and the task goes on. A negative `d` is
    /// errc::invalid_argument.
    std::add_lvalue_reference_t<T> join_for(duration d) & { return read(detail::deadline_after(d)); }
    T join_for(duration d) && { return std::move(*this).take(detail::deadline_after(d)); }
    std::add_lvalue_reference_t<T> join_until(time_point t) & { return read(deadline(t)); }
    T join_until(time_point t) && { return std::move(*this).take(deadline(t)); }
    /// The same without waiting: where the value lies, or, of an rvalue, the value; nothing if the coroutine has not ended.
    /// For void: whether it has ended.
    [[nodiscard]] std::conditional_t<std::is_void_v<T>, bool, std::add_pointer_t<T>> try_join() & {
        if (!has_succeeded()) return {};
        if constexpr (std::is_void_v<T>)
            return true;
        else
            return result_(*coroutine_);
    }
    [[nodiscard]] detail::tried_join_t<T> try_join() && {
        if (!has_succeeded()) return {};
        if constexpr (std::is_void_v<T>)
            return true;
        else
            return std::move(*result_(*coroutine_));
    }

    /// Calls the token's handler, void(std::exception_ptr, T) or void(std::exception_ptr), with a copy of the value, or
    /// with the exception that join() throws. T is default-constructible, for the calls that failed. The handle must be
    /// kept until then: what it destroys before is errc::no_state. See <plait/runtime/async.hpp>.
    template <class Token>
    auto async_join(Token&& token) const& {
        return detail::async_perform(detail::async_task_join<T>(self(), result_), std::forward<Token>(token));
    }
    /// Not of a task that nobody keeps: for a coroutine that is the operation's own there is async_spawn.
    template <class Token>
    auto async_join(Token&& token) const&& = delete;

    /// Waits for the end, whatever it is, without taking or throwing the result. The timed forms return false if it has
    /// not come in time. Otherwise as join().
    void wait() const {
        detail::throw_unless_woken(self().join(deadline::never(), detail::cancellation::enabled), "task.wait");
    }
    [[nodiscard]] bool wait_for(duration d) const { return wait_until_deadline(detail::deadline_after(d)); }
    [[nodiscard]] bool wait_until(time_point t) const { return wait_until_deadline(deadline(t)); }

    /// Calls the token's handler, void(error_code), once the coroutine has ended, whatever the end is. The handle may go
    /// before. See <plait/runtime/async.hpp>.
    template <class Token>
    auto async_wait(Token&& token) const {
        return detail::async_perform(detail::async_task_wait(self()), std::forward<Token>(token));
    }

    /// True once the coroutine has ended. Never waits.
    [[nodiscard]] bool is_done() const { return self().has_ended(); }
    /// True once the coroutine has ended by being cancelled. Never waits.
    [[nodiscard]] bool is_cancelled() const {
        return self().has_ended() && coroutine_->how_it_ended() == detail::outcome::cancelled;
    }

    /// Cancels the coroutine: the park it is in and every later one throw `cancelled`. Does not wait. If it has not
    /// begun yet, its callable is never called. Nothing happens if it has ended.
    void cancel() const { self().cancel(); }

    /// Lets the coroutine go on by itself; the handle becomes empty.
    void detach() {
        self().detach();
        coroutine_ = nullptr;
    }

    [[nodiscard]] std::string_view name() const { return self().name(); }
    [[nodiscard]] std::uint64_t id() const { return self().id(); }

    /// For spawn.
    task(detail::coroutine& c, std::add_pointer_t<T> (*result)(detail::coroutine&)) noexcept
        : coroutine_(&c), result_(result) {}

private:
    friend struct detail::completion_access;
    friend struct detail::task_access;

    bool attach(detail::completion& c) const { return self().attach(c); }
    void detach(detail::completion& c) const noexcept { coroutine_->detach(c); }
    detail::outcome how_it_ended() const noexcept { return coroutine_->how_it_ended(); }
    const void* identity() const noexcept { return coroutine_; }

    detail::coroutine& self() const {
        if (!coroutine_) throw error(errc::no_state, "task");
        return *coroutine_;
    }
    void wait_for_end(deadline until) {
        detail::coroutine& c = self();
        if (!c.has_ended()) detail::throw_unless_woken(c.join(until, detail::cancellation::enabled), "task.join");
        if (c.how_it_ended() != detail::outcome::value) c.rethrow();
    }
    [[nodiscard]] bool wait_until_deadline(deadline until) const {
        detail::wait_state result = self().join(until, detail::cancellation::enabled);
        if (result == detail::wait_state::timed_out) return false;
        detail::throw_unless_woken(result, "task.wait");
        return true;
    }
    [[nodiscard]] bool has_succeeded() const {
        if (!self().has_ended()) return false;
        coroutine_->rethrow();
        return true;
    }
    std::add_lvalue_reference_t<T> read(deadline until) {
        wait_for_end(until);
        if constexpr (!std::is_void_v<T>) return *result_(*coroutine_);
    }
    T take(deadline until) && {
        wait_for_end(until);
        if constexpr (!std::is_void_v<T>) return std::move(*result_(*coroutine_));
    }
    void cancel_and_join() noexcept {
        detail::coroutine* c = std::exchange(coroutine_, nullptr);
        if (!c) return;
        if (!c->has_ended()) {
            c->cancel();
            c->join(deadline::never(), detail::cancellation::disabled);
        }
        c->report_if_unobserved();
        c->drop_result();
        c->release_ended();
    }

    detail::coroutine* coroutine_ = nullptr;
    std::add_pointer_t<T> (*result_)(detail::coroutine&) = nullptr; // where the value lies in the coroutine's body
};

} // namespace plait
