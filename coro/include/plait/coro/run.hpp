// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     int main() {
//         return plait::run([] { … });
//     }
//
// The first statement of `main`: starts the loops and, on the first of them, the first coroutine. When that ends, the
// coroutines that are left are cancelled and waited for, and `run` returns. In a process that was started by
// plait::ipc::process, `run` runs that process's callable instead.
//
// The first loop is that of the calling thread; the others have threads of their own, named plait-loop-1 and so on. A
// run that asks for a watchdog or for a timely shutdown has one more, plait-overseer, which stays out of the way; one that
// is to be looked at on a signal has plait-dump.

#include <plait/coro/coroutine_info.hpp>
#include <plait/runtime/loop.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace plait {

/// A loop that has been held: nothing else of it had a turn, and its I/O was not looked at.
struct stall {
    const loop& on;
    duration held;                    ///< so far, or a little longer
    std::optional<coroutine_info> by; ///< nothing: handlers that the program gave to the io_context
};

struct run_options {
    unsigned loops = 1;                     ///< how many loops, each on a thread of its own; at least 1
    clock_source* clock = nullptr;          ///< for tests: a virtual clock; needs loops = 1
    std::optional<std::uint64_t> seed = {}; ///< for tests: the order in which ready coroutines run

    /// Looks for cycles of parties, coroutines and threads of the whole process, that wait for each other's locks. One
    /// of them gets an error that tells the whole cycle: errc::resource_deadlock_would_occur. Every lock then costs a few
    /// microseconds instead of nanoseconds. Locks are mutex, recursive_mutex and shared_mutex; a wait with a deadline,
    /// which ends by itself, is not part of a cycle, nor is a lock that was taken before the run began. Who gets the error
    /// keeps what it has until it unwinds; who then tries again should let the others have their turn first.
    bool detect_deadlocks = false;

    /// How long a coroutine or a handler may hold a loop before that is reported; at least 1 ms; zero: for ever. The
    /// time is real time, whatever `clock` says. Costs each loop four handlers in that time, and nothing else.
    duration watchdog = duration::zero();
    /// Called on the overseer's thread, once for each hold, while it lasts. It must not throw. Without one, a watchdog
    /// writes a line to stderr.
    std::function<void(const stall&)> on_stall = {};

    /// How long coroutines may take to end once they are cancelled, when the first of them has ended; none: for ever.
    std::optional<duration> shutdown_timeout = {};
    /// Called on the overseer's thread, once, with those that have begun and are alive when that time is over; the run
    /// goes on waiting for them. It must not throw. Without one, they are written to stderr and the program is
    /// terminated: there is no other way to end a coroutine that does not end.
    std::function<void(const std::vector<coroutine_info>&)> on_shutdown_timeout = {};

    /// A signal, SIGQUIT by custom, at which the run tells which loops have been held for 100 ms, and by whom, and what
    /// dump_all() says, and goes on; 0: none. It works though loops are held. The signal is taken as by a signal_set: send
    /// it to the process.
    int dump_on = 0;
    /// Called with that text on plait-dump, a thread of the run's. It must not throw. Without one, the text is written to
    /// stderr.
    std::function<void(const std::string&)> on_dump = {};
};

namespace detail {
int run_main(const std::function<int()>& main, const run_options& options);
}

/// Runs `f()` as the first coroutine and returns its value if that is an int, otherwise 0.
///
/// Blocks:  the calling thread, which becomes the first loop's, until every coroutine has ended.
/// Throws:  what `f` throws, or a handler on one of the loops, whichever is first: a handler that throws cancels the
///          coroutines and ends the run; errc::invalid_argument for zero loops, a virtual clock with more than one, a
///          watchdog of less than 1 ms, a negative shutdown_timeout, a dump_on that no signal_set can have, or inside or
///          beside another run of the process.
template <class F>
int run(F&& f, const run_options& options = {}) {
    return detail::run_main(
        [f = std::forward<F>(f)]() mutable -> int {
            if constexpr (std::convertible_to<std::invoke_result_t<std::decay_t<F>&>, int>)
                return f();
            else {
                f();
                return 0;
            }
        },
        options);
}

/// The loops of the running `run`, in order; empty outside of one. Thread safety: any thread, while the run lasts.
[[nodiscard]] std::span<loop* const> loops() noexcept;

} // namespace plait
