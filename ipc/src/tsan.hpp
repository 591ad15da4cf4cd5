// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// ThreadSanitizer sees this process alone. Memory that goes to another process and comes back was handed over there by
// atomics that it did not see, and looks like a race. The first two calls tell it what the protocol guarantees:
// whoever takes a run of cells comes after everybody who let go of it.

#include <cstddef>
#include <cstdint>

#ifdef __SANITIZE_THREAD__
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
extern "C" void __tsan_mutex_pre_lock(void* address, unsigned flags);
extern "C" void __tsan_mutex_post_lock(void* address, unsigned flags, int recursion);
#endif

namespace plait::ipc::detail {

/// At a lease and at an allocation, for each cell of the run.
inline void tsan_taken(
    [[maybe_unused]] std::byte* first, [[maybe_unused]] std::uint32_t cells,
    [[maybe_unused]] std::uint32_t cell_bytes) noexcept {
#ifdef __SANITIZE_THREAD__
    for (std::uint32_t i = 0; i < cells; ++i)
        __tsan_acquire(first + std::size_t{i} * cell_bytes);
#endif
}

/// At a commit and at an ack, before the compare-and-swap.
inline void tsan_let_go(
    [[maybe_unused]] std::byte* first, [[maybe_unused]] std::uint32_t cells,
    [[maybe_unused]] std::uint32_t cell_bytes) noexcept {
#ifdef __SANITIZE_THREAD__
    for (std::uint32_t i = 0; i < cells; ++i)
        __tsan_release(first + std::size_t{i} * cell_bytes);
#endif
}

/// After pthread_mutex_clocklock, which the sanitizer of GCC 12 does not know.
inline void tsan_locked([[maybe_unused]] void* mutex) noexcept {
#ifdef __SANITIZE_THREAD__
    __tsan_mutex_pre_lock(mutex, 0);
    __tsan_mutex_post_lock(mutex, 0, 0);
#endif
}

} // namespace plait::ipc::detail
