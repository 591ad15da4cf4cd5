// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Waiting for descriptors: a coroutine's loop looks at them while it waits, the watcher for a plain thread.

#include <plait/runtime/detail/descriptor_alarm.hpp>
#include <plait/runtime/wait.hpp>

#include <span>
#include <utility>

namespace plait::detail {

/// Parks the caller until one of `descriptors` (at most 3) is ready or has failed, which it finds out by trying. Returns
/// woken, timed_out or cancelled. Throws errc::would_block_loop, system_error, std::bad_alloc.
[[nodiscard]] wait_state wait_for_descriptors(
    std::span<const awaited_descriptor> descriptors, deadline until, cancellation c = cancellation::enabled);

/// Performs an action (see descriptor_alarm.hpp) for the caller, who waits. `name`: for timeout_error.
template <class Action>
auto perform_action(Action action, deadline until, const char* name) {
    while (!action.attempt()) {
        const descriptors_awaited awaited = action.awaited();
        throw_unless_woken(wait_for_descriptors(awaited.all(), until), name);
    }
    return std::move(action.result);
}

} // namespace plait::detail
