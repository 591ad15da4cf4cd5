// Copyright 2026 the plait authors. Boost Software License 1.0
#include "lock_unlock.hpp"

#include <plait/coro/run.hpp>
#include <plait/runtime/mutex.hpp>

int main(int argc, char** argv) {
    auto row = bench::requested_row(argc, argv, {"mutex_uncontended"});
    bench::sleeping_thread other;
    return plait::run([&] {
        plait::mutex mutex;
        bench::measure_lock_unlock(row, mutex);
    });
}
