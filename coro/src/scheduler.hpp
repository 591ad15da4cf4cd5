// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The coroutines of one loop. A coroutine that parks switches straight to the next one that is ready; the loop's own
// context runs only when none is, or when a batch is over and the I/O wants a look.

#include <plait/coro/detail/coroutine.hpp>

#include <atomic>
#include <functional>

namespace plait::detail {

class coroutine_scheduler final : public loop_extension {
public:
    explicit coroutine_scheduler(loop& home) noexcept : home_(home) {}
    ~coroutine_scheduler() override;

    /// The scheduler of `home`, made when it is needed first.
    static coroutine_scheduler& of(loop& home);

    /// The scheduler whose coroutine runs on this thread.
    static coroutine_scheduler* of_this_thread() noexcept { return this_thread_; }

    /// Leaves the running coroutine `c`, which somebody else has made, or will make, ready.
    void leave(coroutine& c) noexcept;
    /// Leaves the running coroutine `c` with its turn at the end of the queue.
    void yield(coroutine& c) noexcept;
    /// Leaves `c` for good.
    [[noreturn]] void leave_for_good(coroutine& c) noexcept;
    /// Enters `c` from the loop's own context; returns when control comes back to the loop.
    static void enter(ready_item& c) noexcept;

    void add_live(coroutine& c) noexcept;
    void remove_live(coroutine& c) noexcept;
    /// Cancels every coroutine that lives and each that begins from now on, and calls `when_empty` whenever the last
    /// one has ended. On the loop's thread.
    void close(std::function<void()> when_empty);
    [[nodiscard]] bool closing() const noexcept { return static_cast<bool>(when_empty_); }

    /// Counts one more, from any thread.
    void count_spawned() noexcept {
        if (of_this_thread() == this)
            spawned_here_.store(spawned_here_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        else
            spawned_elsewhere_.fetch_add(1, std::memory_order_relaxed);
    }
    /// How many were spawned, and how many of them have ended: the second is never ahead of the first.
    [[nodiscard]] std::uint64_t spawned() const noexcept {
        return spawned_here_.load(std::memory_order_relaxed) + spawned_elsewhere_.load(std::memory_order_relaxed);
    }
    // acquire; pairs with the release in remove_live(): who sees an end sees its spawn
    [[nodiscard]] std::uint64_t ended() const noexcept { return ended_.load(std::memory_order_acquire); }

    /// The registers of a coroutine that has not begun, on the stack below `top`.
    [[nodiscard]] static void* new_context(void* top, std::size_t bytes) noexcept;

private:
    void go_on_with(ready_item* next, coroutine& c) noexcept;
    void switch_to(execution& from, execution& to) noexcept;
    void arrive(execution& self, execution& from, void* from_context) noexcept;
    void bind_to_this_thread() noexcept;

    inline static thread_local coroutine_scheduler* this_thread_ = nullptr;

    loop& home_;
    execution root_;                               // the loop's own context
    coroutine* dead_ = nullptr;                    // left for good: released by whoever runs next
    exception_state* thread_exceptions_ = nullptr; // the loop's thread's: looked up once, a loop has one thread
    int* thread_errno_ = nullptr;
    std::atomic<std::uint64_t> spawned_here_{0}; // written by the loop's thread alone
    std::atomic<std::uint64_t> spawned_elsewhere_{0};
    std::atomic<std::uint64_t> ended_{0};
    coroutine* live_ = nullptr; // those that have begun and not ended
    std::function<void()> when_empty_;
};

} // namespace plait::detail
