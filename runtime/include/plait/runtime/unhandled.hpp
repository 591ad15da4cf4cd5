// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Where an exception goes that nobody can observe any more: of a coroutine whose task was detached, of a callback. It is
// reported, never lost.

#include <cstdint>
#include <exception>
#include <functional>
#include <source_location>
#include <string_view>

namespace plait {

/// What is known of an exception that nobody can observe.
struct unhandled_exception {
    std::exception_ptr exception;
    std::string_view name;            ///< of what ended with it: a coroutine, "callback", "thread …"; may be empty
    std::uint64_t id;                 ///< the coroutine's; 0 if it was none
    const std::source_location& site; ///< where it was spawned, or the callback registered; line 0: not known
};

/// Sets what is called, on the thread where it happens, with an exception that nobody can observe any more. The handler
/// must neither throw nor wait. Without one, the exception is reported on stderr and the program is terminated.
/// Thread safety: any thread; an empty function restores the default.
void on_unhandled_exception(std::function<void(const unhandled_exception&)> handler);

namespace detail {
/// Calls the handler.
void report_unhandled(const unhandled_exception& e) noexcept;
} // namespace detail

} // namespace plait
