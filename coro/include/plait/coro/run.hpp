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

#include <plait/runtime/loop.hpp>

#include <concepts>
#include <functional>
#include <span>
#include <type_traits>
#include <utility>

namespace plait {

struct run_options {
    unsigned loops = 1;                     ///< how many loops, each on a thread of its own; at least 1
    clock_source* clock = nullptr;          ///< for tests: a virtual clock; needs loops = 1
    std::optional<std::uint64_t> seed = {}; ///< for tests: the order in which ready coroutines run

    /// Looks for cycles of parties, coroutines and threads of the whole process, that wait for each other's locks. One
    /// of them gets an error that tells the whole cycle: errc::resource_deadlock_would_occur. Every lock then costs a few
    /// microseconds instead of nanoseconds. Locks are mutex, recursive_mutex and shared_mutex; a wait with a deadline,
    /// which ends by itself, is not part of a cycle, nor is a lock that was taken before the run began.
    bool detect_deadlocks = false;
};

namespace detail {
int run_main(std::function<int()> main, const run_options& options);
}

/// Runs `f()` as the first coroutine and returns its value if that is an int, otherwise 0.
///
/// Blocks:  the calling thread, which becomes the first loop's, until every coroutine has ended.
/// Throws:  what `f` throws, or a handler on one of the loops, whichever is first: a handler that throws cancels the
///          coroutines and ends the run; errc::invalid_argument for zero loops, a virtual clock with more than one, or
///          inside another run.
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

/// The loops of the running `run`, in order; empty outside of one.
[[nodiscard]] std::span<loop* const> loops() noexcept;

} // namespace plait
