// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   holder dies ──sweep────▶ ┐
//                            ├──▶ RETURNED ──▶ in the order again
//   …                        ┘
//
// How messages come back without their holder's doing. Each of these may meet the others, and the holder, at any
// message; whoever wins the compare-and-swap of its word decides, and puts it into the order again. Whoever dies in
// between leaves RETURNED words of its own behind, which the sweep of its own death puts in.

#include "shared_queue.hpp"

namespace plait::ipc::detail {

/// Gives back what `dead` held, and frees what it had not put yet. Under the housekeeping lock, so that there is one
/// sweeper at a time; it may die at any step, and the next one begins again: what is done no longer looks like work.
void sweep_messages(shared_queue& queue, unsigned dead);

} // namespace plait::ipc::detail
