// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   async_x ─▶ attempt ──done─────────────────────────────▶ handler
//                 │ must wait                    ▲
//                 ▼                              │
//        [ handlers of this process ] ──woken────┘
//                 ▲
//             doorbell, rung by another process: heard by the io_context that runs the handler, or by the monitor thread
//
// What a queue between processes does for a handler, described as plait::detail::async_perform wants it. It keeps the queue
// open. An attempt is the same function that the other faces use; it takes, and never waits.

#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace boost::asio {
class io_context;
}

namespace plait::ipc::detail {

class listening;
class queue_core;
struct wait_point;

/// What a handler can wait for.
enum class awaited { message, room, idle };

/// Where a handler waits.
class handler_wait {
public:
    handler_wait(std::shared_ptr<queue_core> core, awaited what) noexcept;
    handler_wait(handler_wait&& other) noexcept;
    ~handler_wait();

    [[nodiscard]] plait::detail::raw_lock& lock() const noexcept;
    [[nodiscard]] plait::detail::wait_list& waiters() const noexcept;
    void runs_on(boost::asio::io_context* context) noexcept { context_ = context; }

    /// Calls `once(operation)` until it returns true, or there is nothing to do but wait: then false, and `guard` is locked.
    /// Throws what `once` throws.
    bool
    attempt(std::unique_lock<plait::detail::raw_lock>& guard, bool was_woken, bool (*once)(void*), void* operation);
    void pass_on(std::unique_lock<plait::detail::raw_lock>& guard) const noexcept;
    /// The operation is over: it has its result, or was given up and has none.
    void end(bool given_up) noexcept;

private:
    [[nodiscard]] wait_point& point() const noexcept;

    std::shared_ptr<queue_core> core_;
    std::unique_ptr<listening> ear_; // while it waits
    boost::asio::io_context* context_ = nullptr;
    awaited what_;
};

/// Whether an attempt that failed so has to wait.
[[nodiscard]] bool has_to_wait(const boost::system::error_code& code) noexcept;

template <class T>
struct handler_signature {
    using type = void(boost::system::error_code, T);
};
template <>
struct handler_signature<void> {
    using type = void(boost::system::error_code);
};

/// `attempt()` returns a boost::system::result<T>.
template <class T, class Attempt>
class queue_operation {
public:
    using signature = typename handler_signature<T>::type;

    queue_operation(std::shared_ptr<queue_core> core, awaited what, Attempt attempt)
        : where_(std::move(core), what), attempt_(std::move(attempt)) {}

    [[nodiscard]] plait::detail::raw_lock& lock() const noexcept { return where_.lock(); }
    [[nodiscard]] plait::detail::wait_list& waiters() const noexcept { return where_.waiters(); }
    void runs_on(boost::asio::io_context* context) noexcept { where_.runs_on(context); }
    bool attempt(std::unique_lock<plait::detail::raw_lock>& guard, plait::detail::party&, bool was_woken) {
        auto once = [](void* self) { return static_cast<queue_operation*>(self)->try_once(); };
        return where_.attempt(guard, was_woken, once, this);
    }
    void pass_on(std::unique_lock<plait::detail::raw_lock>& guard) const noexcept { where_.pass_on(guard); }
    template <class Handler>
    void complete(Handler&& handler, boost::system::error_code ec) {
        where_.end(ec.failed());
        if (!ec && !*result_) ec = result_->error();
        if constexpr (std::is_void_v<T>)
            std::forward<Handler>(handler)(ec);
        else
            std::forward<Handler>(handler)(ec, ec ? T() : std::move(**result_));
    }

private:
    bool try_once() {
        result_.emplace(attempt_());
        return *result_ || !has_to_wait(result_->error());
    }

    handler_wait where_;
    Attempt attempt_;
    std::optional<boost::system::result<T>> result_;
};

template <class T, class Token, class Attempt>
auto async_queue_operation(std::shared_ptr<queue_core> core, awaited what, Attempt attempt, Token&& token) {
    return plait::detail::async_perform(
        queue_operation<T, Attempt>(std::move(core), what, std::move(attempt)), std::forward<Token>(token));
}

} // namespace plait::ipc::detail
