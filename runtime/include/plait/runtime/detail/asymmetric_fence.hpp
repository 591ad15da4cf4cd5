// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     often:   a.store(1);  light_fence();  if (b.load()) …      costs nothing
//     rarely:  b.store(1);  heavy_fence();  if (a.load()) …      costs microseconds
//
// Two parties each write one word and then look at the other's: at least one of them sees what the other wrote. That
// takes a full fence on both sides, as a store is otherwise seen after the load that follows it; here the rare side pays
// for both, by making every running thread of the process execute one (membarrier(2), MEMBARRIER_CMD_PRIVATE_EXPEDITED).

#include <atomic>

namespace plait::detail {

/// The often-run side. Keeps the compiler from moving the load before the store; the rest is done by heavy_fence().
inline void light_fence() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

/// The rare side. False if the kernel refuses: then the caller must look again after a while.
[[nodiscard]] bool heavy_fence() noexcept;

/// False if heavy_fence() is known to fail here: kernels before 4.14, and some sandboxes.
[[nodiscard]] bool has_heavy_fence() noexcept;

} // namespace plait::detail
