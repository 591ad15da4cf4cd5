// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Fairness for operations that try before they wait: one that always succeeds at once would never let its loop go.

#include <cstdint>

namespace plait::detail {

class io_turns {
public:
    /// The caller has waited, and the loop has looked at its I/O.
    void waited() noexcept { without_wait_ = 0; }

    /// Before each operation. Once in many times lets the loop look at its I/O, and run what is ready; throws cancelled then.
    void next() {
        if (++without_wait_ >= most) let_loop_go_round();
    }

private:
    static constexpr std::uint32_t most = 64;

    void let_loop_go_round();

    std::uint32_t without_wait_ = 0;
};

} // namespace plait::detail
