// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//    any thread ──call(f)──▶ ┌─────────────────────┐ ──▶ f, one after the other
//    descriptors ──watch───▶ │ the monitor thread  │ ──▶ callback, once, when readable
//    every 100 ms ──tick───▶ │ (epoll, all signals │ ──▶ callback, each time
//                            │  blocked)           │
//                            └─────────────────────┘
//
// The one thread per process that looks after other processes: it starts them, learns of their end, and sweeps up after
// the dead. Processes are started here and nowhere else, because PR_SET_PDEATHSIG is tied to the *thread* that created
// the child: a child started by a pool thread would be killed when the pool shrinks.
//
// Order at exit: the monitor is created by its first use and never destroyed; its thread runs until the process is
// gone. So it outlives every static object, children do not see their creating thread end before the process does, and
// a callback may run while static objects are being destroyed. Whoever registers a callback therefore calls `unwatch`
// before anything that the callback uses goes away; `unwatch` is valid until the very end of the process.
//
// Callbacks are short, do not block, and do not throw (an exception out of a callback terminates the program).

#include <plait/runtime/clock.hpp>
#include <plait/runtime/detail/syscall.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace plait::ipc::detail {

class monitor {
public:
    /// Names one registration for ever: never used again. 0 names none.
    using watch_id = std::uint64_t;

    static constexpr duration tick_interval = std::chrono::milliseconds(100);

    /// The monitor of this process; the first call starts its thread. Throws system_error if that fails.
    [[nodiscard]] static monitor& instance();

    monitor(const monitor&) = delete;
    monitor& operator=(const monitor&) = delete;
    ~monitor() = delete;

    /// Runs `callback` once on the monitor thread when `fd` is readable or hung up; the registration is then over (the
    /// callback may register the descriptor again). `fd` stays open until then or until `unwatch`, and is watched once
    /// at a time. Throws system_error (EEXIST: watched already; EPERM: a regular file).
    [[nodiscard]] watch_id watch(int fd, std::function<void()> callback);

    /// Runs `callback` on the monitor thread every `tick_interval` (100 ms). With no tick registered there is no timer.
    [[nodiscard]] watch_id tick(std::function<void()> callback);

    /// Makes the ticks that are registered come at once, and not at their time: somebody has died, and what he held is
    /// waited for. Any thread.
    void tick_now() noexcept;

    /// Ends a registration: afterwards its callback neither runs nor will run, and what it captured is destroyed. Waits
    /// for a callback that is running, except on the monitor thread, where that callback is the caller. An id whose
    /// registration is over, or 0, is fine.
    void unwatch(watch_id id) noexcept;

    /// Runs `f` on the monitor thread, and waits for it; what it throws comes back. Blocks the thread, not just the
    /// coroutine: `f` is short. On the monitor thread it simply runs `f`.
    void call(std::function<void()> f);

    [[nodiscard]] bool on_monitor_thread() const noexcept;

    /// The number of its thread; 0 if there is none.
    [[nodiscard]] static pid_t thread_id() noexcept;

    class pause;
    /// In a forked child, which does not have the thread: the next use makes another monitor.
    static void forget_after_fork() noexcept;

private:
    using callback_ptr = std::shared_ptr<std::function<void()>>;

    struct descriptor_watch {
        int fd;
        callback_ptr callback;
    };

    // A call in progress; it lies on the stack of the caller, who waits for `done`.
    struct call_request {
        std::function<void()> f = {};
        std::exception_ptr failure = {};
        bool done = false;
    };

    monitor();

    void run() noexcept;
    void wait_for_events(std::vector<watch_id>& ready);
    void fire(watch_id id) noexcept;
    void run_calls() noexcept;
    void run_ticks() noexcept;
    void run_callback(std::unique_lock<std::mutex>& lock, watch_id id, callback_ptr callback) noexcept;
    void ring() noexcept;
    [[nodiscard]] int milliseconds_to_tick();

    plait::detail::unique_fd epoll_;
    plait::detail::unique_fd bell_; // an eventfd: there are calls, or the first tick was registered

    std::mutex mutex_; // guards everything below
    std::condition_variable changed_;
    watch_id last_id_ = 0;
    watch_id running_ = 0; // the registration whose callback runs now
    std::map<watch_id, descriptor_watch> watches_;
    std::map<watch_id, callback_ptr> ticks_;
    std::vector<call_request*> calls_;
    time_point next_tick_{}; // meaningful while ticks_ is not empty

    std::thread::id thread_;              // written before instance() returns for the first time
    std::atomic<pid_t> thread_number_{0}; // by the thread, first thing
};

/// While it exists, the monitor's thread, if there is one, does nothing and holds no lock. Not on that thread.
class monitor::pause {
public:
    pause();
    ~pause();
    pause(const pause&) = delete;
    pause& operator=(const pause&) = delete;

private:
    enum class stage : std::uint32_t { asked, rests, goes_on };

    monitor* rests_;
    std::atomic<stage> stage_{stage::asked};
    call_request rest_;
};

} // namespace plait::ipc::detail
