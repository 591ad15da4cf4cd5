// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Two ways to end a process at an exact instant of an operation: at the k-th marked step (the process kills itself in
// the step hook), and after the k-th instruction (the harness single-steps it with ptrace). At a step it can also be
// stopped, to go on later. An operation is what runs between `operation_begins()` and `operation_ends()`.

#include "support/child_program.hpp"

#include <string_view>

namespace crash {

// In the child.

/// How this child is to die; the first argument of every child of the harness.
///     step:K    at the K-th marked step of the operation
///     name:S    at the first step called S
///     stop:K    it does not die, but stops at the K-th marked step
///     single    the harness single-steps and kills
///     never
/// With `pause_first` in front of any of these, it stops before the operation, and begins when it is told to go on.
inline constexpr std::string_view pause_first = "pause,";
void prepare_to_die(const std::string& how);
void operation_begins() noexcept;
void operation_ends() noexcept;

// In the harness.

enum class end {
    killed,
    completed,
    overtaken, ///< it completed otherwise than it would have alone: while it was stopped, others took what it had put
};
/// The exit code of a child that was overtaken.
inline constexpr int was_overtaken = 98;

/// Whether a child has ended; it can be waited for all the same.
bool has_ended(const test::child& c);

/// The letter that the kernel has for what a child's main thread does.
char state_of(const test::child& c);
inline constexpr char sleeping = 'S', stopped = 'T';

/// Waits for a child that stops itself: whether it did, or has ended without.
bool wait_for_stop(const test::child& c);

/// Waits for a child that kills itself. Throws std::runtime_error if it ended in any other way.
end wait_for_end(test::child& c);

struct stepped {
    end how;
    long instructions; ///< of the operation, executed before the end
};
/// Runs a child made with `single` and kills it after `limit` instructions of its operation.
stepped single_step(test::child& c, long limit);
/// The same for any child of this process, which is left stopped after `limit` instructions. Returns how many were executed:
/// fewer if the operation has ended, and then the child goes on.
long step_into(pid_t pid, long limit);

} // namespace crash
