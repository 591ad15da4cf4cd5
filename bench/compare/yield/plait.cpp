// Copyright 2026 the plait authors. Boost Software License 1.0
#include "turns.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>

#include <vector>

int main(int argc, char** argv) {
    bench::turns turns(argc, argv);
    return plait::run([&] {
        std::vector<plait::task<void>> running;
        for (int i = 0; i < turns.coroutines; ++i) {
            running.push_back(plait::spawn(
                [&turns, i] { turns.take(i, [] { plait::yield(); }); }, {.stack_bytes = bench::stack_bytes}));
        }
        for (auto& task : running)
            task.join();
        turns.report();
    });
}
