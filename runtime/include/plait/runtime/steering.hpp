// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//          depth or age of what waits
//   high ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─    above, for grow_after:    one worker more, and one more …
//                the band                  within:                   nothing changes
//   low  ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─    below, for shrink_after:  one worker less, and one less …
//
// Keeps a queue's depth, and the age of its oldest message, within a band by the number of those who work it off. Between
// low and high nothing changes, and what happens above and below takes its time: so a queue that swings does not make
// workers come and go with each swing.
//
// `steering` decides, and does nothing else: it is told what there is and what time it is. `steer` looks, asks it, and
// starts and ends workers, whatever these are: processes, threads or coroutines.

#include <plait/runtime/clock.hpp>
#include <plait/runtime/event.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>

namespace plait {

struct steering_options {
    std::size_t min_workers = 1;                         ///< never fewer; those that are missing are started at once
    std::size_t max_workers = 4;                         ///< never more
    std::size_t low_depth = 0;                           ///< below the band: no more messages than this …
    std::size_t high_depth = 16;                         ///< above the band: more messages than this …
    duration low_age = std::chrono::milliseconds(10);    ///< … and the oldest no older than this
    duration high_age = std::chrono::seconds(1);         ///< … or the oldest older than this
    duration grow_after = std::chrono::milliseconds(20); ///< how long above the band, for each worker more
    duration shrink_after = std::chrono::seconds(1);     ///< how long below the band, for each worker less
};

/// What a queue looks like.
struct queue_reading {
    std::size_t depth = 0;           ///< messages that wait
    duration age = duration::zero(); ///< of the oldest of them; zero if that is not known
    /// Workers that have nothing to do, if that is known: while there are none, the queue is not below the band.
    std::optional<std::size_t> idle = {};
};

/// Decides how many workers there should be. Thread safety: none.
class steering {
public:
    /// Throws errc::invalid_argument, naming the field, unless 1 <= max_workers, min_workers <= max_workers,
    /// low_depth <= high_depth, low_age <= high_age, and no duration is negative.
    explicit steering(const steering_options& options = {});

    /// How many workers there should be, when there are `workers` at `now`, which never goes back.
    [[nodiscard]] std::size_t decide(time_point now, const queue_reading& seen, std::size_t workers) noexcept;

    /// From now on so many. Throws as the constructor does, and then nothing has changed.
    void resize(std::size_t min_workers, std::size_t max_workers);

    [[nodiscard]] const steering_options& options() const noexcept { return options_; }

private:
    steering_options options_;
    std::optional<time_point> above_since_; // the last change, or since the queue is above the band
    std::optional<time_point> below_since_;
};

/// What `steer` works with. All of it is called by the party that steers, one after the other.
struct steered {
    std::function<queue_reading()> read;
    /// How many workers there are. Those that have ended, wanted or not, are not among them.
    std::function<std::size_t()> count;
    /// Starts one.
    std::function<void()> start_one;
    /// Has one end, when it can. It does not count any more.
    std::function<void()> end_one;
};

/// Looks every `interval` and starts and ends workers until `done` is set; leaves the workers as they are then.
///
/// Blocks:        the calling coroutine, or the thread if there is none.
/// Cancellation:  leaves the workers as they are.
/// Throws:        errc::invalid_argument if the interval is not positive or a function is missing; what the functions throw;
///                errc::would_block_loop in a handler on a loop's thread; cancelled.
void steer(steering decides, const steered& workers, event& done, duration interval = std::chrono::milliseconds(10));

} // namespace plait
