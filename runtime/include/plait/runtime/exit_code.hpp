// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// How a child process ended, as one number: its exit code (0 to 255), -N if signal N ended it, or unknown_exit_code.

#include <limits>

namespace plait {

/// The exit code of a child whose exit status somebody else has taken.
inline constexpr int unknown_exit_code = std::numeric_limits<int>::min();

} // namespace plait
