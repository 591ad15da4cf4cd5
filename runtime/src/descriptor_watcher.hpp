// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   signals, ends of children, ─▶ [ epoll, on one thread ] ─▶ callbacks, which wake parties
//   pipes that threads wait for
//
// The one who looks at descriptors when no loop does: what must be noticed even if nobody waits (a child that ended is no
// zombie for long), what several parties wait for, and what plain threads wait for, who cannot sleep in poll(2) and be
// cancelled. Coroutines wait for pipes on their own loops.
//
// Its thread is started by the first use, runs until the program ends, and takes no signal. It costs nothing while nothing
// happens.

#include <plait/runtime/detail/syscall.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

namespace plait::detail {

class descriptor_watcher {
public:
    using watch_id = std::uint64_t;
    enum class repeat { once, always };

    /// Never destroyed.
    [[nodiscard]] static descriptor_watcher& instance();

    /// Calls `callback` on the watcher's thread when one of `events` (of epoll) holds for `fd`, once or each time, until
    /// unwatch(). The callback is short, neither throws nor blocks, and does not use the watcher. A descriptor can be
    /// watched once at a time. Any thread. Throws system_error, std::bad_alloc.
    watch_id watch(int fd, std::uint32_t events, repeat how_often, std::function<void()> callback);

    /// The callback does not run when this returns, and never again.
    void unwatch(watch_id id) noexcept;

private:
    struct entry {
        int fd;
        repeat how_often;
        std::function<void()> callback;
    };

    descriptor_watcher();
    void run() noexcept;
    void call(watch_id id) noexcept;

    unique_fd epoll_;
    std::mutex mutex_; // guards what follows; held while a callback runs
    watch_id last_id_ = 0;
    std::map<watch_id, entry> entries_;
};

} // namespace plait::detail
