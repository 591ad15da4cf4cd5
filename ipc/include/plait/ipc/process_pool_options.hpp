// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a process_pool can be told, and what it tells of itself.

#include <plait/runtime/clock.hpp>
#include <plait/runtime/thread_pool.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plait::ipc {

struct process_pool_options {
    std::size_t workers = hardware_threads();    ///< at most so many processes, 1 to 1,024
    std::optional<std::size_t> min_workers = {}; ///< so many are always there, 1 to `workers`; nothing: all of them
    /// How long the pool must have had a worker too many before one ends. At least a millisecond.
    duration idle_time = std::chrono::seconds(10);
    std::string name = "pool";              ///< at most 10 bytes; the workers are called name-0, name-1, …
    std::uint64_t max_tasks_per_worker = 0; ///< then the worker ends and another takes its place; 0: no limit
    unsigned poison_limit = 3;              ///< an idempotent task that killed so many workers fails; at least 1
    /// So many workers may die within the period, one in the place of the other, that had never taken a task, while the pool
    /// completes none; one more, and it is broken. A worker that cannot be started counts among them while there is no other;
    /// otherwise its start is tried again, ten times a second.
    unsigned max_restarts = 5;
    duration restart_period = std::chrono::seconds(10);
    bool strict = false;     ///< the death of any worker breaks the pool, as in Python's ProcessPoolExecutor
    bool priorities = false; ///< tasks go by their priority, the lowest first, and not by their age alone
    /// Room for tasks on their way to the workers, and as much for results on their way back: 64 KiB to 1 GiB. A task's
    /// arguments, or its result, must fit in three quarters of it.
    std::size_t message_bytes = 4 << 20;
};

/// What a pool has done since it was made. The counters are read one by one while they change.
struct process_pool_stats {
    static constexpr std::string_view kind = "process_pool";

    std::uint64_t submitted = 0; ///< tasks
    std::uint64_t completed = 0; ///< tasks that ended with what they returned or threw
    std::uint64_t failed = 0;    ///< tasks that ended otherwise: their worker died, or they could not travel
    std::uint64_t cancelled = 0; ///< tasks that were dropped
    std::uint64_t retried = 0;   ///< runs of idempotent tasks after the first
    std::uint64_t queued = 0;    ///< tasks that have not ended
    std::uint64_t backlog = 0;   ///< of these, those that are still in the memory of this process alone
    std::uint64_t workers = 0;   ///< that are there
    std::uint64_t started = 0;   ///< workers, ever
    std::uint64_t died = 0;      ///< workers that ended otherwise than in order

    template <class Visit>
    void each(Visit visit) const {
        visit("submitted", submitted);
        visit("completed", completed);
        visit("failed", failed);
        visit("cancelled", cancelled);
        visit("retried", retried);
        visit("queued", queued);
        visit("backlog", backlog);
        visit("workers", workers);
        visit("started", started);
        visit("died", died);
    }
};

} // namespace plait::ipc
