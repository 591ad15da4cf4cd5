// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A program that begins with plait::run and starts children from coroutines. Ends with 0 if the library behaves.
#include "support/pipe.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/ipc/process.hpp>
#include <plait/runtime/error.hpp>

#include <cstdio>

using plait::detail::unique_fd;

namespace {

// A child that is ended by its parent's other coroutine: if join held up the thread, that would never come to run.
int join_parks_the_coroutine_alone() {
    plait::test::pipe door;
    plait::ipc::process p{
        [](unique_fd until_closed) {
            plait::test::read_byte(until_closed);
            return 5;
        },
        std::move(door.reader)};
    p.start();
    auto joiner = plait::spawn([&] {
        p.join();
        return p.exit_code().value();
    });
    auto opener = plait::spawn([&] { door.writer.reset(); });
    return joiner.join() == 5 ? 0 : 1;
}

// A child that runs coroutines of its own.
int a_child_may_call_run() {
    plait::ipc::process p{[] { return plait::run([] { return plait::spawn([] { return 6; }).join(); }); }};
    p.start();
    p.join();
    return p.exit_code() == 6 ? 0 : 2;
}

int a_cancelled_join_takes_nothing() {
    plait::test::pipe door;
    plait::ipc::process p{[](unique_fd until_closed) { plait::test::read_byte(until_closed); }, std::move(door.reader)};
    p.start();
    auto joiner = plait::spawn([&] { p.join(); });
    plait::yield(); // the joiner waits now
    joiner.cancel();
    try {
        joiner.join();
        return 3;
    } catch (const plait::error& e) {
        if (e.code() != plait::errc::task_cancelled) return 4;
    }
    door.writer.reset();
    p.join();
    return p.exit_code() == 0 ? 0 : 5;
}

} // namespace

int main() {
    return plait::run([] {
        for (auto* test : {&join_parks_the_coroutine_alone, &a_child_may_call_run, &a_cancelled_join_takes_nothing})
            if (int failure = test(); failure != 0) {
                std::fprintf(stderr, "process_under_run: failure %d\n", failure);
                return failure;
            }
        return 0;
    });
}
