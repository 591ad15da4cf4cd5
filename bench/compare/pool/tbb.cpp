// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The calling thread is one of oneTBB's two.
#include "work.hpp"

#include <tbb/global_control.h>
#include <tbb/parallel_invoke.h>
#include <tbb/task_group.h>

namespace {

long fib(int n) {
    if (n < 2) return n;
    long a = 0, b = 0;
    tbb::parallel_invoke([&] { a = fib(n - 1); }, [&] { b = fib(n - 2); });
    return a + b;
}

} // namespace

int main(int argc, char** argv) {
    auto row = bench::requested_row(argc, argv, {"pool_empty", "pool_fib"});
    tbb::global_control two_threads(tbb::global_control::max_allowed_parallelism, bench::pool_threads);
    if (row == "pool_empty")
        bench::measure_empty_tasks([] {
            bench::countdown all;
            tbb::task_group group;
            for (long i = 0; i < bench::empty_tasks; ++i)
                group.run([&all] { all.one_done(); });
            group.wait();
            all.wait();
        });
    else
        bench::measure_fib(fib);
}
