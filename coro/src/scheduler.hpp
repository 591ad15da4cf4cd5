// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The coroutines of one loop. A coroutine that parks switches straight to the next one that is ready; the loop's own
// context runs only when none is, or when a batch is over and the I/O wants a look.

#include <plait/coro/detail/coroutine.hpp>
#include <plait/runtime/detail/asymmetric_fence.hpp>
#include <plait/runtime/detail/counter.hpp>
#include <plait/runtime/detail/owner_lock.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace plait::detail {

class coroutine_scheduler final : public loop_extension {
public:
    explicit coroutine_scheduler(loop& home) noexcept : home_(home) {}
    ~coroutine_scheduler() override;

    std::size_t abandon() noexcept override;
    bool abandon(ready_item& item) noexcept override;
    void describe(dump& to) override;

    /// The scheduler of `home`, made when it is needed first.
    static coroutine_scheduler& of(loop& home) { return static_cast<coroutine_scheduler&>(home.extension(&make)); }

    /// The scheduler whose coroutine runs on this thread.
    static coroutine_scheduler* of_this_thread() noexcept { return this_thread_; }

    /// Leaves the running coroutine `c`, which somebody else has made, or will make, ready.
    void leave(coroutine& c) noexcept;
    /// Leaves the running coroutine `c` with its turn at the end of the queue.
    void yield(coroutine& c) noexcept;
    /// Leaves the running coroutine `spawner`, which has the next turn, for `child`, which has not begun.
    void run_first(coroutine& child, coroutine& spawner) noexcept;
    /// Leaves `c` for good.
    [[noreturn]] void leave_for_good(coroutine& c) noexcept;
    /// Enters `c` from the loop's own context; returns when control comes back to the loop.
    static void enter(ready_item& c) noexcept;

    void add_live(coroutine& c) noexcept;
    void remove_live(coroutine& c) noexcept;
    /// Cancels every coroutine that lives and each that begins from now on, and calls `when_empty` whenever the last
    /// one has ended. On the loop's thread.
    void close(std::function<void()> when_empty);
    /// Fences of its own thread that cost nothing are possible.
    [[nodiscard]] bool has_light_fences() const noexcept { return has_light_fences_; }
    [[nodiscard]] bool closing() const noexcept { return static_cast<bool>(when_empty_); }

    /// Counts one more, from any thread.
    void count_spawned() noexcept {
        if (loop::is_current(&home_))
            spawned_here_.add();
        else
            spawned_elsewhere_.fetch_add(1, std::memory_order_relaxed);
    }
    /// How many were spawned, and how many of them have ended: the second is never ahead of the first.
    [[nodiscard]] std::uint64_t spawned() const noexcept {
        return spawned_here_.get() + spawned_elsewhere_.load(std::memory_order_relaxed);
    }
    // acquire; pairs with the release in remove_live(): who sees an end sees its spawn
    [[nodiscard]] std::uint64_t ended() const noexcept { return ended_.load(std::memory_order_acquire); }

    /// Those that have begun and not ended, and the one of them that runs now, if any. From any thread, also while a
    /// coroutine holds the loop. Empty if the system does not allow it (it has no membarrier).
    [[nodiscard]] std::vector<coroutine_info> list();
    [[nodiscard]] std::optional<coroutine_info> running();

    /// The registers of a coroutine that has not begun, on the stack below `top`.
    [[nodiscard]] static void* new_context(void* top, std::size_t bytes) noexcept;

private:
    static std::unique_ptr<loop_extension> make(loop& home);
    void go_on_with(ready_item* next, coroutine& c) noexcept;
    void go_on_with_loop(ready_item* next, coroutine& c) noexcept;
    void switch_to(execution& from, execution& to, party* whose) noexcept;
    void switch_after_visit(execution& from, execution& to, void* context, party* whose) noexcept;
    void jump_to(execution& from, execution& to, void* context, party* whose) noexcept;
    static void let_go_of_dead() noexcept;
    void bind_to_this_thread() noexcept;
    template <class Visit>
    void visit_live(Visit visit);

    inline static thread_local constinit coroutine_scheduler* this_thread_ = nullptr;
    // Left for good: released by whoever runs next. The thread's, so that who comes back from a switch needs no scheduler.
    inline static thread_local constinit coroutine* dead_ = nullptr;

    loop& home_;
    const bool has_light_fences_ = has_heavy_fence();
    execution root_;                               // the loop's own context
    exception_state* thread_exceptions_ = nullptr; // the loop's thread's: looked up once, a loop has one thread
    int* thread_errno_ = nullptr;
    counter spawned_here_; // by the loop's thread
    std::atomic<std::uint64_t> spawned_elsewhere_{0};
    std::atomic<std::uint64_t> ended_{0};
    // Those who look on from other threads lock and read the list of those that have begun and not ended, newest first.
    owner_lock live_lock_;
    coroutine* live_ = nullptr;
    std::function<void()> when_empty_;
};

inline void coroutine_scheduler::add_live(coroutine& c) noexcept {
    {
        owner_lock::owner guard(live_lock_);
        c.next_live_ = live_;
        if (live_) live_->previous_live_ = &c;
        live_ = &c;
    }
    if (closing()) [[unlikely]]
        c.deliver_cancellation();
}

inline void coroutine_scheduler::remove_live(coroutine& c) noexcept {
    coroutine *next = c.next_live_, *previous = c.previous_live_;
    {
        owner_lock::owner guard(live_lock_);
        (previous ? previous->next_live_ : live_) = next;
        if (next) next->previous_live_ = previous;
    }
    // release; pairs with the acquire in ended()
    ended_.store(ended_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    if (closing()) [[unlikely]]
        if (!live_) when_empty_();
}

} // namespace plait::detail
