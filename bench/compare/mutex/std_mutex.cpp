// Copyright 2026 the plait authors. Boost Software License 1.0
#include "lock_unlock.hpp"

int main(int argc, char** argv) {
    auto row = bench::requested_row(argc, argv, {"mutex_uncontended"});
    bench::sleeping_thread other;
    std::mutex mutex;
    bench::measure_lock_unlock(row, mutex);
}
