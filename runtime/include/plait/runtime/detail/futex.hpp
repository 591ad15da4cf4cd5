// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The one way a thread of plait sleeps: on a 32-bit word, woken by whoever changes it. `private` words belong to one
// process; `shared` words lie in memory that several processes map.

#include <plait/runtime/clock.hpp>

#include <atomic>
#include <cstdint>

namespace plait::detail {

enum class futex_scope { private_to_process, shared };

/// Sleeps while `word` holds `expected`, until woken, until `until` (steady clock), or for no reason at all.
/// Returns false only if `until` has passed.
bool futex_wait(
    const std::atomic<std::uint32_t>& word, std::uint32_t expected, deadline until, futex_scope scope) noexcept;

/// Wakes up to `count` sleepers and returns how many there were. The word may already be gone: a spurious wake of
/// whatever took its place is legal.
int futex_wake(const std::atomic<std::uint32_t>& word, int count, futex_scope scope) noexcept;

} // namespace plait::detail
