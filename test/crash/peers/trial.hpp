// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   make an object ──▶ victim: the operation, killed after n instructions ──▶ survivor: goes on · hangs · finds damage · is refused
//
// One kill and what comes of it. Victim and survivor are forked from the harness, so they share what it has made.

#include "peer.hpp"

#include <chrono>
#include <string>

namespace crash {

enum class verdict {
    goes_on, ///< and everything is accounted for
    hangs,   ///< it had not ended after the time it was given
    damaged, ///< something is lost or not whole, or the survivor was ended by a signal
    refused, ///< each of several attempts was met with an error
};

struct outcome {
    long instructions;  ///< executed by the victim
    bool was_killed;    ///< otherwise the operation had ended before
    verdict afterwards; ///< of the survivor
    std::string why;    ///< what it said; empty if it goes on
    std::chrono::duration<double> took;
};

/// Kills after `instructions` of the operation, if it has as many, and lets a survivor try for `patience` at most.
[[nodiscard]] outcome try_once(const peer_operation& what, long instructions, std::chrono::milliseconds patience);

} // namespace crash
