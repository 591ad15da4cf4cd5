// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   outside ──submit──▶ injection queue ──a handful──▶ ┌ worker: its deque ┐
//                                                      ├ worker: its deque ┤ ◀─ steal from each other
//   inside ──push──▶ the worker's own deque            └ worker: its deque ┘
//
// The engine of a thread_pool. A worker takes the newest of its own work, else a handful of what came from outside, else
// the oldest of another worker's. While its own work does not end, every 61st turn goes to the oldest, of what came from
// outside and of its own by turns, so that nothing waits for ever behind work that keeps bringing more.
//
// Idle workers. One that finds nothing searches for some microseconds and then sleeps, without a timeout. Whoever adds
// work wakes a sleeper, unless somebody searches already; a searcher that finds work, and was the last to search, wakes
// the next one if there is more. So a burst of any length costs one wake-up at a time, and none is lost: who adds work
// writes it and then looks for searchers and sleepers; who goes to sleep says so and then looks for work; both
// sequentially consistent. A worker whose thread was not started yet counts as asleep, and waking it starts the thread.
//
// Joins. A worker that waits for a piece of its own work, which another has stolen, helps that thief with what it brought
// forth since, and with nothing else (leapfrogging, Wagner and Calder, PPoPP 1993): its stack grows no deeper than that of
// a program without workers, and it is not held up by work that has nothing to do with what it waits for.

#include <plait/runtime/detail/injection_queue.hpp>
#include <plait/runtime/detail/raw_lock.hpp>
#include <plait/runtime/detail/spin.hpp>
#include <plait/runtime/detail/work_deque.hpp>
#include <plait/runtime/detail/work_item.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/wait.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace boost::asio {
class execution_context;
}

namespace plait::detail {

class cancellable_work;
class pool_core;
class pool_worker;
class task_counter;

class dump;

/// A counter that one thread writes and others read.
class tally {
public:
    void add(std::uint64_t n) noexcept { value_.store(value() + n, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// A piece of work on the stack of a worker, which pushes it, goes on, and then takes it back or joins it.
class stack_fork : public work_item {
protected:
    stack_fork(pool_worker& owner, function f) noexcept : work_item(kind::fork, f), owner_(owner) {}

    /// For `act`, on the thief: before and after the work. After `end` the fork is gone.
    void begin() noexcept;
    void end() noexcept;

private:
    friend class pool_worker;

    enum state : std::uint32_t { not_done, owner_sleeps, done };

    pool_worker& owner_;
    std::atomic<pool_worker*> thief_{nullptr};
    std::atomic<std::uint32_t> state_{not_done};
};

/// One thread of a pool.
class pool_worker {
public:
    pool_worker(pool_core& pool, std::size_t index) noexcept : pool_(pool), index_(index) {}
    pool_worker(const pool_worker&) = delete;
    pool_worker& operator=(const pool_worker&) = delete;

    /// The worker that the caller is; nullptr on other threads, and in a coroutine, whose loop a join must not block.
    [[nodiscard]] static pool_worker* current() noexcept { return party::in_coroutine() ? nullptr : current_; }

    [[nodiscard]] pool_core& pool() const noexcept { return pool_; }

    template <class Stats>
    void add_counters_to(Stats& sum) const noexcept {
        sum.submitted += pushed_.value() - set_aside_.value();
        sum.run += ran_.value();
        sum.stolen += stolen_.value();
        sum.sleeps += sleeps_.value();
        sum.wakes += woken_.load(std::memory_order_relaxed);
        sum.queued += deque_.size();
    }

    /// Adds a line about the thread, if it is there. Any thread.
    void describe(dump& to);

    // What follows is for the worker's own thread.

    /// Adds to the worker's own deque. Throws std::bad_alloc.
    void push(work_item& item);
    /// Takes `fork`, the newest fork that this worker pushed, back. False if it was stolen: then `join` it.
    [[nodiscard]] bool take_back(stack_fork& fork) noexcept {
        for (;;) {
            work_item* item = deque_.pop();
            if (item == &fork) [[likely]]
                return true;
            if (!item) return false;
            help_with(*item); // came later, and nobody joins it here
        }
    }
    /// Waits for the end of a fork that was stolen, and helps the thief.
    void join(stack_fork& fork) noexcept;

private:
    friend class cancellable_work;
    friend class task_counter;
    friend class pool_core;
    friend class stack_fork;

    /// The body of the thread.
    void work() noexcept;
    /// The next item; nullptr once the pool has ended.
    work_item* next() noexcept;
    work_item* take_turn() noexcept;
    /// For one that is counted as searching; sleeps between searches.
    work_item* search_or_sleep() noexcept;
    work_item* take_oldest_from_outside() noexcept;
    /// One look at everything that is not the worker's own.
    work_item* search() noexcept;
    /// Takes a handful of what came from outside, keeps all but the first in the deque.
    work_item* fetch() noexcept;
    void run(work_item& item) noexcept;
    /// Runs `item` inside a wait if it is a fork, otherwise leaves it to a worker that does not wait.
    void help_with(work_item& item) noexcept;
    /// Steals one item of `thief`'s and helps with it; false if there is none.
    bool leapfrog(pool_worker* thief) noexcept;
    /// Sleeps until unpark(), or until `thief` has pushed work; perhaps for no reason at all.
    void park_as_joiner_of(pool_worker* thief) noexcept;
    /// For one who waits: helps `thief`, or spins. True once something was done or `is_done()`; false: it is time to sleep.
    template <class IsDone>
    bool help(pool_worker* thief, IsDone is_done) noexcept {
        return leapfrog(thief) ||
               join_spin_.until(
                   [&] { return is_done() || (thief && !thief->deque_.empty()); }, [] { return std::size_t{0}; });
    }

    void park() noexcept;
    void unpark() noexcept;

    static inline constinit thread_local pool_worker* current_ = nullptr;

    pool_core& pool_;
    const std::size_t index_;
    work_deque deque_;
    std::atomic<pool_worker*> joiner_{nullptr}; // one that sleeps until there is something here to help with
    std::uint32_t turns_since_fetch_ = 0;
    std::uint32_t random_ = 0;
    cancellable_work* running_ = nullptr; // the innermost
    spin search_spin_, join_spin_;
    tally pushed_, set_aside_, ran_, stolen_, sleeps_;
    raw_lock party_lock_; // guards the next
    const thread_party* party_ = nullptr;

    alignas(64) std::atomic<std::uint32_t> parker_{0};
    std::atomic<bool> idle_{false};       // in the pool's list of sleepers; written under its lock
    pool_worker* next_idle_ = nullptr;    // guarded by that lock
    bool started_ = false;                // the same
    std::atomic<std::uint64_t> woken_{0}; // by wakers, relaxed
};

struct pool_settings {
    std::size_t threads;
    bool on_demand;
    std::string name;
    std::function<void()> initialiser;
};

class pool_core {
public:
    /// Starts the threads, or the first one. Throws std::system_error if that fails.
    explicit pool_core(pool_settings settings);
    /// Requires that the pool has ended.
    ~pool_core();
    pool_core(const pool_core&) = delete;
    pool_core& operator=(const pool_core&) = delete;

    [[nodiscard]] std::size_t size() const noexcept { return workers_.size(); }
    [[nodiscard]] const pool_settings& settings() const noexcept { return settings_; }
    [[nodiscard]] boost::asio::execution_context& asio_context() noexcept { return *asio_context_; }

    /// True on one of the pool's threads.
    [[nodiscard]] bool runs_here() const noexcept {
        return pool_worker::current_ && &pool_worker::current_->pool_ == this;
    }

    /// Gives `item` to the pool: to the calling worker's own deque if it is one of this pool's, otherwise to the injection
    /// queue. Throws errc::pool_shut_down or errc::pool_broken, and std::bad_alloc; then nothing was given.
    void submit(work_item& item);
    /// The same; false instead of the errors.
    [[nodiscard]] bool try_submit(work_item& item);

    /// Refuses what comes from outside. What is there is run; `drop`: it is dropped, with that reason.
    void close(std::optional<error> drop_reason) noexcept;
    /// Waits until all work is done and the threads have ended. After close().
    void join();
    /// Set when all work is done.
    [[nodiscard]] event& end() noexcept { return all_done_; }

    /// To be called after a push.
    void announce() noexcept {
        // seq_cst: after the push; see the top of this file
        std::uint32_t s = idle_state_.load(std::memory_order_seq_cst);
        if (s >= one_sleeping && s % one_sleeping == 0) wake_one();
    }

    /// The counters, as thread_pool_stats.
    template <class Stats>
    [[nodiscard]] Stats count() const noexcept {
        Stats sum;
        sum.submitted = injected_.pushed();
        sum.queued = injected_.size();
        sum.threads = started_.load(std::memory_order_relaxed);
        std::uint32_t idle = idle_state_.load(std::memory_order_relaxed);
        sum.busy = workers_.size() - idle % one_sleeping - idle / one_sleeping;
        for (auto& w : workers_)
            w->add_counters_to(sum);
        return sum;
    }

    /// Adds a line for each thread. Any thread.
    void describe(dump& to) const {
        for (auto& w : workers_)
            w->describe(to);
    }

private:
    friend class pool_worker;

    // idle_state_: how many search, and, times this, how many sleep.
    static constexpr std::uint32_t one_searching = 1, one_sleeping = 1u << 16;

    void wake_one() noexcept;
    pool_worker* take_idle(bool even_so) noexcept;
    void rouse(pool_worker& w);
    void start(pool_worker& w);
    void put_back(pool_worker& w) noexcept;
    /// Counts the caller as asleep instead of searching, and sleeps. True: it searches again; false: the pool has ended.
    bool sleep(pool_worker& w) noexcept;
    bool stay_awake(pool_worker& w) noexcept;
    void start_searching() noexcept { idle_state_.fetch_add(one_searching, std::memory_order_seq_cst); }
    void stop_searching() noexcept;
    [[nodiscard]] bool work_is_visible() const noexcept;
    void end_if_all_is_done() noexcept;
    void initialise(const pool_worker& w) noexcept;
    [[nodiscard]] const error* drop_reason() const noexcept { return drop_reason_.load(std::memory_order_acquire); }
    void set_drop_reason(error why) noexcept;

    const pool_settings settings_;
    std::vector<std::unique_ptr<pool_worker>> workers_;
    std::unique_ptr<boost::asio::execution_context> asio_context_;
    injection_queue injected_;

    alignas(64) std::atomic<std::uint32_t> idle_state_{0};
    alignas(64) raw_lock idle_lock_;
    pool_worker* first_idle_ = nullptr; // the last to fall asleep first; at the end, those that were never started
    std::atomic<std::size_t> started_{0};
    std::atomic<bool> closed_{false};
    std::atomic<bool> ended_{false};
    std::atomic<bool> broken_{false}; // and then the reason says why
    std::atomic<const error*> drop_reason_{nullptr};
    std::optional<error> drop_reason_value_; // written once, before the pointer
    event all_done_;

    std::mutex threads_lock_;
    std::vector<std::thread> threads_;
};

inline void pool_worker::push(work_item& item) {
    deque_.push(item);
    // seq_cst: after the push; pairs with the compare-exchange in park_as_joiner_of()
    if (joiner_.load(std::memory_order_seq_cst)) [[unlikely]]
        if (pool_worker* joiner = joiner_.exchange(nullptr, std::memory_order_acq_rel)) joiner->unpark();
    pool_.announce();
}

} // namespace plait::detail
