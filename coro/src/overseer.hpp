// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The thread beside the loops of a run, if the run has asked for one: it lets the watchdog look, and says what is still
// alive when a shutdown takes too long. It stays out of the loops' way, and goes on when they do not.

#include "watchdog.hpp"

#include <plait/runtime/event.hpp>

#include <mutex>
#include <optional>
#include <thread>

namespace plait::detail {

class overseer {
public:
    /// Starts the thread if `options` have work for it. The loops must outlive the overseer.
    overseer(const std::vector<std::unique_ptr<loop>>& loops, const run_options& options);
    ~overseer();
    overseer(const overseer&) = delete;
    overseer& operator=(const overseer&) = delete;

    /// The coroutines are being cancelled: the time that they have begins now, unless it has begun before. Any thread.
    void shutdown_begins();

private:
    void oversee();
    [[nodiscard]] bool is_over();
    [[nodiscard]] bool shutdown_is_late();
    void report_shutdown();
    [[nodiscard]] time_point next_look();

    const std::vector<std::unique_ptr<loop>>& loops_;
    std::optional<watchdog> watchdog_;
    std::optional<duration> shutdown_timeout_;
    std::function<void(const std::vector<coroutine_info>&)> on_shutdown_timeout_;

    std::mutex lock_;                              // guards these three
    time_point shutdown_ends_ = time_point::max(); // the end of time: it has not begun, or has been reported
    bool shutting_down_ = false;
    bool over_ = false;

    event changed_; // one of them
    std::thread thread_;
};

} // namespace plait::detail
