// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A child that is a copy of this very process.

#include "launch_block.hpp"

#include <plait/ipc/process_options.hpp>
#include <plait/runtime/detail/child_process.hpp>

#include <span>

namespace plait::ipc::detail {

/// Forks. The copy runs what `block` describes and ends; it never returns from here. Throws error(would_block_loop) on a
/// thread that runs a loop, error(resource_deadlock_would_occur) beside other threads, system_error.
[[nodiscard]] plait::detail::spawned_child fork_this_process(
    const launch_block& block, int theirs, const process_options& options, std::span<const int> descriptors);

} // namespace plait::ipc::detail
