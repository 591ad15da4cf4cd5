// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Chance that can be repeated: the same seed gives the same throws. Small, because every party carries its own.

#include <cstdint>

namespace plait::stress {

class dice {
public:
    explicit dice(std::uint64_t seed) noexcept : state_(seed) {}

    /// Any number; also the seed of further dice. (SplitMix64, by Sebastiano Vigna.)
    std::uint64_t next() noexcept {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// A number from `least` to `most`, both included.
    int between(int least, int most) noexcept {
        auto count = static_cast<std::uint64_t>(most - least) + 1;
        return least + static_cast<int>(next() % count);
    }

    /// True `percent` times in a hundred.
    bool chance(int percent) noexcept { return between(1, 100) <= percent; }

private:
    std::uint64_t state_;
};

} // namespace plait::stress
