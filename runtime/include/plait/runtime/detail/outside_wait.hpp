// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// For a wait that the system ends, by way of a thread of the runtime's own: the end of a child program, a signal. The loop
// of a coroutine that waits so has I/O to come, although its io_context does not know of it.

#include <plait/runtime/loop.hpp>
#include <plait/runtime/wait.hpp>

namespace plait::detail {

/// While it exists, the loop of the coroutine that made it, if one did, does not stand still.
class [[nodiscard]] outside_wait {
public:
    outside_wait() noexcept : home_(party::current().home()) {
        if (home_) home_->begin_outside_wait();
    }
    ~outside_wait() {
        if (home_) home_->end_outside_wait();
    }
    outside_wait(const outside_wait&) = delete;
    outside_wait& operator=(const outside_wait&) = delete;

private:
    loop* home_;
};

} // namespace plait::detail
