// Copyright 2026 the plait authors. Boost Software License 1.0
#include "scheduler.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/detail/lock_graph.hpp>
#include <plait/runtime/entry.hpp>
#include <plait/runtime/error.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace plait {
namespace detail {
namespace {

// The loops of the one run that a process has at a time.
std::vector<loop*>& running_loops() noexcept {
    static std::vector<loop*> loops;
    return loops;
}

// Ends a run: every loop cancels its coroutines, and when all of them have ended, all loops stop.
class shutdown {
public:
    explicit shutdown(const std::vector<std::unique_ptr<loop>>& loops) : loops_(loops) {}

    void begin() {
        for (auto& l : loops_)
            boost::asio::post(
                l->context(), [this, &l = *l] { coroutine_scheduler::of(l).close([this] { stop_if_all_ended(); }); });
    }
    /// The same, because of `failure`. The first one is what the run ends with. Any thread.
    void begin_after(std::exception_ptr failure) {
        {
            std::lock_guard guard(lock_);
            if (!failure_) failure_ = std::move(failure);
        }
        begin();
    }
    /// Throws the first failure, if there was one. Once all loops have stopped.
    void rethrow() const {
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    // Coroutines may spawn onto each other's loops while they end. The counters only grow and an end comes after its
    // spawn, so if what had ended first equals what was spawned later, nothing was alive in between.
    void stop_if_all_ended() {
        // Two loops that come to their last end at the same moment must not each miss the other's. acq_rel: the second
        // of them sees what the first has counted.
        checks_.fetch_add(1, std::memory_order_acq_rel);
        std::uint64_t ended = 0, spawned = 0;
        for (auto& l : loops_)
            ended += coroutine_scheduler::of(*l).ended();
        for (auto& l : loops_)
            spawned += coroutine_scheduler::of(*l).spawned();
        if (ended != spawned) return;
        for (auto& l : loops_)
            l->stop();
    }

    const std::vector<std::unique_ptr<loop>>& loops_;
    std::atomic<unsigned> checks_{0}; // its value means nothing
    std::mutex lock_;
    std::exception_ptr failure_;
};

} // namespace

int run_main(std::function<int()> main, const run_options& options) {
    if (child_entry)
        if (std::optional<int> code = child_entry()) return *code;
    if (options.loops == 0) throw error(errc::invalid_argument, "run_options::loops is 0; it must be at least 1");
    if (options.clock && options.loops > 1)
        throw error(errc::invalid_argument, "run_options::clock is for one loop; run_options::loops must be 1");
    if (!running_loops().empty()) throw error(errc::invalid_argument, "plait::run inside plait::run");

    std::vector<std::unique_ptr<loop>> loops;
    for (unsigned i = 0; i < options.loops; ++i)
        loops.push_back(std::make_unique<loop>(loop_options{options.clock, options.seed}));
    std::transform(loops.begin(), loops.end(), std::back_inserter(running_loops()), [](auto& l) { return l.get(); });
    struct forget_loops {
        ~forget_loops() { running_loops().clear(); }
    } forget;

    deadlock_search search(options.detect_deadlocks);
    int code = 0;
    shutdown end(loops);
    // A handler that throws ends the run as the first coroutine does; its loop goes on until the others have ended.
    auto drive = [&end](loop& l) {
        for (;;) {
            try {
                return l.run();
            } catch (...) {
                end.begin_after(std::current_exception());
            }
        }
    };
    {
        std::vector<std::jthread> threads;
        try {
            for (std::size_t i = 1; i < loops.size(); ++i)
                threads.emplace_back(drive, std::ref(*loops[i]));
            spawn(
                [&] {
                    try {
                        code = main();
                    } catch (...) {
                        return end.begin_after(std::current_exception());
                    }
                    end.begin();
                },
                {.name = "main", .on = loops.front().get()})
                .detach();
        } catch (...) { // no thread, or no coroutine: those that wait for work must not wait for ever
            for (auto& l : loops)
                l->stop();
            throw;
        }
        drive(*loops.front());
    }
    end.rethrow();
    return code;
}

} // namespace detail

std::span<loop* const> loops() noexcept { return detail::running_loops(); }

} // namespace plait
