// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   other threads ──inbox──▶ ┌───────────── loop ──────────────┐
//   I/O completions ───────▶ │ ready queue ─▶ run, in batches  │ ◀── timers (one heap, one Asio timer)
//   parks that are woken ──▶ └─────────────────────────────────┘
//                              on one boost::asio::io_context
//
// A loop runs coroutines and the I/O they wait for, on exactly one thread. It owns an io_context, or borrows one that
// the program drives itself; then plait is a guest there: its work runs inside a posted handler, in batches, so that
// the program's own handlers and the I/O in between get their turn.
//
// Coroutines never leave the loop they were spawned on. A second thread that runs a loop's io_context is detected and
// reported as errc::two_threads_on_one_loop.
//
// A deadline that is nearer than a sleep of the kernel's is exact (20 µs) is waited for by polling; I/O is served meanwhile.

#include <plait/runtime/clock.hpp>
#include <plait/runtime/detail/callback.hpp>
#include <plait/runtime/detail/counter.hpp>
#include <plait/runtime/detail/ready_queue.hpp>
#include <plait/runtime/detail/timer_heap.hpp>
#include <plait/runtime/observe.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace boost::asio {
class io_context;
}

namespace plait {

namespace detail {

/// What a layer above keeps for each loop; the loop owns it and knows nothing of it.
class loop_extension {
public:
    virtual ~loop_extension() = default;

    /// The loop goes. What is suspended on it will never go on. Returns how many items have been woken, and are ready or
    /// about to be made so.
    virtual std::size_t abandon() noexcept = 0;
    /// The same for an item that was ready, after the above. True if it is one of those that were counted.
    virtual bool abandon(ready_item& item) noexcept = 0;
    /// Adds to what dump_all() says of the loop. Any thread.
    virtual void describe(dump& to) = 0;
};

} // namespace detail

/// How a loop is built. The clock and the seed are the seam for tests: a virtual clock owns time, a seed chooses the
/// order in which ready coroutines run.
struct loop_options {
    clock_source* clock = nullptr;          ///< nullptr: the steady clock. Must outlive the loop.
    std::optional<std::uint64_t> seed = {}; ///< none: first in, first out
    std::string name = {};                  ///< for people: in dump_all()
};

/// What a loop has done so far.
struct loop_stats {
    static constexpr std::string_view kind = "loop";

    std::uint64_t batches = 0;            ///< looks at the ready queue
    std::uint64_t items_run = 0;          ///< turns of coroutines, and other small work
    std::uint64_t wakes_from_outside = 0; ///< items that other threads made ready
    std::uint64_t timers_armed = 0;
    std::uint64_t timers_expired = 0;
    duration longest_hold = {}; ///< as far as a watchdog has seen: the longest time without a look at the I/O

    template <class Visit>
    void each(Visit visit) const {
        visit("batches", batches);
        visit("items run", items_run);
        visit("wakes from outside", wakes_from_outside);
        visit("timers armed", timers_armed);
        visit("timers expired", timers_expired);
        visit("longest hold in ns", static_cast<std::uint64_t>(longest_hold.count()));
    }
};

class loop {
public:
    /// A loop with an io_context of its own.
    explicit loop(const loop_options& options = {});
    /// A guest on `context`, which the program runs, on one thread, and which must outlive the loop. Destroy the loop on
    /// that thread, or while no thread runs `context`.
    explicit loop(boost::asio::io_context& context, const loop_options& options = {});
    /// Coroutines that are still suspended are abandoned: their stacks are not unwound, what they wait for wakes nobody,
    /// and to join them is errc::loop_stopped. plait::run cancels and joins all of them first; who drives a loop by hand
    /// does that himself.
    ~loop();
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;

    /// Runs until `stop`. For a loop that owns its io_context. Exceptions of handlers pass through, as from
    /// io_context::run, and `run` may be called again. Throws errc::two_threads_on_one_loop if another thread has run it.
    void run();

    /// Runs until `stop`, then returns true, or until nothing is left that could happen: no coroutine is ready, none
    /// waits for a deadline or for I/O of this loop; then returns false. Otherwise as run().
    [[nodiscard]] bool run_to_standstill();

    /// Makes the run that is under way return soon, or the next one if there is none; one run, however often it is
    /// called. Thread safety: any thread.
    void stop() noexcept;

    /// Makes the calling thread the one that runs the loop, which its first run does otherwise. Throws
    /// errc::two_threads_on_one_loop if it is another's already.
    void bind_to_this_thread();

    /// The io_context, for sockets and timers.
    [[nodiscard]] boost::asio::io_context& context() noexcept;

    /// The loop's time.
    [[nodiscard]] time_point now() const noexcept {
        return clock_ ? clock_->now() : std::chrono::time_point_cast<duration>(std::chrono::steady_clock::now());
    }

    /// The loop whose io_context the calling thread is running; nullptr if none.
    [[nodiscard]] static loop* current() noexcept;

    /// Thread safety: any thread. The counters are read one by one.
    [[nodiscard]] loop_stats stats() const noexcept;
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// How many items have run, so one can see from outside whether the loop gets on.
    [[nodiscard]] std::uint64_t turns() const noexcept { return items_run_.get(); }

    // What follows is for the parties that run on the loop.

    /// True if the calling thread runs `l` itself, and not only its io_context. Only the address is looked at.
    [[nodiscard]] static bool is_current(const loop* l) noexcept { return current_ == l; }
    /// Queues `item`. Any thread; at once if it is the loop's own.
    void make_ready(detail::ready_item& item) noexcept {
        if (is_current(this))
            make_ready_here(item);
        else
            make_ready_remotely(item);
    }
    /// The same, on the loop's own thread.
    void make_ready_here(detail::ready_item& item) noexcept {
        ready_.push_back(item);
        // relaxed: only this thread clears the flag, and one that sees another thread's `true` is served by its post
        if (!scheduled_.load(std::memory_order_relaxed)) schedule();
    }
    /// The next item to run in this batch; nullptr if nothing is ready or it is for the loop's own context to go on. On the
    /// loop's own thread.
    detail::ready_item* next_ready() noexcept {
        std::uint64_t turn = items_run_.get();
        if (turn == batch_end_) [[unlikely]]
            return nullptr;
        detail::ready_item* item = ready_.pop_front();
        if (item) items_run_.set(turn + 1);
        return item;
    }
    void put_back(detail::ready_item& item) noexcept { ready_.push_front(item); }
    /// Gives up the turn of the item that runs now: queues it at the end, and returns the next one as next_ready() does,
    /// perhaps the same.
    detail::ready_item* rotate(detail::ready_item& running) noexcept {
        std::uint64_t turn = items_run_.get();
        if (turn == batch_end_) [[unlikely]] {
            ready_.push_back(running); // a batch is under way, nothing need be scheduled
            return nullptr;
        }
        items_run_.set(turn + 1);
        return ready_.rotate(running);
    }
    [[nodiscard]] detail::timer_heap& timers() noexcept { return timers_; }

    /// The one extension of the loop, made by `make(*this)` on the first call. Any thread.
    template <class Make>
    detail::loop_extension& extension(Make make) {
        // acquire; pairs with the release below: whoever sees the pointer sees the object
        detail::loop_extension* existing = extension_.load(std::memory_order_acquire);
        if (existing) return *existing;
        std::unique_ptr<detail::loop_extension> made = make(*this);
        if (extension_.compare_exchange_strong(
                existing, made.get(), std::memory_order_acq_rel, std::memory_order_acquire))
            return *made.release();
        return *existing;
    }

    /// For those who may outlive the loop.
    [[nodiscard]] detail::loop_door& door() noexcept { return *door_; }

    /// True if the calling thread is inside this loop's io_context.
    [[nodiscard]] bool runs_here() const noexcept;

    /// From the first to the second the loop does not stand still: one of its coroutines waits for news from the system that
    /// a thread of the runtime's brings. On the loop's own thread.
    void begin_outside_wait() noexcept;
    void end_outside_wait() noexcept;

    /// For a watchdog, which has seen the loop held for `d`. Any one thread.
    void note_hold(duration d) noexcept;

private:
    struct reactor; // what speaks Asio

    class current_here; // makes a loop the thread's current one, for a scope

    loop(const loop_options& options, std::unique_ptr<reactor> r, bool guest);
    bool run_context();
    void make_ready_remotely(detail::ready_item& item) noexcept;
    void schedule() noexcept;
    void post_drain() noexcept;
    void drain();
    void run_batch();
    bool rest() noexcept;
    void post_look() noexcept;
    bool set_alarm() noexcept;
    void describe(detail::dump& to) const;

    // Items run from one batch to the next look at the I/O. Each look is a system call of about 0.3 µs.
    static constexpr std::uint32_t batch = 512;

    // As near as this, the alarm of the kernel comes later than a poll.
    static constexpr duration nearby = std::chrono::microseconds(20);

    // Set while the thread runs a loop of ours, or a batch of a guest.
    inline static thread_local constinit loop* current_ = nullptr;

    detail::ready_queue ready_;
    detail::counter items_run_;
    std::uint64_t batch_end_ = 0; // what items_run_ is when the loop's own context has to go on
    bool io_is_quiet_ = false;    // a look at the I/O found nothing, and nothing has run since
    clock_source* clock_ = nullptr;
    detail::timer_heap timers_;
    std::atomic<std::thread::id> thread_{};
    std::unique_ptr<reactor> reactor_;
    std::atomic<detail::loop_extension*> extension_{nullptr};
    boost::intrusive_ptr<detail::loop_door> door_{new detail::loop_door(*this)};
    detail::counter batches_;
    detail::counter wakes_from_outside_;
    const bool guest_;
    const std::string name_;

    alignas(64) detail::inbox inbox_; // other threads write here
    std::atomic<bool> scheduled_{false};
    std::atomic<std::uint32_t> ringers_{0}; // threads inside make_ready_remotely()
    std::atomic<bool> stop_requested_{false};
    std::atomic<duration::rep> longest_hold_{0};
    std::optional<detail::registry_entry> entry_;
};

} // namespace plait
