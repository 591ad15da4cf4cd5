// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     int x = co_await async_spawn([&] { return queue.get(); }, boost::asio::use_awaitable);
//
//   async_spawn ─▶ [ coroutine on a loop: f() ] ─▶ handler(exception, value)
//        cancelled ──────▶ cancelled, and its end awaited
//
// A coroutine as an asynchronous operation of Asio, as co_spawn makes one of an awaitable: for handlers and awaitables that
// have something to do which is written as if it blocked. The operation owns the coroutine: it ends before the handler is
// called, so it may refer to the frame of the awaitable that waits for it.

#include <plait/coro/detail/kept_spawn_options.hpp>
#include <plait/coro/detail/task_operations.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/async.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

namespace plait {
namespace detail {

/// Spawns when it is begun, which is later than it is made if the token says so, as use_awaitable does.
template <class F>
struct async_spawning {
    using result = std::invoke_result_t<F&>;
    using signature = typename async_join_signature<result>::type;

    F function;
    kept_spawn_options options;
    std::source_location site;
    task<result> spawned = {};

    void begin() { spawned = spawn(std::move(function), options.get(), site); }
    [[nodiscard]] coroutine* of() const noexcept { return task_access::coroutine_of(spawned); }
    [[nodiscard]] raw_lock& lock() const noexcept { return coroutine::waiting{of()}.lock(); }
    [[nodiscard]] wait_list& waiters() const noexcept { return coroutine::waiting{of()}.waiters(); }
    bool attempt(std::unique_lock<raw_lock>& guard, party& who, bool was_woken) const noexcept {
        return coroutine::waiting{of()}.attempt(guard, who, was_woken);
    }
    void pass_on(std::unique_lock<raw_lock>&) const noexcept {}

    /// Instead of giving up the wait: what has been cancelled ends, and is waited for.
    [[nodiscard]] bool cancel() const noexcept {
        spawned.cancel();
        return true;
    }
    template <class Handler>
    void complete(Handler&& handler, boost::system::error_code ec) {
        std::exception_ptr e = of()->failure();
        if (ec && spawned.is_cancelled())
            e = std::make_exception_ptr(boost::system::system_error(ec)); // as was asked for
        if constexpr (std::is_void_v<result>) {
            spawned = {}; // its stack may be used again by what the handler starts
            std::forward<Handler>(handler)(std::move(e));
        } else {
            result value = e ? result() : std::move(spawned).join();
            spawned = {};
            std::forward<Handler>(handler)(std::move(e), std::move(value));
        }
    }
};

} // namespace detail

/// Spawns `f()`, and calls the token's handler, void(std::exception_ptr, T) or void(std::exception_ptr), with what it returns
/// or throws. T is default-constructible, for the calls that failed. See <plait/runtime/async.hpp>.
///
/// Cancellation:  cancels the coroutine. The handler is called when that has ended: with asio::error::operation_aborted,
///                unless it ended otherwise nevertheless.
/// Throws:        as spawn(), and as every such call.
template <class F, class Token>
auto async_spawn(
    F&& f, const spawn_options& options, Token&& token, std::source_location site = std::source_location::current()) {
    return detail::async_perform(
        detail::async_spawning<std::decay_t<F>>{std::forward<F>(f), detail::kept_spawn_options(options), site},
        std::forward<Token>(token));
}
template <class F, class Token>
auto async_spawn(F&& f, Token&& token, std::source_location site = std::source_location::current()) {
    return async_spawn(std::forward<F>(f), spawn_options{}, std::forward<Token>(token), site);
}

} // namespace plait
