// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What the forks of a task_group have in common: how many have not ended, the first failure, and who waits.

#include <plait/runtime/detail/block_cache.hpp>
#include <plait/runtime/detail/pool_core.hpp>
#include <plait/runtime/detail/raw_lock.hpp>
#include <plait/runtime/detail/work_item.hpp>
#include <plait/runtime/wait.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>

namespace plait::detail {

class task_counter {
public:
    task_counter() noexcept;
    task_counter(const task_counter&) = delete;
    task_counter& operator=(const task_counter&) = delete;

    void add() noexcept { unfinished_.fetch_add(1, std::memory_order_relaxed); }
    /// One has begun, on this worker; false if the group was cancelled, and it is not to be called.
    [[nodiscard]] bool begin() noexcept;
    /// One has ended. Afterwards the counter may be gone.
    void finish() noexcept;
    void fail(std::exception_ptr why) noexcept;

    void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
    [[nodiscard]] bool is_cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }

    /// Waits for the last to end. False if the caller was cancelled first.
    bool wait(cancellation c);
    /// The operation of waiting with a completion token; see perform().
    struct waiting {
        task_counter* of;

        [[nodiscard]] raw_lock& lock() const noexcept { return of->lock_; }
        [[nodiscard]] wait_list& waiters() const noexcept { return of->waiters_; }
        bool attempt(std::unique_lock<raw_lock>&, party&, bool) const noexcept { return of->all_have_ended(); }
        void pass_on(std::unique_lock<raw_lock>&) const noexcept {} // the last to finish has woken everybody
    };
    /// The first failure, if there was one; then the counter is as new. Once all have ended.
    [[nodiscard]] std::exception_ptr take_failure() noexcept;

    // acquire; pairs with the release in finish(): what they did is seen
    [[nodiscard]] bool all_have_ended() const noexcept { return unfinished_.load(std::memory_order_acquire) == 0; }

private:
    void help(pool_worker& here) noexcept;
    void sleep(pool_worker& here, pool_worker* thief) noexcept;

    std::atomic<std::uint64_t> unfinished_{0};
    std::atomic<bool> cancelled_{false};
    pool_worker* const owner_;                      // the worker that made the group, if one did
    const std::int64_t mark_;                       // how full its deque was
    std::atomic<pool_worker*> last_thief_{nullptr}; // the last other worker to begin one
    raw_lock lock_;                                 // guards what follows, and the end of the last
    wait_list waiters_;
    pool_worker* sleeper_ = nullptr;
    std::exception_ptr failure_;
};

template <class F>
class counted_task final : public work_item, public block_cached {
public:
    template <class Callable>
    counted_task(task_counter& counter, Callable&& f)
        : work_item(kind::fork, &counted_task::act_on), counter_(counter), function_(std::forward<Callable>(f)) {}

private:
    static void act_on(work_item& item, const error*) noexcept {
        std::unique_ptr<counted_task> self(static_cast<counted_task*>(&item));
        task_counter& counter = self->counter_;
        try {
            if (counter.begin()) std::move(self->function_)();
        } catch (...) {
            counter.fail(std::current_exception());
        }
        self.reset();
        counter.finish();
    }

    task_counter& counter_;
    F function_;
};

} // namespace plait::detail
