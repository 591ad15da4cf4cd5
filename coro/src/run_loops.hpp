// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What plait::run and plait::simulate have in common.

#include <plait/coro/run.hpp>

#include <functional>

namespace plait::detail {

/// Called on a loop on which nothing is left that could happen. Throws what the run is to end with.
using standstill_handler = std::function<void(loop&)>;

/// Runs `main` as the first coroutine of a run. With `on_standstill`, which is for one loop, the run ends also when
/// everything on it waits for something that cannot come. Coroutines that then do not end even when they are cancelled
/// are abandoned.
int run_loops(const std::function<int()>& main, const run_options& options, const standstill_handler& on_standstill);

} // namespace plait::detail
