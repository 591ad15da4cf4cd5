// Copyright 2026 the plait authors. Boost Software License 1.0
#include "work.hpp"

#include <plait/runtime/task_group.hpp>
#include <plait/runtime/thread_pool.hpp>

namespace {

long fib(int n) {
    if (n < 2) return n;
    long a = 0, b = 0;
    plait::invoke([&] { a = fib(n - 1); }, [&] { b = fib(n - 2); });
    return a + b;
}

} // namespace

int main(int argc, char** argv) {
    auto row = bench::requested_row(argc, argv, {"pool_empty", "pool_fib", "pool_one"});
    plait::thread_pool pool({.threads = bench::pool_threads});
    if (row == "pool_empty")
        bench::measure_empty_tasks([&] {
            bench::countdown all;
            for (long i = 0; i < bench::empty_tasks; ++i)
                pool.post([&all] { all.one_done(); });
            all.wait();
        });
    else if (row == "pool_fib")
        bench::measure_fib([&](int n) { return pool.submit(fib, n).get(); });
    else
        bench::measure_single_tasks([&] { pool.submit([] {}).get(); });
}
