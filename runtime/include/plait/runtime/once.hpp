// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     plait::once_flag opened;
//     plait::call_once(opened, [&] { database = open(path); });
//
// Calls a function once, whoever comes first: threads and coroutines in any mix. The others wait until it has returned,
// and see what it wrote. If it throws, that is thrown at the one that called it, and the next one calls its own. After it
// has returned, call_once costs one load.

#include <plait/runtime/wait.hpp>

#include <atomic>
#include <functional>
#include <mutex>
#include <utility>

namespace plait {

class once_flag;

/// Calls f(args…) unless a call for this flag has returned before.
///
/// Blocks:        the calling coroutine, or the thread if there is none, while another calls.
/// Cancellation:  while it waits: nothing was called. In `f`: as any exception of `f`.
/// Asynchronously: `f` is the caller's, and may wait, so there is no such form; use async_spawn or async_offload.
/// Thread safety: any thread.
/// Throws:        what `f` throws; errc::resource_deadlock_would_occur inside of `f`, which would wait for itself;
///                errc::would_block_loop in a handler on a loop's thread, if it would have to wait; cancelled.
template <class F, class... Args>
void call_once(once_flag& flag, F&& f, Args&&... args);

class once_flag {
public:
    constexpr once_flag() noexcept = default;
    /// Nobody may be inside call_once, but for one that is just about to return.
    ~once_flag() { std::lock_guard caller_has_left(lock_); }
    once_flag(const once_flag&) = delete;
    once_flag& operator=(const once_flag&) = delete;

private:
    template <class F, class... Args>
    friend void call_once(once_flag& flag, F&& f, Args&&... args);

    struct entry;

    // acquire; pairs with the release in leave()
    [[nodiscard]] bool is_done() const noexcept { return done_.load(std::memory_order_acquire); }
    [[nodiscard]] bool enter(); // true if the caller has to call, and then to leave
    void leave(bool done) noexcept;

    std::atomic<bool> done_{false};
    detail::raw_lock lock_;                 // guards what follows
    const detail::party* caller_ = nullptr; // the one inside f
    detail::wait_list waiters_;
};

template <class F, class... Args>
void call_once(once_flag& flag, F&& f, Args&&... args) {
    if (flag.is_done() || !flag.enter()) return;
    try {
        std::invoke(std::forward<F>(f), std::forward<Args>(args)...);
    } catch (...) {
        flag.leave(false);
        throw;
    }
    flag.leave(true);
}

} // namespace plait
