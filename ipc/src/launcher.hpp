// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Making a child, by each of the start methods. For one that is to end with its parent, on the monitor thread alone: see
// monitor.hpp.

#include "launch_block.hpp"

#include <plait/ipc/process_options.hpp>

#include <span>

namespace plait::ipc::detail {

/// A child that was started and that nobody has waited for yet.
struct started_child {
    pid_t pid = -1;
    plait::detail::unique_fd pidfd;
    plait::detail::unique_fd socket; ///< the parent's end: the child lives on as long as it is open, if it is a daemon
};

/// Starts a child that gets `block` and `descriptors`, which stay open in this process and are not duplicated in it
/// (closing a duplicate would drop record locks), and finds the surroundings that `options` describe; its limits are in
/// the block. Throws system_error naming the call that failed, and for other methods than spawn what start() says; then
/// there is no child.
[[nodiscard]] started_child
launch(const launch_block& block, std::span<const int> descriptors, const process_options& options = {});

/// Ends a child that cannot be kept, and waits for its end.
void abandon(const started_child& child) noexcept;

} // namespace plait::ipc::detail
