// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A pool of two threads.
//
//   pool_empty   one thread that is not of the pool submits 1,000,000 empty tasks, one by one, and waits for all
//   pool_fib     fib(27) by naive recursion, a fork and a join in each call: 317,810 forks
//   pool_one     one empty task is submitted and its end waited for, 20,000 times
//
// Not pinned: the threads of a pool go where the kernel puts them, for everybody.

#include "../measure.hpp"

#include <atomic>

namespace bench {

inline constexpr int pool_threads = 2;
inline constexpr long empty_tasks = 1'000'000;
inline constexpr int fib_of = 27;
inline constexpr long fib_result = 196'418;
inline constexpr long single_tasks = 20'000;

/// Counts the tasks that have run, and lets the submitter wait for the last one.
class countdown {
public:
    void one_done() noexcept {
        if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_one();
    }
    void wait() const noexcept {
        for (long n = left_.load(std::memory_order_acquire); n != 0; n = left_.load(std::memory_order_acquire))
            left_.wait(n, std::memory_order_acquire);
    }

private:
    std::atomic<long> left_{empty_tasks};
};

/// Times `submit_all_and_wait()`.
template <class F>
void measure_empty_tasks(F submit_all_and_wait) {
    auto started = clock::now();
    submit_all_and_wait();
    double seconds = nanoseconds_between(started, clock::now()) / 1e9;
    report("pool_empty", "tasks_per_s", static_cast<double>(empty_tasks) / seconds, "tasks/s");
}

/// Times `fib(27)`; fails if the result is wrong. The first call is not timed: it makes the threads.
template <class Fib>
void measure_fib(Fib fib) {
    fib(20);
    auto started = clock::now();
    long result = fib(fib_of);
    double ms = nanoseconds_between(started, clock::now()) / 1e6;
    if (result != fib_result) fail("fib(27) is wrong");
    report("pool_fib", "ms", ms, "ms");
}

/// Times `submit_and_wait()`, over and over.
template <class F>
void measure_single_tasks(F submit_and_wait) {
    auto started = clock::now();
    for (long i = 0; i < single_tasks; ++i)
        submit_and_wait();
    report("pool_one", "ns", nanoseconds_between(started, clock::now()) / single_tasks, "ns");
}

} // namespace bench
