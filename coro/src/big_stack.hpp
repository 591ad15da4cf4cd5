// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A stack that is borrowed for one call. The coroutine, or thread, has it on top of its own, and of those that it borrowed
// before: a switch away from it and back finds its registers wherever they are.

#include <cstddef>

namespace plait::detail {

class stack_arena;

class big_stack {
public:
    explicit big_stack(stack_arena& arena);
    ~big_stack();
    big_stack(const big_stack&) = delete;
    big_stack& operator=(const big_stack&) = delete;

    [[nodiscard]] char* bottom() const noexcept;
    [[nodiscard]] char* top() const noexcept { return top_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return static_cast<std::size_t>(top() - bottom()); }
    /// The guard page included.
    [[nodiscard]] std::size_t stack_bytes() const noexcept;
    [[nodiscard]] bool guards(const void* address) const noexcept;

    /// The one that the calling coroutine, or thread, uses; nullptr if none. Async-signal-safe.
    [[nodiscard]] static const big_stack* current() noexcept;

private:
    static const big_stack*& innermost() noexcept;

    stack_arena& arena_;
    char* const top_;
    const big_stack*& innermost_;
    const big_stack* const outer_;
};

} // namespace plait::detail
