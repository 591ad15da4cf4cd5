// Copyright 2026 the plait authors. Boost Software License 1.0
#include "expiry.hpp"

#include <algorithm>

namespace plait::ipc::detail {
namespace {

lease_time steps(std::int64_t nanoseconds) noexcept {
    return std::min(
        (static_cast<std::uint64_t>(nanoseconds) + (1U << lease_step_bits) - 1) >> lease_step_bits, never_ends);
}

} // namespace

lease_time lease_time_now() noexcept {
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()) >> lease_step_bits;
}

lease_time lease_time_after(duration d) noexcept {
    duration now = std::chrono::steady_clock::now().time_since_epoch();
    return d > duration::max() - now ? never_ends : steps((now + d).count());
}

// Every access is sequentially consistent: the word of the message says TIMED before we look at the schedule, and who
// claims a look has changed the schedule before it looks at the words. So either that look sees the message, or we see
// the claim, and take `looking` away: then its end does not put the next look off.
void expiry_schedule::announce(lease_time end) noexcept {
    auto seen = word_.load(std::memory_order_seq_cst);
    while ((seen & 1) != 0 || seen >> 1 > end)
        if (word_.compare_exchange_weak(seen, std::min(seen >> 1, end) << 1, std::memory_order_seq_cst)) return;
}

std::uint64_t expiry_schedule::claim_look(lease_time now) noexcept {
    auto seen = word_.load(std::memory_order_seq_cst);
    if (seen == no_look || seen >> 1 > now) return 0;
    auto claimed = (now + retry_pause) << 1 | 1;
    if (!word_.compare_exchange_strong(seen, claimed, std::memory_order_seq_cst)) return 0;
    std::atomic_thread_fence(std::memory_order_seq_cst); // before the acquire loads of the words
    return claimed;
}

void expiry_schedule::end_look(std::uint64_t claimed, lease_time now, lease_time earliest) noexcept {
    auto next = std::clamp(earliest, now + least_pause, now + long_pause);
    if (!word_.compare_exchange_strong(claimed, next << 1, std::memory_order_seq_cst)) announce(next);
}

} // namespace plait::ipc::detail
