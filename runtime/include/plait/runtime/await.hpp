// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// `plait::await` turns any asynchronous operation of Asio, or of a library in its style, into one that looks blocking:
//
//     std::size_t n = socket.async_read_some(buffer, plait::await);      // returns the result or throws
//     std::size_t m = socket.async_read_some(buffer, plait::await(ec));  // reports through ec
//     int x = co_spawn(loop::current()->context(), f(), plait::await);   // runs a boost::asio::awaitable<int>
//
// It parks the calling coroutine, and its loop goes on with others. On a plain thread it blocks the thread, and
// somebody else must run the operation's executor.
//
// Cancellation: the operation is asked to stop (its cancellation slot is emitted, terminal), and the park then waits for
// its handler, because the buffers live on the caller's stack. A result that arrived wins: it is returned, and the next
// park throws. A stream that is cancelled in the middle of a composed write is unusable. An operation of an executor
// other than the coroutine's own loop is not asked to stop, because Asio's cancellation is not thread-safe, and neither is
// one that a plain thread awaits; an operation that names no executor is taken for one of the loop's.

#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution/context_as.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace plait {

/// The type of `await`.
class await_t {
public:
    constexpr await_t() noexcept = default;
    /// The same token, reporting the operation's error_code through `ec` instead of throwing.
    [[nodiscard]] constexpr await_t operator()(boost::system::error_code& ec) const noexcept { return await_t(&ec); }
    [[nodiscard]] constexpr boost::system::error_code* error_target() const noexcept { return ec_; }

private:
    constexpr explicit await_t(boost::system::error_code* ec) noexcept : ec_(ec) {}
    boost::system::error_code* ec_ = nullptr;
};

/// The completion token that parks the caller.
inline constexpr await_t await{};

namespace detail {

/// One operation in flight, on the stack of the one that awaits it.
template <class... Results>
class await_frame : public waiter {
public:
    await_frame() noexcept : waiter("an operation it awaits", &await_frame::request_stop) {}

    std::optional<std::tuple<Results...>> results;
    boost::asio::cancellation_signal stop;
    bool stoppable = true;
    bool stop_requested = false;

private:
    static void request_stop(waiter& w) noexcept {
        auto& self = static_cast<await_frame&>(w);
        if (!self.stoppable) return;
        self.stop_requested = true;
        self.stop.emit(boost::asio::cancellation_type::terminal);
    }
};

/// The completion handler. Owns the right to wake the frame; if it is destroyed without having been called (its
/// executor was destroyed, or its results could not be moved), it wakes the frame without results.
template <class... Results>
class await_handler {
public:
    using cancellation_slot_type = boost::asio::cancellation_slot;

    explicit await_handler(await_frame<Results...>& frame) noexcept : frame_(&frame) {}
    await_handler(await_handler&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
    await_handler& operator=(await_handler&&) = delete;
    ~await_handler() {
        if (frame_) frame_->wake();
    }

    template <class... Args>
    void operator()(Args&&... args) {
        frame_->results.emplace(std::forward<Args>(args)...); // if that throws, the destructor wakes the frame
        std::exchange(frame_, nullptr)->wake();
    }

    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept { return frame_->stop.slot(); }

private:
    await_frame<Results...>* frame_;
};

/// True if `context` is that of the loop that the caller, a coroutine, runs on.
[[nodiscard]] bool is_context_of_own_loop(const boost::asio::execution_context& context) noexcept;

/// False for a plain thread, and if the operation says that it belongs to another executor than the caller's loop's.
template <class Initiation>
bool may_be_stopped(const Initiation& initiation) noexcept {
    if constexpr (requires { initiation.get_executor(); }) {
        using executor = std::decay_t<decltype(initiation.get_executor())>;
        using context_of = boost::asio::execution::context_as_t<boost::asio::execution_context&>;
        if constexpr (boost::asio::can_query_v<const executor&, const context_of&>)
            return is_context_of_own_loop(boost::asio::query(initiation.get_executor(), context_of()));
    }
    return party::current().what() == party::kind::coroutine;
}

/// True for a system_error with boost::asio::error::operation_aborted.
[[nodiscard]] bool is_operation_aborted(const std::exception_ptr& e) noexcept;

/// What the caller gets of the results: nothing, the only one, or a tuple.
template <class... Values>
auto unwrap(Values&&... values) {
    if constexpr (sizeof...(Values) == 0)
        return;
    else if constexpr (sizeof...(Values) == 1)
        return (std::forward<Values>(values), ...);
    else
        return std::tuple<std::decay_t<Values>...>(std::forward<Values>(values)...);
}
inline constexpr auto unwrap_all = [](auto&&... values) { return unwrap(std::move(values)...); };
inline constexpr auto unwrap_rest = [](auto&&, auto&&... values) { return unwrap(std::move(values)...); };

template <class... Results, class Initiation, class... InitArgs>
auto await_operation(await_t token, Initiation&& initiation, InitArgs&&... args) {
    using first = std::tuple_element_t<0, std::tuple<Results..., void>>;
    throw_if_park_would_block_loop("await in a handler on a loop's thread: use a coroutine");
    throw_if_cancelled();

    await_frame<Results...> frame;
    frame.stoppable = may_be_stopped(initiation);
    std::forward<Initiation>(initiation)(await_handler<Results...>(frame), std::forward<InitArgs>(args)...);
    // Not timed, and cancelling it only asks the operation to stop, so this returns when the handler has run.
    frame.park(deadline::never(), cancellation::enabled);
    if (!frame.results)
        throw error(errc::loop_stopped, "the operation's handler was destroyed before it could be called");

    auto& results = *frame.results;
    if constexpr (std::is_same_v<first, boost::system::error_code>) {
        boost::system::error_code ec = std::get<0>(results);
        if (ec == boost::asio::error::operation_aborted && frame.stop_requested) throw cancelled();
        if (token.error_target())
            *token.error_target() = ec;
        else if (ec)
            throw boost::system::system_error(ec);
        return std::apply(unwrap_rest, std::move(results));
    } else if constexpr (std::is_same_v<first, std::exception_ptr>) {
        if (frame.stop_requested && is_operation_aborted(std::get<0>(results))) throw cancelled();
        if (std::get<0>(results)) std::rethrow_exception(std::get<0>(results));
        return std::apply(unwrap_rest, std::move(results));
    } else {
        return std::apply(unwrap_all, std::move(results));
    }
}

} // namespace detail
} // namespace plait

template <class R, class... Args>
class boost::asio::async_result<plait::await_t, R(Args...)> {
public:
    template <class Initiation, class... InitArgs>
    static auto initiate(Initiation&& initiation, plait::await_t token, InitArgs&&... args) {
        return plait::detail::await_operation<std::decay_t<Args>...>(
            token, std::forward<Initiation>(initiation), std::forward<InitArgs>(args)...);
    }
};
