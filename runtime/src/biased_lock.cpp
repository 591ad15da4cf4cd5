// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/biased_lock.hpp>

#include <chrono>
#include <thread>

namespace plait::detail {

void biased_lock::give_bias() noexcept {
    uses_in_a_row_ = 0;
    if (!ever_favourite_ && has_heavy_fence()) ever_favourite_ = this_thread();
    // relaxed: it tells a thread something only if it is the thread's own address, and then it wrote it itself
    if (ever_favourite_ == this_thread()) favourite_.store(this_thread(), std::memory_order_relaxed);
}

void biased_lock::revoke() noexcept {
    // Until it has grown to this, a bias that is taken away each time costs some nanoseconds a use at most.
    constexpr std::uint32_t enough_uses = 1 << 16;
    if (uses_needed_ < enough_uses) uses_needed_ *= 2;

    favourite_.store(nullptr, std::memory_order_relaxed);
    // Only a sandbox that was entered after the start refuses. No processor keeps a store to itself for so long.
    if (!heavy_fence()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    // acquire; pairs with the release in section::leave()
    while (entered_.load(std::memory_order_acquire))
        std::this_thread::yield();
}

} // namespace plait::detail
