// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//        worker 17 begins      SIGKILL                 worker 21 begins      its answer is complete
//   ─────────┼────────────────────┼─────────────────────────┼────────────────────────┼─────
//                                 └──────────────── the time of recovery ────────────┘
//
// How long a request whose worker was killed waits for the answer of another one. Which request a worker was at is known
// from the front's --audit, which has a line for each request before a worker begins with it.

#include "histogram.hpp"
#include "ledger.hpp"
#include "own_front.hpp"

#include <plait/runtime/clock.hpp>

#include <cstddef>
#include <iosfwd>
#include <map>

#include <sys/types.h>

namespace plait::load {

using kills = std::map<pid_t, time_point>;

/// For so long, kills a worker of `of` with SIGKILL every so often, each of them in turn. Blocks the calling coroutine.
[[nodiscard]] kills kill_workers(duration length, duration every, const own_front& of);

struct recovery {
    std::size_t begun_again = 0; ///< requests that more than one worker began with
    std::size_t unexplained = 0; ///< of these, those whose first worker nobody had killed: there should be none
    histogram times{};           ///< of those that were answered with 200
};

/// Reads the lines of an audit, whose targets are "/ID". Throws std::runtime_error if one is no such line.
[[nodiscard]] recovery recovered(const kills& killed, std::istream& audit, const ledger& requests);

} // namespace plait::load
