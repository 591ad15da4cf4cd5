// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     plait::run([] {
//         auto addresses = plait::offload([&] { return resolve(name); });   // getaddrinfo blocks a thread, not the loop
//     });
//
// For calls that block a thread, or compute for long, in programs of coroutines. The offload pool has threads of its own,
// beside those of default_pool(), so that calls that block keep nobody from computing: up to 64, each started when
// there is a call and no idle thread. A call beyond that waits for its turn.

#include <plait/runtime/detail/outside_call.hpp>
#include <plait/runtime/thread_pool.hpp>

#include <concepts>
#include <type_traits>

namespace plait {

/// The pool that offload() uses. Made when it is first used, and shut down when the program ends; calls that have not
/// begun by then are dropped.
[[nodiscard]] thread_pool& offload_pool();

/// Chooses how offload_pool() is made; by default {.threads = 64, .on_demand = true, .name = "offload"}. Throws
/// errc::invalid_argument if it was made already, or an option is out of its range.
void set_offload_pool_options(thread_pool_options options);

/// Returns what `f()` returns or throws, called on a thread of the offload pool, or of `pool`; on one of them, `f` is
/// simply called.
///
/// Blocks:        the calling coroutine, or the thread if there is none, until `f` has ended.
/// Cancellation:  `f` may refer to the caller's stack, so the wait goes on until `f` has ended. If `f` has not begun, it is
///                not called, and `cancelled` is thrown; otherwise the next wait inside `f` throws it. A result that `f`
///                returns nevertheless is returned.
/// Throws:        what `f` throws; errc::would_block_loop in a handler on a loop's thread; errc::task_cancelled if `pool`
///                was shut down before `f` began; errc::pool_shut_down, errc::pool_broken.
template <std::invocable F>
auto offload(thread_pool& pool, F&& f) -> std::invoke_result_t<F&> {
    return detail::run_on_worker(pool.core(), f);
}
template <std::invocable F>
auto offload(F&& f) -> std::invoke_result_t<F&> {
    return offload(offload_pool(), f);
}

} // namespace plait
