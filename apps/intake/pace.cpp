// Copyright 2026 the plait authors. Boost Software License 1.0
#include "pace.hpp"

#include <cerrno>
#include <ctime>

namespace plait::intake {
namespace {

time_point now() noexcept { return std::chrono::steady_clock::now(); }

/// steady_clock is CLOCK_MONOTONIC.
void sleep_until_exactly(time_point t) noexcept {
    const auto since_epoch = t.time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_epoch);
    const timespec at{seconds.count(), (since_epoch - seconds).count()};
    while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) {
    }
}

} // namespace

void work_for(duration time) {
    thread_local pace own;
    sleep_until_exactly(own.due(now(), time));
    own.ended(now());
}

} // namespace plait::intake
