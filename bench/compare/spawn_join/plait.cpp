// Copyright 2026 the plait authors. Boost Software License 1.0
#include "batches.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>

#include <vector>

int main(int argc, char** argv) {
    return plait::run([&] {
        std::vector<plait::task<void>> running;
        running.reserve(bench::batch);
        bench::measure_batches(argc, argv, [&](volatile long& counter) {
            for (int i = 0; i < bench::batch; ++i) {
                running.push_back(
                    plait::spawn([&counter] { counter = counter + 1; }, {.stack_bytes = bench::stack_bytes}));
            }
            for (auto& task : running)
                task.join();
            running.clear();
        });
    });
}
