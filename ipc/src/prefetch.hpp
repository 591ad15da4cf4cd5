// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Tells the processor which memory will be used soon, so that the lines are on their way from the other core while the
// message before is still being worked on. Never faults, whatever the address.

namespace plait::ipc::detail {

inline void prefetch_to_read(const void* memory) noexcept { __builtin_prefetch(memory, 0); }

/// The line comes as the only copy. For x86-64 spelled out: GCC takes the instruction only for processors it knows to have
/// it; on the others it does nothing.
inline void prefetch_to_write(const void* memory) noexcept {
#if defined(__x86_64__)
    asm volatile("prefetchw (%0)" : : "r"(memory));
#else
    __builtin_prefetch(memory, 1);
#endif
}

} // namespace plait::ipc::detail
