// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Lock and unlock of a mutex that nobody else wants. A second thread exists and sleeps: in a process with one thread,
// glibc leaves the atomic instructions out, and nobody needs a mutex there.

#include "../measure.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace bench {

inline constexpr long lock_unlocks = 20'000'000;

/// Makes the process one with several threads.
class sleeping_thread {
public:
    ~sleeping_thread() {
        {
            std::lock_guard hold(mutex_);
            done_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }

private:
    std::mutex mutex_;
    std::condition_variable wake_;
    bool done_ = false;
    std::thread thread_{[this] {
        std::unique_lock hold(mutex_);
        wake_.wait(hold, [this] { return done_; });
    }};
};

template <class Mutex>
void measure_lock_unlock(std::string_view row, Mutex& mutex) {
    volatile long guarded = 0;
    auto add = [&](long times) {
        for (long i = 0; i < times; ++i) {
            std::lock_guard hold(mutex);
            guarded = guarded + 1;
        }
    };
    add(lock_unlocks / 10);
    auto started = clock::now();
    add(lock_unlocks);
    report(row, "ns", nanoseconds_between(started, clock::now()) / lock_unlocks, "ns");
}

} // namespace bench
