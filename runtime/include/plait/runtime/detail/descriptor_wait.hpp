// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Waiting for descriptors: a coroutine's loop looks at them while it waits, the watcher for a plain thread.

#include <plait/runtime/wait.hpp>

#include <span>

namespace plait::detail {

enum class readiness { to_read, to_write };

struct awaited_descriptor {
    int fd; ///< in non-blocking mode; waited for by one party at a time
    readiness what;
};

/// Parks the caller until one of `descriptors` (at most 3) is ready or has failed, which it finds out by trying. Returns
/// woken, timed_out or cancelled. Throws errc::would_block_loop, system_error, std::bad_alloc.
[[nodiscard]] wait_state wait_for_descriptors(
    std::span<const awaited_descriptor> descriptors, deadline until, cancellation c = cancellation::enabled);

} // namespace plait::detail
