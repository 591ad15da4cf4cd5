// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   watchdog ──post "are you there?"──▶ loop
//      │                                 │ answers when it next looks at the I/O
//      └─ no answer, and all the while the same coroutine has had the same turn: held
//
// Notices a loop that one coroutine, or one handler, holds. It asks each loop to answer; one that does not, and has not
// begun another turn either, is held. Loops pay for that with the answers alone.

#include "scheduler.hpp"

#include <plait/coro/run.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace plait::detail {

/// "loop 0 has been held for 120 ms by coroutine 17 'hog', spawned at …".
[[nodiscard]] std::string to_string(const stall& s);

class watchdog {
public:
    /// Calls `report` once for each hold of `limit` or longer. The loops must outlive the watchdog.
    watchdog(const std::vector<std::unique_ptr<loop>>& loops, duration limit, std::function<void(const stall&)> report);

    /// Looks at every loop. A hold is measured from one look to another, so several of them are needed within the limit.
    /// A look that comes later than the limit after the one before starts all measurements anew: then it was not the
    /// loops that stood still.
    void look(time_point now);

    /// Whether every loop has answered since the last look, or was reported.
    [[nodiscard]] bool is_settled() const noexcept;

    /// How far apart the looks should be.
    [[nodiscard]] duration interval() const noexcept { return limit_ / 4; }

private:
    struct watched {
        explicit watched(loop& l) : on(&l) {}

        void ask();
        void look(time_point now, watchdog& by);

        loop* on;
        std::shared_ptr<std::atomic<bool>> answered = std::make_shared<std::atomic<bool>>(true);
        std::uint64_t turn = 0;               // at the last look
        std::optional<std::uint64_t> held_by; // the id of the coroutine, 0 for a handler; none: not known yet
        time_point since;
        bool reported = false;
    };

    duration limit_;
    std::function<void(const stall&)> report_;
    std::vector<watched> loops_;
    time_point last_look_;
};

} // namespace plait::detail
