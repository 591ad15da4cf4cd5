// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The child's side of a start: recognising it, and running the callable.

#include "fork_server.hpp"
#include "launch_block.hpp"

#include <plait/ipc/callable.hpp>

#include <functional>
#include <optional>

namespace plait::ipc::detail {

/// The first call in a process that was started by `process::start` runs the callable and returns the exit code; every
/// other call returns nothing. Afterwards this process may start children itself.
[[nodiscard]] std::optional<int> run_as_child() noexcept;

/// The same in a copy of the parent: runs what `arrive` returns.
[[nodiscard]] int run_as_copy(const std::function<arrival()>& arrive) noexcept;

/// Throws error(callable_unknown).
[[nodiscard]] callable_entry find_callable(const code_location& where);

/// Throws error(not_a_child_program) unless run_as_child has been called in this process.
void require_entry_passed();

} // namespace plait::ipc::detail
