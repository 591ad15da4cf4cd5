// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A lock that costs its owner, one thread that takes it all the time, two plain stores and a load, and everybody else,
// who takes it once in a while to look at what the owner keeps, a system call.
//
//      owner                              visitor
//      busy := 1                          wanted := 1
//      light fence                        heavy fence
//      wanted? ── then step back, wait    busy? ── then wait until the owner has left
//
// So either the owner sees that a visitor is there, or the visitor sees that the owner is inside.

#include <plait/runtime/detail/asymmetric_fence.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>

namespace plait::detail {

class owner_lock {
public:
    /// For the owner: one thread at a time, and the same one until another has been handed the whole object.
    void enter() noexcept {
        busy_.store(1, std::memory_order_relaxed);
        if (is_wanted()) [[unlikely]]
            enter_after_visitor();
    }
    /// For the owner: after a relaxed store that says what visitors must not look at from now on. True if there may be one
    /// who has not seen it; who comes later sees it.
    [[nodiscard]] bool is_wanted() const noexcept {
        light_fence(); // pairs with the heavy one in try_lock()
        // acquire; pairs with the release in unlock(): the visitor has read before the owner writes
        return wanted_.load(std::memory_order_acquire) != 0;
    }
    /// The same, and waits for them.
    void step_back() noexcept {
        while (is_wanted())
            [[unlikely]] wait_for_visitor();
    }
    // release; pairs with the acquire in try_lock()
    void leave() noexcept { busy_.store(0, std::memory_order_release); }

    /// For visitors, on any other thread. Returns false if the system has no membarrier; then nothing may be looked at.
    [[nodiscard]] bool try_lock() noexcept;
    void unlock() noexcept;

    /// The owner's guard.
    class [[nodiscard]] owner {
    public:
        explicit owner(owner_lock& lock) noexcept : lock_(lock) { lock_.enter(); }
        ~owner() { lock_.leave(); }
        owner(const owner&) = delete;
        owner& operator=(const owner&) = delete;

    private:
        owner_lock& lock_;
    };

private:
    void enter_after_visitor() noexcept;
    void wait_for_visitor() noexcept;

    std::atomic<std::uint32_t> busy_{0};
    std::atomic<std::uint32_t> wanted_{0};
    std::mutex visitors_;
};

} // namespace plait::detail
