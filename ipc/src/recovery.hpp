// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   holder dies ──sweep────▶ ┐
//   limit passes ──expiry──▶ ├──▶ RETURNED ──▶ in the order again
//   operator ──eviction────▶ ┘ └▶ DEAD, if it was delivered often enough
//
// How messages come back without their holder's doing. Each of these may meet the others, and the holder, at any
// message; whoever wins the compare-and-swap of its word decides, and puts it into the order again. Whoever dies in
// between leaves RETURNED words of its own behind, which the sweep of its own death puts in.

#include "shared_queue.hpp"

#include <cstddef>

namespace plait::ipc::detail {

class attachment;

/// Gives back what `dead` held, and frees what it had not put yet. Under the housekeeping lock, so that there is one
/// sweeper at a time; it may die at any step, and the next one begins again: what is done no longer looks like work.
void sweep_messages(shared_queue& queue, attachment& in, unsigned dead);

/// Gives back the messages whose leases are over their limit, if it is time to look. Returns how many can be taken again.
std::size_t expire_leases(shared_queue& queue, attachment& in);

/// Takes every message away that `participant` holds on a lease when this is called. Returns how many there were.
std::size_t evict_leases(shared_queue& queue, attachment& in, unsigned participant);

} // namespace plait::ipc::detail
