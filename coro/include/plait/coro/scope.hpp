// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     std::string page = plait::in_scope([&](plait::scope& s) {
//         auto head = s.spawn([&] { return fetch(head_url); });
//         auto body = s.spawn([&] { return fetch(body_url); });
//         return head.join() + body.join();
//     });
//
//   in_scope ──┬── the body ───────────────╴╴┐
//              ├── child ───────────┤        ├── all have ended: go on, or throw
//              └── child ── child ──────────╴┘
//
// Structured concurrency: coroutines whose lives lie inside a block, like those of variables. in_scope returns when its body
// and all children have ended. So children may refer to what is around it, and to the scope; not to the body's own variables,
// which go when the body returns. As trio's nursery and asyncio's TaskGroup.
//
// Failures: the first exception that ends a child, or leaves the body, cancels the scope: all children, and the waits of the
// body. When all have ended, in_scope throws that exception; if others failed as well, on their way out, it throws all of
// them as an exception_group. None is lost. One exception that several threw, because they joined the one that failed, counts
// once. Being cancelled is no failure; nor, once the scope is cancelled, is errc::task_cancelled of a child that was joined.
//
// Cancellation from outside, by a task's cancel() or by a timeout, reaches the children when it reaches the party in which
// the scope is: at once, whatever the body does; a shield around the scope keeps both off, a shield in the body the body
// alone. A child is under the timeouts that are around the scope, wherever it runs (see current_deadline()). A child that is
// spawned when the scope has been cancelled is never called.

#include <plait/coro/detail/coroutine_group.hpp>
#include <plait/coro/exception_group.hpp>
#include <plait/coro/scoped_task.hpp>
#include <plait/coro/spawn.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace plait {

namespace detail {

/// What a child calls.
template <class F>
struct scope_call {
    F function;
    deadline until;

    decltype(auto) operator()() {
        if (until.is_never()) return std::invoke(function);
        cancel_scope inherited(until, cancel_scope::ends_with_another());
        return std::invoke(function);
    }
};

} // namespace detail

/// A running in_scope, for its body and its children.
class scope : private detail::coroutine_group {
public:
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;

    /// Starts `f()` as a child. As plait::spawn, whose options and errors it has; by default on the caller's loop. The handle
    /// need not be kept. Its join() throws the child's exception, which the scope throws as well; its cancel() cancels this
    /// child alone.
    ///
    /// Blocks:        never.
    /// Thread safety: the body and the children, on any loop; others as long as the scope cannot end meanwhile.
    /// Complexity:    a spawn; nothing is allocated for the scope.
    template <class F>
    auto spawn(F&& f, const spawn_options& options = {}, std::source_location site = std::source_location::current())
        -> scoped_task<std::invoke_result_t<std::decay_t<F>&>>;

    /// Cancels the children and the waits of the body, as a failure would, without being one. Never waits. Thread safety:
    /// as spawn().
    void cancel() noexcept;
    /// True once it was cancelled: by cancel(), a failure, or from outside.
    [[nodiscard]] bool is_cancelled() const noexcept;

private:
    template <class F>
    friend auto in_scope(F&& body) -> std::invoke_result_t<F, scope&>;

    struct child : member {
        using member::member;

        bool failed_late = false; // when the scope had been cancelled
        child* next_failed = nullptr;
    };
    // Makes the body cancel its waits, on its own loop.
    struct message : detail::ready_item {
        explicit message(scope& s) noexcept : ready_item(&message::deliver), to(s) {}
        static void deliver(ready_item& item) noexcept;

        scope& to;
    };
    struct body_waits : detail::cancel_scope {
        explicit body_waits(scope& s) noexcept : cancel_scope(&body_waits::on_cancel), of(s) {}
        static void on_cancel(cancel_scope& self) noexcept { static_cast<body_waits&>(self).of.cancel(); }

        scope& of;
    };

    scope();
    ~scope() = default;

    void member_ended(member& m, detail::outcome how) noexcept override;
    void cancel_body() noexcept;

    // By in_scope.
    void body_failed() noexcept;
    /// Waits until all children have ended. Throws what in_scope throws, except for the lack of a value.
    void join(bool body_returned);
    void throw_failures();

    detail::coroutine& body_;
    const deadline until_; // of the timeouts around
    message to_body_{*this};
    body_waits body_waits_{*this};

    // Under the lock of the group.
    bool cut_a_child_short_ = false; // by the cancellation of the scope
    child* first_failed_ = nullptr;
    child* last_failed_ = nullptr;
    std::exception_ptr body_failure_;
    child* failed_before_body_ = nullptr;
    bool body_failed_late_ = false;
};

/// Calls `body(s)` with a new scope, waits until all its children have ended, and returns what the body returned.
///
/// Blocks:        the calling coroutine. It must be called by one.
/// Cancellation:  cancels the children, waits for them, and throws `cancelled`. If nobody was cut short, because the body had
///                returned and each child came to its end, the result stands.
/// After cancel(): a body that was cut short by it has no value to return: errc::task_cancelled. If the body returns void,
///                that is an end like another.
/// Throws:        what a child, or the body, threw; exception_group if several did; errc::invalid_argument on a plain thread
///                and in a handler; cancelled. Failures go before cancellations.
template <class F>
auto in_scope(F&& body) -> std::invoke_result_t<F, scope&>;

template <class F>
auto scope::spawn(F&& f, const spawn_options& options, std::source_location site)
    -> scoped_task<std::invoke_result_t<std::decay_t<F>&>> {
    using call = detail::scope_call<std::decay_t<F>>;
    return scoped_task(spawn_member<child, true>(call{std::forward<F>(f), until_}, options, site));
}

template <class F>
auto in_scope(F&& body) -> std::invoke_result_t<F, scope&> {
    using result = std::invoke_result_t<F, scope&>;
    static_assert(!std::is_reference_v<result>, "a scope returns values: what they refer to may have ended with it");
    scope s;
    std::optional<std::conditional_t<std::is_void_v<result>, std::monostate, result>> returned;
    try {
        if constexpr (std::is_void_v<result>) {
            std::invoke(std::forward<F>(body), s);
            returned.emplace();
        } else
            returned.emplace(std::invoke(std::forward<F>(body), s));
    } catch (const cancelled&) { // which only says that others have something to say
        s.cancel();
    } catch (...) {
        s.body_failed();
    }
    s.join(returned.has_value());
    if constexpr (!std::is_void_v<result>) {
        if (!returned) throw error(errc::task_cancelled, "in_scope");
        return *std::move(returned);
    }
}

} // namespace plait
