// Copyright 2026 the plait authors. Boost Software License 1.0
//
// For stack_overflow_test: a program whose coroutine runs out of stack.
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>

namespace {

// Each frame is needed after the call it makes, so that this stays a recursion.
[[gnu::noinline]] int descend(int depth) { // NOLINT(misc-no-recursion)
    volatile char frame[512] = {};
    return depth == 0 ? frame[0] : descend(depth - 1) + frame[depth % 512];
}

} // namespace

int main() {
    return plait::run([] {
        auto fine = plait::spawn([] { return descend(10); }, {.name = "fine", .stack_bytes = 65'536});
        auto deep = plait::spawn([] { return descend(1'000'000); }, {.name = "deep", .stack_bytes = 65'536});
        return fine.join() + deep.join();
    });
}
