// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   look ── a task waits: note it ──▶ look ── it still waits: since it was noted ──▶ look ── it was started: so long it took
//
// How long the oldest of the tasks in a queue has waited, without a stamp on each of them: one is noted while it waits, the
// newest, and looked at again from time to time. Once it has been started, those that were before it have been, too; what it
// has waited stands for the next one until that has waited longer, or was started. Known as exactly as looks are frequent.

#include <plait/runtime/clock.hpp>

#include <algorithm>
#include <optional>

namespace plait::ipc::detail {

class waiting_age {
public:
    /// `any_wait`: there is a task that waits. `noted_waits`: the one that was noted does.
    [[nodiscard]] duration look(time_point now, bool any_wait, bool noted_waits) noexcept {
        if (noted_ && !noted_waits) {
            last_wait_ = now - *noted_;
            noted_.reset();
        }
        if (!any_wait) {
            noted_.reset();
            last_wait_ = duration::zero();
        }
        return noted_ ? std::max(last_wait_, duration(now - *noted_)) : last_wait_;
    }
    [[nodiscard]] bool has_noted() const noexcept { return noted_.has_value(); }
    void note(time_point now) noexcept { noted_ = now; }

private:
    std::optional<time_point> noted_;
    duration last_wait_ = duration::zero();
};

} // namespace plait::ipc::detail
