// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Starting coroutines. A coroutine is an ordinary function on a stack of its own: nothing to annotate, and whatever it
// calls may wait. It runs on one loop, and with the other coroutines of that loop it takes turns: between two waits it
// has the thread to itself.

#include <plait/coro/task.hpp>

#include <cstddef>
#include <source_location>
#include <string>
#include <string_view>

namespace plait {

/// How a coroutine is spawned.
struct spawn_options {
    std::string_view name = {};           ///< for people; copied
    std::size_t stack_bytes = 256 * 1024; ///< the guard page included; rounded up to a power of two; 16 KiB to 1 GiB
    loop* on = nullptr;                   ///< nullptr: the caller's loop
};

/// Starts `f()` as a coroutine, and returns its task. Parent first: the caller goes on, the coroutine begins when its
/// loop comes to it. `f` is copied or moved into the coroutine and destroyed when it ends.
///
/// Blocks:        never.
/// Thread safety: with `options.on`, from any thread; without it, from a coroutine or a handler of a loop.
/// Throws:        errc::invalid_argument if there is no loop, or the stack is too large; errc::stack_exhausted; whatever
///                moving `f` throws.
template <class F>
auto spawn(F&& f, const spawn_options& options = {}, std::source_location site = std::source_location::current())
    -> task<std::invoke_result_t<std::decay_t<F>&>>;

/// Lets the other coroutines of this loop have a turn. On a plain thread, std::this_thread::yield. A cancellation
/// point: throws `cancelled`.
void yield();

namespace detail {
[[nodiscard]] loop& loop_to_spawn_on(const spawn_options& options);
}

template <class F>
auto spawn(F&& f, const spawn_options& options, std::source_location site)
    -> task<std::invoke_result_t<std::decay_t<F>&>> {
    using result = std::invoke_result_t<std::decay_t<F>&>;
    using body = detail::coroutine_body_of<std::decay_t<F>, result>;
    static_assert(!std::is_reference_v<result>, "a coroutine returns values: its result outlives its frame");
    static_assert(alignof(body) <= 64, "a callable that needs more than 64 bytes of alignment");

    detail::coroutine& c = detail::coroutine::create(
        detail::loop_to_spawn_on(options), {options.name, options.stack_bytes, site}, sizeof(body));
    try {
        c.set_body(*new (c.body_memory()) body(std::forward<F>(f)));
    } catch (...) {
        c.discard();
        throw;
    }
    c.start();
    if constexpr (std::is_void_v<result>)
        return {c, nullptr};
    else
        return {c, [](detail::coroutine& of) { return &static_cast<body*>(of.body())->result(); }};
}

} // namespace plait
