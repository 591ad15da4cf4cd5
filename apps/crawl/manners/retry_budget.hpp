// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   success ──+1──▶ [ tenths of a retry: 0 … 100 ] ──−10──▶ one retry
//
// How many retries one host may cost: ten, and then one for ten fetches that succeed. A host that is about to die is asked
// a tenth more than without retries, and not three times as often.

#include <algorithm>
#include <cstdint>

namespace plait::crawl {

/// One byte. Thread safety: none.
class retry_budget {
public:
    static constexpr std::uint8_t most = 100, cost = 10, gain = 1;

    void succeeded() noexcept { tenths_ = static_cast<std::uint8_t>(std::min<int>(tenths_ + gain, most)); }
    /// Whether there is one; then it is taken.
    [[nodiscard]] bool take() noexcept {
        if (tenths_ < cost) return false;
        tenths_ = static_cast<std::uint8_t>(tenths_ - cost);
        return true;
    }
    /// How many there are.
    [[nodiscard]] unsigned left() const noexcept { return tenths_ / cost; }

private:
    std::uint8_t tenths_ = most;
};

} // namespace plait::crawl
