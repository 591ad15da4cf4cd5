// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   frame ─▶ │ caller's frame ──┼─▶ │ caller's frame ──┼─▶ …
//            │ return address   │   │ return address   │
//
// The functions on a stack, by the chain of frame pointers, which every function that was compiled with
// -fno-omit-frame-pointer keeps at a fixed place (System V ABI for x86-64, 3.2.2; the same on AArch64). One that was
// compiled without leaves the pointer alone, and is missing, or uses the register for something else: so nothing is
// believed that does not lie on the stack, above what came before.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace plait::detail {

/// Return addresses, innermost first: as many as are of use to people.
class frames {
public:
    /// Those of `frame`, as __builtin_frame_address gives it, and of its callers, as long as they lie below `top`. The
    /// stack must not be written to from `frame` on.
    frames(const void* frame, const void* top) noexcept;

    [[nodiscard]] std::span<const std::uintptr_t> return_addresses() const noexcept { return {found_.data(), count_}; }

private:
    std::array<std::uintptr_t, 64> found_; // the first `count_` are set
    std::size_t count_ = 0;
};

} // namespace plait::detail
