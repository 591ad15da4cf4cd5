// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//                    ┌ pool_core.cpp      submit, feed, cancel, closing
//   process_pool ──▶ core│ pool_results.cpp   collecting results, by whoever waits; on loops: loop_collector.cpp
//                    │ pool_keeper.cpp    the pool's thread: deaths, timeouts, and who is to be told
//                    └ pool_staff.cpp     starting and replacing workers
//
// A process_pool in its owner; see docs/decisions/0013-process-pool.md. Kept by the pool, by its tasks, and by the callbacks of
// its processes. One lock guards the records, the backlog and the staff; no code of the user's runs under it.

#include "task_message.hpp"
#include "task_table.hpp"
#include "waiting_age.hpp"

#include <plait/ipc/detail/pool_task.hpp>
#include <plait/ipc/detail/pool_workers.hpp>
#include <plait/ipc/detail/task_callable.hpp>
#include <plait/ipc/process_pool_options.hpp>
#include <plait/ipc/segment.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/observe.hpp>
#include <plait/runtime/steering.hpp>
#include <plait/runtime/thread_pool.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace plait::ipc::detail {

class loop_collector;
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
    /// Somebody is to be told of the end of `task` who does not collect. Under the lock of its state; each time that somebody
    /// comes to wait.
    void watch(pool_task& task) noexcept;

    // For loop_collector.
    [[nodiscard]] std::shared_ptr<queue_core> results() const;
    /// Takes results off the queue, and ends the tasks that they belong to. Returns how many there were. `own`: what the
    /// caller waits for.
    std::size_t collect(const pool_task* own = nullptr);
    void begin_collecting_on_a_loop() noexcept;
    void end_collecting_on_a_loop() noexcept;
    void watch_for_good() noexcept;

    /// Who collects sleeps no longer at a time, and then looks whether he was cancelled, and whether the workers are awake.
    static constexpr duration longest_sleep = std::chrono::milliseconds(100);

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
    void resize(std::size_t min_workers, std::size_t workers);
    [[nodiscard]] std::size_t most_workers() const noexcept { return most_workers_.load(std::memory_order_relaxed); }
    [[nodiscard]] process_pool_stats stats();
    [[nodiscard]] std::vector<pid_t> pids();
    [[nodiscard]] std::size_t held_bytes() const;

private:
    using guard = std::unique_lock<std::mutex>;
    using task_list = std::vector<pool_task::pointer>;

    struct record {
        pool_task::pointer task; // null: the entry is free
        std::uint64_t generation = 0;
    };
    /// When the keeper looks which tasks have run for too long: early enough for all that will begin with a timeout of
    /// `span` or longer.
    struct time_look {
        time_point at;
        duration span;
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
    void limit(const pool_task& task); // under the lock
    [[nodiscard]] bool send(pool_task& task, const task_message& message);
    enum class place { back, front };
    void put_off(pool_task& task, place where);
    void feed();                              // under the lock
    [[nodiscard]] task_list take_unstarted(); // under the lock
    void ended_one(pool_task& task) noexcept;

    // pool_results.cpp
    void collect_what_is_there();
    [[nodiscard]] loop_collector* collector_here() noexcept;
    void add_watched() noexcept;
    void settle(pool_task& task, result_header::what kind, byte_lease& message) noexcept;
    void tell_about(pool_task& task, const pool_task* own = nullptr) noexcept;
    void collect_while_watched(std::uint32_t calls, deadline until) noexcept;

    // pool_keeper.cpp
    void keep() noexcept;
    void sleep(std::uint32_t calls, deadline until) noexcept;
    void look_around();
    void nudge() noexcept;
    void ring_keeper() noexcept;
    void drop_leftovers() noexcept;
    void look_at_the_time(time_point now);
    [[nodiscard]] task_list take_the_late(time_point now); // under the lock
    [[nodiscard]] deadline next_look();
    [[nodiscard]] bool has_closed();

    // pool_staff.cpp
    void start_worker(std::uint32_t number);
    void steer(time_point now);
    void hire(std::size_t count, time_point now);
    void let_one_go();                                                           // under the lock
    [[nodiscard]] std::size_t wanted_workers(time_point now, std::size_t there); // under the lock
    [[nodiscard]] duration age_of_the_oldest(time_point now, bool any_wait);     // under the lock
    void tell(const worker_event& event) const;
    void bury_the_dead();
    void bury(std::uint32_t number, worker dead);
    void lose(pool_task::pointer task, int code, pid_t pid, const std::string& end);
    void count_fruitless_death(std::uint32_t number, time_point now, const worker_event& event, const std::string& end);
    void break_pool(const std::string& why) noexcept;
    void kill_all() noexcept;

    const process_pool_options options_;
    const worker_maker make_worker_;
    segment segment_;
    byte_queue tasks_;
    byte_queue results_;
    const std::size_t room_; // in both, when nothing is there
    task_table table_;

    std::mutex mutex_; // guards what follows
    std::vector<record> records_;
    std::vector<std::uint32_t> free_;
    std::multimap<std::int64_t, pool_task::pointer> backlog_; // by priority, and of one priority the oldest first
    std::optional<time_look> look_;                           // nothing: no task has a timeout
    std::map<task_entry, known_callable> callables_;          // those that were submitted; none is ever taken out
    std::vector<worker> staff_;
    std::vector<boost::intrusive_ptr<loop_collector>> collectors_; // one for each io_context
    std::vector<std::deque<time_point>> fruitless_deaths_;         // by seat
    closing closing_ = closing::open;
    std::optional<std::string> broken_;          // why
    std::optional<std::string> not_initialised_; // a worker says so; the keeper will break the pool
    std::uint64_t outstanding_ = 0;              // tasks that have not ended
    std::uint64_t retiring_ = 0;                 // workers that were asked to end, and have not
    std::uint64_t completed_then_ = 0;           // tasks, when a worker last died a fruitless death
    steering steering_;                          // knows how many workers there may be
    waiting_age age_;
    pool_task::pointer noted_;        // of those that wait, if age_ has noted one
    std::uint32_t newest_ = 0;        // the entry that was given away last
    std::vector<pid_t> predecessors_; // by seat: whom the next one there replaces
    std::optional<time_point>
        next_steering_; // the keeper looks again whether there are as many workers as there should be
    std::optional<time_point> start_again_; // a worker could not be started
    process_pool_stats counts_;             // those that are not looked up

    std::atomic<std::uint32_t> watched_{0}; // tasks whose end somebody is to be told of
    std::atomic<bool> keeper_collects_{false};
    std::atomic<bool> keeper_rests_{false};       // until it is called
    std::atomic<std::uint32_t> loops_at_work_{0}; // collectors that have something to do
    std::atomic<bool> loops_were_at_work_{false}; // since the keeper has looked
    std::atomic<std::size_t> most_workers_;       // written under the lock
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
