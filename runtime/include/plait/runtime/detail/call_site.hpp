// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Where in the program something was called, as far as the stack tells: a few return addresses, taken in about a
// microsecond, and put into words only when somebody asks. std::source_location cannot do it: the call that a lock
// sees stands in std::lock_guard.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace plait::detail {

class call_site {
public:
    /// Nowhere.
    call_site() noexcept = default;
    /// The stack of the caller.
    [[nodiscard]] static call_site here() noexcept;

    /// "buy(int) (shop.cpp:31)": the innermost function that is neither plait's nor the standard library's. Without debug
    /// information there is no file, and of a function that was inlined, the one it was inlined into. Allocates.
    [[nodiscard]] std::string describe() const;

private:
    // Enough for the way from the user's function through a guard of the standard library, compiled without optimisation.
    static constexpr std::size_t most_frames = 16;

    std::array<std::uintptr_t, most_frames> frames_; // the first `count_` are set
    std::size_t count_ = 0;
};

} // namespace plait::detail
