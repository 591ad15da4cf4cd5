// Copyright 2026 the plait authors. Boost Software License 1.0
#include "dump_signal.hpp"
#include "overseer.hpp"
#include "run_loops.hpp"
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
#include <latch>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <pthread.h>

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
    shutdown(const std::vector<std::unique_ptr<loop>>& loops, overseer& beside) : loops_(loops), overseer_(beside) {}

    void begin() {
        overseer_.shutdown_begins();
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
    overseer& overseer_;
    std::atomic<unsigned> checks_{0}; // its value means nothing
    std::mutex lock_;
    std::exception_ptr failure_;
};

// A process has one run at a time.
class only_run {
public:
    only_run() {
        // acquire; pairs with the release below: the loops of the run before are gone
        if (under_way().exchange(true, std::memory_order_acquire))
            throw error(errc::invalid_argument, "plait::run inside or beside another plait::run");
    }
    ~only_run() { under_way().store(false, std::memory_order_release); }
    only_run(const only_run&) = delete;
    only_run& operator=(const only_run&) = delete;

private:
    static std::atomic<bool>& under_way() noexcept {
        static std::atomic<bool> flag{false};
        return flag;
    }
};

void check(const run_options& options) {
    auto require = [](bool holds, const char* what) {
        if (!holds) throw error(errc::invalid_argument, what);
    };
    require(options.loops > 0, "run_options::loops is 0; it must be at least 1");
    require(!options.clock || options.loops == 1, "run_options::clock is for one loop; run_options::loops must be 1");
    require(
        options.watchdog == duration::zero() || options.watchdog >= std::chrono::milliseconds(1),
        "run_options::watchdog must be zero or at least 1 ms");
    require(
        options.shutdown_timeout.value_or(duration::zero()) >= duration::zero(),
        "run_options::shutdown_timeout is negative");
}

std::vector<std::unique_ptr<loop>> make_loops(const run_options& options) {
    std::vector<std::unique_ptr<loop>> loops;
    for (unsigned i = 0; i < options.loops; ++i)
        loops.push_back(std::make_unique<loop>(
            loop_options{.clock = options.clock, .seed = options.seed, .name = "loop " + std::to_string(i)}));
    return loops;
}

} // namespace

int run_loops(const std::function<int()>& main, const run_options& options, const standstill_handler& on_standstill) {
    check(options);
    only_run only;
    std::vector<std::unique_ptr<loop>> loops = make_loops(options);
    dump_signal on_demand(loops, options);
    overseer beside(loops, options);
    deadlock_search search(options.detect_deadlocks);
    shutdown end(loops, beside);
    // A handler that throws ends the run as the first coroutine does; its loop goes on until the others have ended.
    auto drive = [&](loop& l) {
        for (bool stood_still = false;;) {
            try {
                if (!on_standstill) return l.run();
                if (l.run_to_standstill() || std::exchange(stood_still, true)) return;
                on_standstill(l);
            } catch (...) {
                end.begin_after(std::current_exception());
            }
        }
    };

    int code = 0;
    {
        struct forget_loops {
            ~forget_loops() { running_loops().clear(); }
        } forget;
        std::latch bound(static_cast<std::ptrdiff_t>(loops.size())); // every loop to its thread, before any work comes
        std::vector<std::jthread> threads;
        try {
            for (std::size_t i = 1; i < loops.size(); ++i) {
                threads.emplace_back([&, i] {
                    loops[i]->bind_to_this_thread();
                    bound.count_down();
                    drive(*loops[i]);
                });
                std::string name = "plait-loop-" + std::to_string(i);
                pthread_setname_np(threads.back().native_handle(), name.substr(0, 15).c_str());
            }
            loops.front()->bind_to_this_thread();
            bound.arrive_and_wait();
            std::transform(
                loops.begin(), loops.end(), std::back_inserter(running_loops()), [](auto& l) { return l.get(); });
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

int run_main(const std::function<int()>& main, const run_options& options) {
    if (child_entry)
        if (std::optional<int> code = child_entry()) return *code;
    return run_loops(main, options, {});
}

} // namespace detail

std::span<loop* const> loops() noexcept { return detail::running_loops(); }

} // namespace plait
