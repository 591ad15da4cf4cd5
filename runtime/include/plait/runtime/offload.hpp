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

#include <plait/runtime/detail/future_operations.hpp>
#include <plait/runtime/detail/outside_call.hpp>
#include <plait/runtime/detail/pool_task.hpp>
#include <plait/runtime/thread_pool.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/system/error_code.hpp>

#include <concepts>
#include <mutex>
#include <type_traits>
#include <utility>

namespace plait {
namespace detail {

/// Gives a call to a pool, and waits for its end, even if it is cancelled.
template <class F>
struct async_pool_call {
    using result = std::invoke_result_t<F>;
    using get_result = async_future_get<result, true>;
    using signature = typename get_result::signature;

    pool_core& pool;
    F function;
    boost::intrusive_ptr<future_state<result>> state = nullptr;

    void begin() { state = submitted_state(pool, std::move(function)); }
    [[nodiscard]] raw_lock& lock() const noexcept { return future_state_base::waiting{state.get()}.lock(); }
    [[nodiscard]] wait_list& waiters() const noexcept { return future_state_base::waiting{state.get()}.waiters(); }
    bool attempt(std::unique_lock<raw_lock>& guard, party& who, bool was_woken) const noexcept {
        return future_state_base::waiting{state.get()}.attempt(guard, who, was_woken);
    }
    void pass_on(std::unique_lock<raw_lock>&) const noexcept {}

    [[nodiscard]] bool cancel() const noexcept { return state->cancel(); }
    template <class Handler>
    void complete(Handler&& handler, boost::system::error_code ec) {
        if (state->how_it_ended() != outcome::cancelled) ec = {}; // it ended otherwise nevertheless
        get_result(std::move(state)).complete(std::forward<Handler>(handler), ec);
    }
};

} // namespace detail

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

/// Calls the token's handler, void(std::exception_ptr, T) or void(std::exception_ptr), with what `f()` returns or throws,
/// called on a thread of the offload pool, or of `pool`. `f` is copied or moved, and destroyed before that. T is
/// default-constructible, for the calls that failed. See <plait/runtime/async.hpp>.
///
/// Cancellation:  of the operation: if `f` has not begun, it is not called; otherwise the next wait inside `f` throws
///                `cancelled`. The handler is called when `f` has ended: with asio::error::operation_aborted, unless it
///                ended otherwise nevertheless.
/// Throws:        errc::pool_shut_down, errc::pool_broken, what copying `f` throws; otherwise as every such call.
template <std::invocable F, class Token>
auto async_offload(thread_pool& pool, F&& f, Token&& token) {
    return detail::async_perform(
        detail::async_pool_call<std::decay_t<F>>{pool.core(), std::forward<F>(f)}, std::forward<Token>(token));
}
template <std::invocable F, class Token>
auto async_offload(F&& f, Token&& token) {
    return async_offload(offload_pool(), std::forward<F>(f), std::forward<Token>(token));
}

} // namespace plait
