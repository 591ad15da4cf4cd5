// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Every stack has its guard page.
#include "sleepers.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/wait.hpp>

int main(int argc, char** argv) {
    return plait::run([&] {
        bench::sleepers sleepers(argc, argv);
        for (long i = 0; i < sleepers.count; ++i) {
            auto sleeper = plait::spawn(
                [&sleepers] {
                    ++sleepers.asleep;
                    plait::sleep_for(bench::longer_than_the_run);
                },
                {.stack_bytes = bench::stack_bytes});
            sleeper.detach();
        }
        while (sleepers.asleep != sleepers.count)
            plait::yield();
        sleepers.report_and_exit();
    });
}
