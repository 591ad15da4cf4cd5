// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What a submit-and-get costs that sleeps on both sides: one thread wakes another, which wakes the first.
#include "work.hpp"

#include <atomic>
#include <cstdint>
#include <thread>

#include <linux/futex.h>
#include <sys/syscall.h>

namespace {

using word = std::atomic<std::uint32_t>;

void set_and_wake(word& w, std::uint32_t value) {
    w.store(value, std::memory_order_release);
    syscall(SYS_futex, &w, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}
void sleep_until(word& w, std::uint32_t value) {
    for (std::uint32_t seen; (seen = w.load(std::memory_order_acquire)) != value;)
        syscall(SYS_futex, &w, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
}

} // namespace

int main(int argc, char** argv) {
    bench::requested_row(argc, argv, {"pool_one"});
    word asked{0}, answered{0};
    std::thread answers([&] {
        for (std::uint32_t i = 1; i <= bench::single_tasks; ++i) {
            sleep_until(asked, i);
            set_and_wake(answered, i);
        }
    });
    std::uint32_t i = 0;
    bench::measure_single_tasks([&] {
        set_and_wake(asked, ++i);
        sleep_until(answered, i);
    });
    answers.join();
}
