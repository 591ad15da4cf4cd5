// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The choices of a seeded loop: which of the ready coroutines runs next, which of two equal deadlines comes first. Any
// good spread will do; what matters is that a seed repeats it.

#include <cstdint>

namespace plait::detail {

class seeded_random {
public:
    /// Any value; neighbouring ones give unrelated choices.
    void seed(std::uint64_t value) noexcept { state_ = (value * 2 + 1) * 0x9e3779b97f4a7c15u; }

    /// False until it is seeded: nothing is left to chance then.
    [[nodiscard]] explicit operator bool() const noexcept { return state_ != 0; }

    /// The next choice. Requires a seed.
    std::uint64_t next() noexcept {
        // xorshift64
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return state_;
    }

private:
    std::uint64_t state_ = 0;
};

} // namespace plait::detail
