// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The seam between plait::run and the layer that starts processes. A child process is the same program started anew;
// `run` asks, first thing, whether this is one. A program that starts no processes leaves the hook empty.

#include <optional>

namespace plait::detail {

/// Runs the callable that this process was started for and returns its exit code; nothing if this is no child.
inline std::optional<int> (*child_entry)() noexcept = nullptr;

} // namespace plait::detail
