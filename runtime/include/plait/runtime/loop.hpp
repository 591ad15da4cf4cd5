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

#include <plait/runtime/clock.hpp>
#include <plait/runtime/detail/callback.hpp>
#include <plait/runtime/detail/ready_queue.hpp>
#include <plait/runtime/detail/timer_heap.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
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
};

} // namespace detail

/// How a loop is built. The clock and the seed are the seam for tests: a virtual clock owns time, a seed chooses the
/// order in which ready coroutines run.
struct loop_options {
    clock_source* clock = nullptr;          ///< nullptr: the steady clock. Must outlive the loop.
    std::optional<std::uint64_t> seed = {}; ///< none: first in, first out
};

class loop {
public:
    /// A loop with an io_context of its own.
    explicit loop(const loop_options& options = {});
    /// A guest on `context`, which the program runs, on one thread, and which must outlive the loop. The loop must be
    /// destroyed on that thread, or when that thread has nothing more to do with plait.
    explicit loop(boost::asio::io_context& context, const loop_options& options = {});
    /// Coroutines that are still suspended are abandoned: their stacks are not unwound, and what they wait for wakes
    /// nobody. plait::run cancels and joins all of them first; who drives a loop by hand does that himself.
    ~loop();
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;

    /// Runs until `stop`. For a loop that owns its io_context. Exceptions of handlers pass through, as from
    /// io_context::run, and `run` may be called again.
    void run();

    /// Makes `run` return soon. Thread safety: any thread.
    void stop() noexcept;

    /// The io_context, for sockets and timers.
    [[nodiscard]] boost::asio::io_context& context() noexcept;

    /// The loop's time.
    [[nodiscard]] time_point now() const noexcept {
        return clock_ ? clock_->now() : std::chrono::time_point_cast<duration>(std::chrono::steady_clock::now());
    }

    /// The loop that the calling thread is running; nullptr if none.
    [[nodiscard]] static loop* current() noexcept;

    // What follows is for the parties that run on the loop.

    /// Queues `item`. Any thread; at once if it is the loop's own.
    void make_ready(detail::ready_item& item) noexcept {
        if (current_ == this)
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
    /// The next item to run in this batch; nullptr if nothing is ready or the batch is over, and the loop's own
    /// context must run. On the loop's own thread.
    detail::ready_item* next_ready() noexcept {
        if (budget_ == 0) return nullptr;
        --budget_;
        return ready_.pop();
    }
    void put_back(detail::ready_item& item) noexcept { ready_.push_front(item); }
    /// Queues the item that runs now at the end, and returns the next one as next_ready() does, perhaps the same.
    detail::ready_item* rotate(detail::ready_item& running) noexcept {
        ready_.push_back(running); // a batch is under way, nothing need be scheduled
        return next_ready();
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

private:
    struct reactor; // what speaks Asio

    void make_ready_remotely(detail::ready_item& item) noexcept;
    void schedule() noexcept;
    void post_drain();
    void drain();
    bool rest() noexcept;
    void post_look();
    void set_alarm();
    void bind_to_this_thread();

    // Items run from one batch to the next look at the I/O. Each look is a system call of about 0.3 µs.
    static constexpr std::uint32_t batch = 512;

    inline static thread_local loop* current_ = nullptr;

    detail::ready_queue ready_;
    std::uint32_t budget_ = 0;
    bool io_is_quiet_ = false; // a look at the I/O found nothing, and nothing has run since
    clock_source* clock_ = nullptr;
    detail::timer_heap timers_;
    std::thread::id thread_;
    std::unique_ptr<reactor> reactor_;
    std::atomic<detail::loop_extension*> extension_{nullptr};
    boost::intrusive_ptr<detail::loop_door> door_{new detail::loop_door(*this)};

    alignas(64) detail::inbox inbox_; // other threads write here
    std::atomic<bool> scheduled_{false};
    std::atomic<std::uint32_t> ringers_{0}; // threads inside make_ready_remotely()
};

} // namespace plait
