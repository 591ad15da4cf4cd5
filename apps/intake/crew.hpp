// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The worker processes: started, replaced when they die, and buried with the cause of their death.
//
// Replacing is bounded as in OTP supervisors: so many replacements in so long a time, then the next one waits until the
// time is over. Requests wait meanwhile; they are not lost.
//
// Thread safety: none; everything happens on the front's loop. Deaths are reported by another thread and posted there.

#include "handler.hpp"

#include <plait/ipc/process.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/runtime/clock.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/loop.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace plait::intake {

class crew {
public:
    static constexpr unsigned most_replacements = 50; ///< within …
    static constexpr std::chrono::seconds replacement_window{5};

    /// `home` is the loop that everything happens on.
    crew(loop& home, ipc::byte_queue requests, ipc::byte_queue replies, const handler_settings& handler);
    /// Kills the workers that are left.
    ~crew();
    crew(const crew&) = delete;
    crew& operator=(const crew&) = delete;

    /// Starts `count` workers. Blocks the thread for about half a millisecond each. Throws what starting throws.
    void start(unsigned count);

    /// Replaces workers that die, until retire(). Run it as a coroutine.
    void supervise();

    /// The workers will end by themselves; waits until they have. Blocks the calling coroutine.
    void retire();

    /// "was killed by SIGKILL", "exited with code 3": how a worker ended. Waits for the news, but not longer than a
    /// second; then it is "died". Blocks the calling coroutine.
    [[nodiscard]] std::string cause_of_death(pid_t worker);

    [[nodiscard]] unsigned deaths() const noexcept { return deaths_; }

private:
    struct member {
        ipc::process process;
        pid_t pid;
        std::string cause{}; // meaningful once `gone` is set
        event gone{};
    };
    [[nodiscard]] std::shared_ptr<member> start_one();
    void bury(const std::shared_ptr<member>& dead, int exit_code);
    void replace(std::shared_ptr<member>& place);
    void wait_for_intensity();

    loop& home_;
    ipc::byte_queue requests_, replies_;
    handler_settings handler_;
    std::vector<std::shared_ptr<member>> members_;
    std::deque<std::shared_ptr<member>> buried_; // the last of them, for those who ask for a cause
    std::deque<time_point> replacements_;        // when, within the window
    event changed_;                              // somebody died, or the crew retires
    unsigned deaths_ = 0;
    bool retiring_ = false;
};

/// "was killed by SIGKILL" for -9, "exited with code 3" for 3.
[[nodiscard]] std::string describe_end(int exit_code);

} // namespace plait::intake
