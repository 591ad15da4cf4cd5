// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// How deep stacks get, by the place that spawned their coroutines. A stack begins without memory, and in the end the kernel
// is asked which of its pages have some: nothing is written to it, and the coroutine runs as ever.

#include <atomic>
#include <cstddef>
#include <source_location>

namespace plait::detail {

class stack_arena;

inline std::atomic<bool> stack_depths_are_measured{false};

/// Notes how deep the stack that ends at `top` was used, by a coroutine that was spawned at `site`.
void note_stack_depth(const std::source_location& site, const stack_arena& arena, char* top) noexcept;

} // namespace plait::detail
