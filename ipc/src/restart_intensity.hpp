// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Whether there have been too many restarts lately.

#include <plait/runtime/clock.hpp>

#include <cstddef>
#include <deque>

namespace plait::ipc::detail {

class restart_intensity {
public:
    restart_intensity(std::size_t allowed, duration period) noexcept : allowed_(allowed), period_(period) {}

    /// Counts a restart at `now`, which never goes back. False if it is one too many: more than are allowed lie less than
    /// a period back.
    [[nodiscard]] bool allows(time_point now) {
        restarts_.push_back(now);
        while (now - restarts_.front() >= period_)
            restarts_.pop_front();
        return restarts_.size() <= allowed_;
    }

private:
    std::size_t allowed_;
    duration period_;
    std::deque<time_point> restarts_;
};

} // namespace plait::ipc::detail
