// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a process_pool can be told, and what it tells of itself.

#include <plait/runtime/clock.hpp>
#include <plait/runtime/thread_pool.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace plait::ipc {

/// What has happened to a worker of a pool.
struct worker_event {
    enum class kind : std::uint8_t {
        started,
        ended,     ///< and was not asked to
        held_back, ///< too many have died in vain, `pid` last; the next is started after restart_period
    };

    kind what;
    pid_t pid;
    pid_t predecessor = 0; ///< started: in the place of this one, which had ended; 0: of none
    int exit_code = 0;     ///< ended, held_back: as process::exit_code() says
};

struct process_pool_options {
    std::size_t workers = hardware_threads();    ///< at most so many processes, 1 to 1,024
    std::optional<std::size_t> min_workers = {}; ///< so many are always there, 1 to `workers`; nothing: all of them
    std::size_t seats = 0; ///< process_pool::resize() may go as far as this, `workers` to 1,024; 0: as far as `workers`

    // Between the two, the pool goes by the tasks that wait for a worker: how many they are, and how long the oldest of them has
    // waited. Above the band it starts a worker, and another one, and so on; below it, one after the other ends; see
    // <plait/runtime/steering.hpp>. As the band is here, a worker is started as soon as a task waits.
    std::size_t low_depth = 0;          ///< below the band: no more tasks wait than this, …
    std::size_t high_depth = 0;         ///< above the band: more tasks wait than this, …
    duration low_age = duration::max(); ///< … the oldest no longer than this, and a worker has nothing to do
    duration high_age =
        duration::max(); ///< … or the oldest waits longer than this, as far as looks every 10 ms can tell
    duration grow_after = duration::zero(); ///< how long above the band, for each worker more
    /// How long below the band, for each worker less: so long the pool must have had one too many. At least a millisecond.
    duration idle_time = std::chrono::seconds(10);

    std::string name = "pool";              ///< at most 10 bytes; the workers are called name-0, name-1, …
    std::uint64_t max_tasks_per_worker = 0; ///< then the worker ends and another takes its place; 0: no limit
    unsigned poison_limit = 3;              ///< an idempotent task that killed so many workers fails; at least 1
    /// So many workers may die within the period, one in the place of the other, that had never taken a task, while the pool
    /// completes none; one more, and it is broken. A worker that cannot be started counts among them while there is no other;
    /// otherwise its start is tried again, ten times a second.
    unsigned max_restarts = 5;
    duration restart_period = std::chrono::seconds(10);
    bool gives_up =
        true; ///< false: it is not broken then, but starts the next one after restart_period; tasks wait meanwhile
    /// Called for each event, one after the other, by the thread that makes the pool or by the pool's own. It must neither
    /// wait nor throw, nor use the pool.
    std::function<void(const worker_event&)> on_worker = {};
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
