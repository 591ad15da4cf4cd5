// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   thread t{{.name = "chef"}, cook, menu};     started here
//   t.join();                                   its end, or the exception that escaped from cook
//
//     body ─▶ its locals go ─▶ its thread_local objects go ─▶ ended: joiners wake
//
// A thread of the operating system, with a name, that can be joined by threads and coroutines, and cancelled. Its handle
// owns it: who destroys it waits for the thread, so that no thread outlives what it refers to. That, and the end of the
// program (exit, or return from main), wait for every thread but the daemons: a daemon's handle may go while it runs, and
// the program may end before it does. A daemon must not use what the end of the program destroys.
//
// Every other thread of the program, the main thread among them, has the same face: thread::current() is whichever
// thread calls it.
//
// An exception that escapes is kept, and each join throws it. If it can no longer be joined through its handle (which was
// destroyed without a join, or let a daemon go), the exception goes to the handler of on_unhandled_exception.

#include <plait/runtime/event.hpp>
#include <plait/runtime/wait.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace plait {

struct thread_options {
    /// For people: reports, and, its first 15 bytes, what the system shows. Default: "thread-1", "thread-2", ….
    std::string name = {};
    bool daemon = false; ///< whether the program may end before it does
};

namespace detail {

class thread_state;

/// What a thread runs: the callable and its arguments.
class thread_body {
public:
    virtual ~thread_body() = default;
    virtual void run() = 0;
};

template <class F, class... A>
class thread_body_of final : public thread_body {
public:
    template <class G, class... B>
    explicit thread_body_of(G&& f, B&&... arguments)
        : callable_(std::forward<G>(f)), arguments_(std::forward<B>(arguments)...) {}
    void run() override {
        std::apply([this](A&... arguments) { std::invoke(std::move(callable_), std::move(arguments)...); }, arguments_);
    }

private:
    F callable_;
    std::tuple<A...> arguments_;
};

} // namespace detail

/// Refers to a thread, without owning it. Copies refer to the same thread. Thread safety: any thread.
class thread_ref {
public:
    /// Refers to none; every operation but valid() and == throws errc::no_state.
    thread_ref() noexcept = default;

    [[nodiscard]] bool valid() const noexcept { return state_ != nullptr; }

    /// Waits until the thread has ended and its thread_local objects are destroyed. Repeatable; by several at once.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  of the caller: throws cancelled; the thread goes on.
    /// Throws:        the exception that escaped; errc::task_cancelled if that was `cancelled`;
    ///                errc::resource_deadlock_would_occur on the thread itself; errc::would_block_loop in a handler on a
    ///                loop's thread; cancelled.
    void join() const { static_cast<void>(join_by(deadline::never())); }

    /// Waits at most `d`, or until `t`; try_join never waits. False if it has not ended by then. Otherwise as join(); a
    /// negative `d` is errc::invalid_argument.
    [[nodiscard]] bool join_for(duration d) const { return join_by(detail::deadline_after(d)); }
    [[nodiscard]] bool join_until(time_point t) const { return join_by(deadline(t)); }
    [[nodiscard]] bool try_join() const;

    /// Calls the token's handler, void(error_code), once the thread has ended; how it ended, try_join() then says. A
    /// handle of the thread must be kept until then. See <plait/runtime/async.hpp>.
    template <class Token>
    auto async_join(Token&& token) const {
        return ended().async_wait(std::forward<Token>(token));
    }

    [[nodiscard]] bool is_alive() const { return !ended().is_set(); }

    /// Cancels the thread: the wait it is in, on one of plait's primitives, and each later one throw `cancelled`. Does
    /// not wait. If it has not begun yet, its callable is never called. Nothing happens if it has ended. It does not
    /// reach the coroutines that run on the thread.
    void cancel() const;

    /// A number that no other thread of this process has had.
    [[nodiscard]] std::uint64_t id() const;
    [[nodiscard]] const std::string& name() const;
    /// Also true for threads that were not started by plait::thread, but not for the main thread.
    [[nodiscard]] bool is_daemon() const;
    [[nodiscard]] bool is_main() const;

    friend bool operator==(const thread_ref&, const thread_ref&) noexcept = default;

protected:
    friend class detail::thread_state;
    explicit thread_ref(std::shared_ptr<detail::thread_state> state) noexcept : state_(std::move(state)) {}

    [[nodiscard]] detail::thread_state& state() const;

    std::shared_ptr<detail::thread_state> state_;

private:
    [[nodiscard]] event& ended() const;
    [[nodiscard]] bool join_by(deadline until) const;
};

/// Owns a thread that runs.
class thread : public thread_ref {
public:
    /// Owns none.
    thread() noexcept = default;

    /// Starts a thread that calls `f(arguments...)`, all of which are copied or moved into it, and destroyed when the call
    /// has ended. What it returns is not used.
    ///
    /// Blocks:  never.
    /// Throws:  errc::invalid_argument if the name holds a zero byte; std::system_error if the system has no thread left;
    ///          what copying throws. Then there is no thread.
    template <class F, class... A>
    requires(
        !std::derived_from<std::remove_cvref_t<F>, thread_ref> &&
        !std::same_as<std::remove_cvref_t<F>, thread_options>) explicit thread(F&& f, A&&... arguments)
        : thread(thread_options{}, std::forward<F>(f), std::forward<A>(arguments)...) {}
    template <class F, class... A>
    requires std::invocable<std::decay_t<F>, std::decay_t<A>...>
    explicit thread(thread_options options, F&& f, A&&... arguments)
        : thread(
              std::move(options), std::make_unique<detail::thread_body_of<std::decay_t<F>, std::decay_t<A>...>>(
                                      std::forward<F>(f), std::forward<A>(arguments)...)) {}

    /// Waits until the thread has ended, unless it is a daemon. That wait is no cancellation point. Where it cannot wait
    /// (in a handler on a loop's thread, or on the thread itself), the program ends.
    ~thread() { let_go(); }
    thread(thread&& other) noexcept = default;
    /// Lets go, as the destructor does, of what it held before.
    thread& operator=(thread&& other) noexcept {
        if (this != &other) {
            let_go();
            state_ = std::move(other.state_);
        }
        return *this;
    }

    /// The calling thread.
    [[nodiscard]] static thread_ref current();
    /// The threads that are alive: those of plait::thread, the main thread, and those others that have called current().
    [[nodiscard]] static std::vector<thread_ref> enumerate();
    /// How many these are.
    [[nodiscard]] static std::size_t active_count();

private:
    thread(thread_options options, std::unique_ptr<detail::thread_body> body);
    void let_go() noexcept;
};

} // namespace plait
