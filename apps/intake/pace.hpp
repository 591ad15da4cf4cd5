// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   begun:   1 ─────▶ 2          ▼ idle ▼        3 ─────▶
//   due:     ├──time──├──time──┤                 ├──time──┤      2 waited while 1 was worked on; 3 found nobody at work
//
// Work that takes a fixed time for each request, for a worker that does one after the other: exactly 1/time a second while
// requests wait, which sleeping for `time` would miss by what a sleep is late and the rest of the worker takes.

#include <plait/runtime/clock.hpp>

#include <chrono>

namespace plait::intake {

/// Says when such work is done. Reads no clock. Thread safety: none.
class pace {
public:
    /// When a request is done that is begun at `now` and takes `time`.
    [[nodiscard]] time_point due(time_point now, duration time) noexcept {
        const bool waited = now - ended_ <= longest_turn;
        due_ = saturating_add(waited && now - due_ <= most_made_up ? due_ : now, time);
        return due_;
    }
    /// It was done at `now`, which is then or later.
    void ended(time_point now) noexcept { ended_ = now; }

    /// A request that is begun so soon after another was waiting for it: the worker needs no longer to go on.
    static constexpr duration longest_turn = std::chrono::microseconds(100);
    /// What other processes cost a worker that has something to do is made up for, up to this.
    static constexpr duration most_made_up = std::chrono::milliseconds(10);

private:
    time_point due_{}, ended_{};
};

/// Blocks the thread until a request is done that is begun now and takes `time`, at the calling thread's pace.
void work_for(duration time);

} // namespace plait::intake
