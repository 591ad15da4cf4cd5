// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   waiting ──begin──▶ running ──end──▶ ended
//      └──────────cancel──────────────────▲      (while it runs: its next park throws `cancelled`)
//
// Work that a worker runs for somebody who may lose interest. Exactly one of `begin` and `cancel` decides about work that
// waits. A worker that waits for other work may run that inside its wait; a cancellation reaches the work it was meant for
// alone.

#include <plait/runtime/detail/raw_lock.hpp>
#include <plait/runtime/wait.hpp>

#include <mutex>

namespace plait::detail {

class cancellable_work {
public:
    cancellable_work() noexcept = default;
    cancellable_work(const cancellable_work&) = delete;
    cancellable_work& operator=(const cancellable_work&) = delete;

    /// Claims the work for the calling worker. False if it has begun elsewhere, or was cancelled.
    [[nodiscard]] bool begin() noexcept;
    /// Ends what was begun. On the same thread, innermost first.
    void end() noexcept;

    /// Cancels the work. True if it waited, and now will never begin; false if it runs, or has ended.
    bool cancel() noexcept;
    /// True once it was cancelled, whether or not it had begun.
    [[nodiscard]] bool is_cancelled() const noexcept;

private:
    enum class phase : unsigned char { waiting, running, ended };

    void come_to_the_top(thread_party& here) noexcept;
    void make_room() noexcept;

    mutable raw_lock lock_;
    phase phase_ = phase::waiting;
    bool cancelled_ = false;
    thread_party* innermost_on_ = nullptr; // the thread whose innermost work this is
    cancellable_work* outer_ = nullptr;    // what runs further up on the same thread

    static inline constinit thread_local cancellable_work* current_ = nullptr;
};

} // namespace plait::detail
