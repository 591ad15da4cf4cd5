// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   spawn ──▶ [ stacks of 16 KiB ] [ 32 KiB ] … [ 256 KiB ] … [ 8 MiB ] …
//                  used · idle        each with a guard page below it
//
// The stacks of coroutines: what they take and how to give some of it back.
//
// A stack takes address space when it is first needed and keeps it; memory it takes page by page, as far as it is used. When
// its coroutine is gone it is idle, and is used again, soon, with the memory that it has. That is bounded: of the idle stacks
// of one size, those above 1 GiB of address space (4,096 of 256 KiB) give their memory back at once, and so does the part
// of every larger stack than 1 MiB that is more than 256 KiB deep. The rest is given back by trim_stacks().

#include <cstddef>
#include <vector>

namespace plait {

/// The stacks of one size.
struct stack_stats {
    std::size_t stack_bytes = 0;    ///< of each, the guard page included
    std::size_t in_use = 0;         ///< by coroutines
    std::size_t idle = 0;           ///< kept to be used again
    std::size_t reserved_bytes = 0; ///< address space
    std::size_t resident_bytes = 0; ///< in memory, idle ones included
};

/// For each size that has ever been used, smallest first. What other threads do meanwhile may be counted or not.
///
/// Blocks:        for the time in which the kernel looks at the page tables: about 2 ms for each GiB that has been used.
/// Thread safety: any thread.
/// Throws:        std::bad_alloc.
[[nodiscard]] std::vector<stack_stats> stack_statistics();

/// Gives the memory of idle stacks back to the kernel: of those that no thread keeps at hand, and of those that the calling
/// thread does. Each thread has at most 2,048 of each size at hand, and fewer of those above 256 KiB. Returns how many
/// stacks were idle.
///
/// Blocks:        about 1 µs for each of them.
/// Thread safety: any thread; a loop's stacks are at hand on the loop's thread.
std::size_t trim_stacks() noexcept;

} // namespace plait
