// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A pool of two processes.
//
//   ppool_chunk1, ppool_chunk100   map of a trivial function over 100,000 numbers, so many of them to a message
//   ppool_rtt                      one task that does nothing is submitted and its end waited for, over and over
//   ppool_idle                     the same, after everybody has been asleep for two milliseconds
//   recovery                       a worker is killed; see recovery.hpp
//
// The maps are not pinned: the processes go where the kernel puts them, for everybody. For the round trip the owner is on
// one CPU and the workers are on another, for everybody too. The processes are there, and have had something to do, before
// the clock runs.
#include "../measure.hpp"
#include "recovery.hpp"

#include <plait/ipc/process_pool.hpp>

#include <numeric>
#include <vector>

namespace {

constexpr std::size_t workers = 2;
constexpr int tasks = 100'000;
constexpr long round_trips = 20'000;
constexpr int idle_trips = 500;

int twice(int n) { return 2 * n; }
void nothing() {}

void place_worker(bool on_a_cpu_of_its_own) {
    if (on_a_cpu_of_its_own) bench::pin_this_thread(1);
}

void warm_up(plait::ipc::process_pool& pool) {
    for (int i = 0; i < 1000; ++i)
        pool.submit(plait::fn<&nothing>).get();
}

double tasks_per_second(plait::ipc::process_pool& pool, std::size_t chunk) {
    std::vector<int> numbers(tasks);
    std::iota(numbers.begin(), numbers.end(), 0);
    auto started = bench::clock::now();
    auto results = pool.map(plait::fn<&twice>, numbers, chunk).get();
    double seconds = bench::nanoseconds_between(started, bench::clock::now()) / 1e9;
    for (std::size_t i = 0; i < results.size(); ++i)
        if (results[i] != 2 * numbers[i]) bench::fail("map gave a wrong result");
    return tasks / seconds;
}

} // namespace

int main(int argc, char** argv) {
    if (auto code = plait::ipc::child_main(argc, argv)) return *code;
    auto row =
        bench::requested_row(argc, argv, {"ppool_chunk1", "ppool_chunk100", "ppool_rtt", "ppool_idle", "recovery"});
    if (row == "recovery") return bench::report_recovery(row), 0;
    bool trip = row == "ppool_rtt";
    plait::ipc::process_pool pool({.workers = workers}, plait::fn<&place_worker>, trip);
    if (trip) bench::pin_this_thread(0);
    warm_up(pool);
    if (trip) {
        auto started = bench::clock::now();
        for (long i = 0; i < round_trips; ++i)
            pool.submit(plait::fn<&nothing>).get();
        bench::report(row, "ns", bench::nanoseconds_between(started, bench::clock::now()) / round_trips, "ns");
    } else if (row == "ppool_idle") {
        double total = 0;
        for (int i = 0; i < idle_trips; ++i) {
            usleep(2000);
            auto started = bench::clock::now();
            pool.submit(plait::fn<&nothing>).get();
            total += bench::nanoseconds_between(started, bench::clock::now());
        }
        bench::report(row, "ns", total / idle_trips, "ns");
    } else {
        bench::report(row, "tasks_per_s", tasks_per_second(pool, row == "ppool_chunk1" ? 1 : 100), "tasks/s");
    }
}
