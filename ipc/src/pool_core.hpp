// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//                    ┌ pool_core.cpp      submit, feed, cancel, closing
//   process_pool ──▶ core│ pool_results.cpp   collecting results, by whoever waits
//                    │ pool_keeper.cpp    the pool's thread: deaths, timeouts, and who is to be told
//                    └ pool_staff.cpp     starting and replacing workers
//
// A process_pool in its owner; see docs/decisions/0013-process-pool.md. Kept by the pool, by its tasks, and by the callbacks of
// its processes. One lock guards the records, the backlog and the staff; no code of the user's runs under it.

#include "task_message.hpp"
#include "task_table.hpp"

#include <plait/ipc/detail/pool_task.hpp>
#include <plait/ipc/detail/pool_workers.hpp>
#include <plait/ipc/detail/task_callable.hpp>
#include <plait/ipc/process_pool_options.hpp>
#include <plait/ipc/segment.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/observe.hpp>
#include <plait/runtime/thread_pool.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <queue>
#include <string>
#include <thread>
#include <vector>

namespace plait::ipc::detail {

class queue_core;

/// A callable as the owner names it to its workers.
struct known_callable {
    code_name name;
    std::optional<std::uint16_t> line; // in the table; none: there was none left
};

class pool_core : public std::enable_shared_from_this<pool_core> {
public:
    pool_core(process_pool_options options, worker_maker make_worker);
    ~pool_core();
    pool_core(const pool_core&) = delete;
    pool_core& operator=(const pool_core&) = delete;

    /// Starts the first workers, and the keeper.
    void open();
    /// Ends the workers that were started if the rest could not be.
    void give_up() noexcept;

    void submit(pool_task& task, const task_plan& plan);
    /// Ends a task that could not be written.
    void refuse(pool_task& task, std::exception_ptr why) noexcept;
    void cancel(pool_task& task) noexcept;
    /// Takes results off the queue until `task` has ended, unless the calling party cannot.
    void collect_until_done(pool_task& task) noexcept;
    /// Somebody is to be told of the end of `task` who does not collect.
    void watch(pool_task& task) noexcept;

    enum class closing { open, draining, dropping, terminating };
    void close(closing how) noexcept;
    [[nodiscard]] event& ended() noexcept { return ended_; }
    /// After ended().
    void join_keeper() noexcept;
    /// Whether the caller is the pool's own thread, in a callback.
    [[nodiscard]] bool on_keeper() const noexcept {
        return keepers_id_.load(std::memory_order_relaxed) == std::this_thread::get_id(); // written by the same thread
    }
    /// Whether this is the copy that a fork has made of it: the pool is the parent's, and has no thread here.
    [[nodiscard]] bool is_copy() const noexcept;

    [[nodiscard]] const process_pool_options& options() const noexcept { return options_; }
    [[nodiscard]] process_pool_stats stats();
    [[nodiscard]] std::vector<pid_t> pids();

private:
    using guard = std::unique_lock<std::mutex>;
    using task_list = std::vector<pool_task::pointer>;

    struct record {
        pool_task::pointer task; // null: the entry is free
        std::uint64_t generation = 0;
    };
    struct due {
        time_point at;
        std::uint32_t index;
        std::uint64_t generation;
        friend bool operator>(const due& a, const due& b) noexcept { return a.at > b.at; }
    };
    struct worker {
        std::optional<process> who; // nothing: the seat is empty
        bool has_ended = false;
        int exit_code = 0; // once it has
    };

    // pool_core.cpp
    void must_be_open() const;                                   // under the lock
    [[nodiscard]] const known_callable& learn(task_entry entry); // under the lock: how messages name it
    using task_message = headed_message<task_header>;
    void enter(pool_task& task, task_message& message); // under the lock: gives it an entry, of those that are free
    [[nodiscard]] pool_task::pointer leave(std::uint32_t index) noexcept; // under the lock: takes the record out
    /// The same for a task that has a result: its word stays FINISHED, which nobody changes, until the entry is used again.
    [[nodiscard]] pool_task::pointer take_record(std::uint32_t index) noexcept;
    void ask_for_workers() noexcept;
    void arm(const pool_task& task, time_point at); // under the lock
    [[nodiscard]] bool send(pool_task& task, const task_message& message);
    enum class place { back, front };
    void put_off(pool_task& task, place where);
    void feed();                              // under the lock
    [[nodiscard]] task_list take_unstarted(); // under the lock
    void ended_one(pool_task& task) noexcept;

    // pool_results.cpp
    std::size_t collect(const pool_task* own = nullptr);
    void collect_what_is_there();
    void settle(pool_task& task, result_header::what kind, std::span<const std::byte> body) noexcept;
    void tell_about(pool_task& task, const pool_task* own = nullptr) noexcept;
    void collect_while_watched(std::uint32_t calls, deadline until) noexcept;

    // pool_keeper.cpp
    void keep() noexcept;
    void look_around();
    void nudge() noexcept;
    void ring_keeper() noexcept;
    void look_at_the_time(time_point now);
    [[nodiscard]] deadline next_look();
    [[nodiscard]] bool has_closed();

    // pool_staff.cpp
    void start_worker(std::uint32_t number);
    void hire(time_point now);
    void let_go(time_point now);
    void bury_the_dead();
    void bury(std::uint32_t number, worker dead);
    void lose(pool_task::pointer task, int code, const std::string& end);
    void count_fruitless_death(std::uint32_t number, time_point now, const std::string& end);
    void break_pool(const std::string& why) noexcept;
    void kill_all() noexcept;

    const process_pool_options options_;
    const worker_maker make_worker_;
    segment segment_;
    byte_queue tasks_;
    byte_queue results_;
    task_table table_;

    std::mutex mutex_; // guards what follows
    std::vector<record> records_;
    std::vector<std::uint32_t> free_;
    std::multimap<std::int64_t, pool_task::pointer> backlog_; // by priority, and of one priority the oldest first
    std::priority_queue<due, std::vector<due>, std::greater<>> dues_;
    std::map<task_entry, known_callable> callables_; // those that were submitted; none is ever taken out
    std::vector<worker> staff_;
    std::vector<std::deque<time_point>> fruitless_deaths_; // by seat
    closing closing_ = closing::open;
    std::optional<std::string> broken_;          // why
    std::optional<std::string> not_initialised_; // a worker says so; the keeper will break the pool
    std::uint64_t outstanding_ = 0;              // tasks that have not ended
    std::uint64_t retiring_ = 0;                 // workers that were asked to end, and have not
    std::uint64_t completed_then_ = 0;           // tasks, when a worker last died a fruitless death
    time_point last_change_{};                   // when the keeper last started a worker, or let one go
    std::optional<time_point> start_again_;      // a worker could not be started
    process_pool_stats counts_;                  // those that are not looked up

    std::atomic<std::uint32_t> watched_{0}; // tasks whose end somebody is to be told of
    std::atomic<bool> keeper_collects_{false};
    std::atomic<bool> wants_workers_{false};
    std::atomic<std::uint64_t> unfinished_{0}; // outstanding_, for a look without the lock
    std::atomic<std::size_t> there_{0};        // workers

    event ended_;
    std::mutex join_mutex_;
    std::thread keeper_;
    std::atomic<std::thread::id> keepers_id_{};
    plait::detail::registry_entry entry_; // last: what it describes exists
};

} // namespace plait::ipc::detail
