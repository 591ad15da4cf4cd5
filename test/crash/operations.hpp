// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The operations in which the harness kills: what the child does, and what its death may change.

#include "scene.hpp"

#include <span>

namespace crash {

struct operation {
    const char* name;
    const test::child_function* child; ///< its first argument says how it dies
    message_id subject;                ///< the message that the operation is about; 0: none
    fate if_killed;
    fate if_completed;
    /// What has to happen before the child starts; may be null.
    void (*before)(stage& s);
    /// More to check when the queue is accounted for; may be null.
    void (*after)(stage& s, std::vector<std::string>& wrong);
    bool single_step; ///< also killed after every instruction
};

[[nodiscard]] std::span<const operation> operations();

} // namespace crash
