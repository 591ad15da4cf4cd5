// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//    slab (one mapping, MAP_NORESERVE)
//   ┌────────────────────────┬────────────────────────┬───
//   │guard│    stack 0    ◀──│guard│    stack 1    ◀──│ …      the stacks grow towards their guards
//   └────────────────────────┴────────────────────────┴───
//
// Where coroutine stacks come from. Address space is reserved in slabs, stacks are cut from them, and every stack has two
// guard pages below it: with MADV_GUARD_INSTALL where the kernel has it (6.13 and later), which splits no mapping, so a
// million guarded stacks are a few lines in /proc/self/maps; with mprotect otherwise, and then vm.max_map_count bounds
// their number. A stack is never unmapped. A freed one is used again soon, last in first out, while its top pages are
// still in the cache; the memory of those above a watermark is given back to the kernel.

#include <plait/runtime/detail/raw_lock.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace plait::detail {

enum class guard_kind {
    madvise,  ///< MADV_GUARD_INSTALL
    mprotect, ///< a mapping of its own without access rights
    best,     ///< the better of the two that the running kernel has
};

/// That one.
[[nodiscard]] guard_kind best_guard_kind() noexcept;

inline constexpr std::size_t page = 4096;
inline constexpr std::size_t smallest_stack = 16 * 1024, large_stack = 1024 * 1024,
                             largest_stack = std::size_t(1) << 30;

/// Stacks of one size. Thread safety: any thread.
class stack_arena {
public:
    /// `stack_bytes` is the size of a stack with one page of its guard: a power of two, at least four pages.
    constexpr stack_arena(std::size_t stack_bytes, guard_kind guard) noexcept
        : stack_bytes_(stack_bytes),
          size_class_(std::countr_zero(stack_bytes) - std::countr_zero(smallest_stack)),
          guard_(guard) {}
    stack_arena(const stack_arena&) = delete;
    stack_arena& operator=(const stack_arena&) = delete;
    ~stack_arena();

    /// The upper end of a stack. Throws errc::stack_exhausted, naming the limit of the system that was met.
    [[nodiscard]] char* allocate();
    void release(char* top) noexcept;

    [[nodiscard]] std::size_t stack_bytes() const noexcept { return stack_bytes_; }
    /// The power of two that stack_bytes is, from smallest_stack on.
    [[nodiscard]] int size_class() const noexcept { return size_class_; }
    /// The lowest usable address of the stack that ends at `top`.
    [[nodiscard]] char* bottom(char* top) const noexcept { return top - stack_bytes_ + page; }
    /// True if `address` is in the guard below the stack that ends at `top`.
    [[nodiscard]] bool guards(const char* top, const void* address) const noexcept;

    /// Gives back, of a stack above large_stack that is freed, all but its uppermost 256 KiB.
    void give_depths_back(char* top) const noexcept;
    /// Gives the memory of all stacks back that are here, and says how many that are.
    std::size_t trim() noexcept;
    /// How many stacks there are, and how many of them are here.
    struct count {
        std::size_t cut, here;
    };
    [[nodiscard]] count how_many() noexcept;
    [[nodiscard]] std::size_t resident_bytes();
    /// From the lowest byte that has memory to the top of the stack that ends at `top`.
    [[nodiscard]] std::size_t used_bytes(char* top) const noexcept;
    /// Gives back what a stack that is used has in whole pages below `used`.
    void give_back_below(char* top, const char* used) const noexcept;
    /// Gives the memory of a stack back.
    void give_back(char* top) const noexcept;

private:
    // From one stack to the next: an odd number of pages. Were it a power of two, all the top pages would compete for a few
    // entries of the TLB, and a switch among a thousand coroutines would wait for the page tables.
    [[nodiscard]] std::size_t spacing() const noexcept;
    [[nodiscard]] std::size_t bytes_of_slab() const noexcept;
    // How many freed stacks keep their memory.
    [[nodiscard]] std::size_t watermark() const noexcept {
        return std::max<std::size_t>(1, (std::size_t(1) << 30) / stack_bytes_);
    }

    char* cut();
    void install_guard(char* bottom) const;

    const std::size_t stack_bytes_;
    const int size_class_;
    const guard_kind guard_;
    raw_lock lock_;
    std::vector<char*> slabs_;
    std::vector<char*> free_; // room for every stack is reserved when it is cut, so that release cannot fail
    std::size_t trimmed_ = 0; // so many of the first of them have no memory
    char* next_ = nullptr;    // the part of the newest slab that is not cut yet
    char* end_ = nullptr;
    std::size_t cut_count_ = 0;
};

/// One arena for each size. Never destroyed: threads and coroutines may outlive static destruction.
extern stack_arena* const arenas;

[[noreturn]] void throw_too_large(std::size_t stack_bytes);

/// The arena for stacks of at least `bytes`, one for each power of two. Throws errc::invalid_argument if `bytes` is
/// above largest_stack.
[[nodiscard]] inline stack_arena& arena_for(std::size_t bytes) {
    if (bytes > largest_stack) [[unlikely]]
        throw_too_large(bytes);
    return arenas[std::bit_width((std::max(bytes, smallest_stack) - 1) / smallest_stack)];
}

/// Those of arena_for().
[[nodiscard]] std::span<stack_arena> all_arenas();

/// Of the stacks of arena_for(): how many all threads together have at hand. Gives those of the calling thread to the arena.
[[nodiscard]] std::size_t stacks_at_hand(const stack_arena& arena) noexcept;
void hand_stacks_back(stack_arena& arena) noexcept;

/// As arena.allocate and arena.release, for one of arena_for(), through a small cache of the calling thread's own.
[[nodiscard]] char* allocate_stack(stack_arena& arena);
void release_stack(stack_arena& arena, char* top) noexcept;

/// Where the use of the stack begins that ends at `top`. Stacks end at the ends of pages, so without this the control blocks
/// of all coroutines would compete for the same few lines of the first-level cache. Neighbours are an odd number of pages
/// apart, so they are shifted by different numbers of lines, two by two, within the top page.
inline constexpr std::size_t most_colour = 2048;
[[nodiscard]] inline char* below_colour(char* top) noexcept {
    constexpr std::size_t step = 128;
    return top - reinterpret_cast<std::uintptr_t>(top) / page % (most_colour / step) * step;
}

} // namespace plait::detail
