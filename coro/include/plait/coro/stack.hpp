// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   spawn ──▶ [ stacks of 16 KiB ] [ 32 KiB ] … [ 256 KiB ] … [ 8 MiB ] … ◀── on_big_stack
//                  used · idle        each with guard pages below it
//
// The stacks of coroutines: what they take, how to give some of it back, and how to borrow a large one for a while.
//
// A stack takes address space when it is first needed and keeps it; memory it takes page by page, as far as it is used. When
// its coroutine is gone it is idle, and is used again, soon, with the memory that it has. That is bounded: of the idle stacks
// of one size, those above 1 GiB of address space (4,096 of 256 KiB) give their memory back at once, and so does the part
// of every larger stack than 1 MiB that is more than 256 KiB deep. The rest is given back by trim_stacks().

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

namespace plait {

/// The stacks of one size.
struct stack_stats {
    std::size_t stack_bytes = 0;    ///< of each, the guard page included
    std::size_t in_use = 0;         ///< by coroutines, and by on_big_stack
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

/// Gives the memory back to the kernel that the calling coroutine's stack has below what it uses now: for one that will wait
/// for long, after it has done something deep. Nothing to do for threads, and on a stack that on_big_stack has borrowed.
///
/// Blocks:        about 1 µs, and as long again when the memory is needed.
void trim_own_stack() noexcept;

/// How much stack the coroutines need that were spawned at one place.
struct stack_depth {
    std::source_location site;
    std::uint64_t coroutines = 0;  ///< that have been measured
    std::size_t deepest_bytes = 0; ///< of the one that needed most, in whole pages, the runtime's own part included
    std::size_t stack_bytes = 0;   ///< what that one had
};

/// Measures, or not, how deep the stacks get of the coroutines that are spawned from now on, for spawn_options::stack_bytes.
/// What on_big_stack borrows is not part of it. While it is on, a coroutine costs microseconds: its stack begins without
/// memory. Thread safety: any thread.
void measure_stack_depths(bool on) noexcept;

/// What has been measured of coroutines that are gone, their tasks too; the deepest first.
/// Thread safety: any thread.
/// Throws:        std::bad_alloc.
[[nodiscard]] std::vector<stack_depth> stack_depths();

/// Calls `f()` on a stack of at least `bytes`, the guard page included, and returns what it returns: for a recursion, or a
/// library, that needs more than a coroutine has. It remains the same coroutine, or thread: what it may wait for, its locks,
/// locals and cancellation are the same. What `f` throws is thrown here. It can be used inside itself.
///
/// Blocks:        as `f` does.
/// Thread safety: any coroutine, thread or handler.
/// Throws:        what `f` throws; errc::invalid_argument if `bytes` is above 1 GiB; errc::stack_exhausted.
/// Complexity:    tens of nanoseconds, and about 1 µs more for stacks above 1 MiB, besides the memory that `f` uses.
template <class F>
std::invoke_result_t<F> on_big_stack(F&& f, std::size_t bytes = 8 * 1024 * 1024);

namespace detail {

/// Calls `call(argument)`, which must not throw, on a stack of at least `bytes`.
void call_on_big_stack(std::size_t bytes, void (*call)(void*) noexcept, void* argument);

} // namespace detail

template <class F>
std::invoke_result_t<F> on_big_stack(F&& f, std::size_t bytes) {
    using result = std::invoke_result_t<F>;
    using kept = std::conditional_t<std::is_reference_v<result>, std::add_pointer_t<result>, result>;
    struct {
        std::remove_reference_t<F>* f;
        std::exception_ptr failure = {};
        std::optional<std::conditional_t<std::is_void_v<result>, bool, kept>> value = {};
    } call{std::addressof(f)};

    detail::call_on_big_stack(
        bytes,
        [](void* argument) noexcept {
            auto& c = *static_cast<decltype(call)*>(argument);
            try {
                if constexpr (std::is_void_v<result>)
                    std::forward<F> (*c.f)();
                else if constexpr (std::is_reference_v<result>)
                    c.value = std::addressof(std::forward<F>(*c.f)());
                else
                    c.value.emplace(std::forward<F>(*c.f)());
            } catch (...) {
                c.failure = std::current_exception();
            }
        },
        &call);
    if (call.failure) std::rethrow_exception(std::move(call.failure));
    if constexpr (std::is_reference_v<result>)
        return static_cast<result>(**call.value);
    else if constexpr (!std::is_void_v<result>)
        return std::move(*call.value);
}

} // namespace plait
