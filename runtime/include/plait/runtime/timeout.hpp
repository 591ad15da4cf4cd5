// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     std::string page = plait::timeout(2s, [&] { return fetch(url); });     // or throws timeout_error
//
//   timeout(10 s)  ├───────────────────────────────────────────────┤
//     timeout(2 s)      ├──────────┤ the inner one ends alone; the outer ends both
//
// A limit for everything that a piece of work waits for, instead of one for each wait. When it is over, the wait that the
// work is in, and each later one inside it, throws `cancelled`; what the work holds is released on the way out; and
// where that arrives at the timeout it becomes timeout_error. Timeouts nest: each ends what is inside it.

#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <functional>
#include <type_traits>
#include <utility>

namespace plait {

/// Returns `f()`, which may wait until `t` altogether.
///
/// Cancellation:  of the caller: `f`'s waits throw cancelled, and that passes through, even if the time is over as well.
/// A shield:      around the timeout does not hold it up; inside of `f` it does, until it ends.
/// Late results:  if `f` returns a value, or throws another exception, after `t`, that is what happens.
/// Plain threads: an operation of Asio that a plain thread awaits is not interrupted; plait's own waits are.
/// Throws:        timeout_error; what `f` throws.
template <class F>
std::invoke_result_t<F> timeout_at(time_point t, F&& f) {
    detail::cancel_scope scope((deadline(t)));
    try {
        return std::invoke(std::forward<F>(f));
    } catch (const cancelled&) {
        if (!scope.is_the_reason()) throw;
    }
    throw timeout_error("timeout");
}

/// The same, with a limit of `d` from now on. Throws errc::invalid_argument if `d` is negative.
template <class F>
std::invoke_result_t<F> timeout(duration d, F&& f) {
    return timeout_at(detail::deadline_after(d).at(), std::forward<F>(f));
}

/// When the first of the timeouts around the caller is over that can end what it does now: not one outside of a shield. One
/// that never comes if there is none. What a scope spawns is under the timeouts around the scope. For work that can be made
/// to fit, or a limit that is to be passed on to another program.
[[nodiscard]] inline deadline current_deadline() noexcept { return detail::party::current().first_deadline(); }

} // namespace plait
