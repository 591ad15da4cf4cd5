// Copyright 2026 the plait authors. Boost Software License 1.0
//
// For stack_overflow_test: a program whose coroutine, or, asked for "big" or "thread", a function on a big stack, runs out of
// stack.
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/coro/stack.hpp>

#include <string_view>

namespace {

// Each frame is needed after the call it makes, so that this stays a recursion.
[[gnu::noinline]] int descend(int depth) { // NOLINT(misc-no-recursion)
    volatile char frame[512] = {};
    return depth == 0 ? frame[0] : descend(depth - 1) + frame[depth % 512];
}

} // namespace

int main(int argc, char** argv) {
    std::string_view where = argc > 1 ? argv[1] : "";
    auto borrow = [] { return plait::on_big_stack([] { return descend(1'000'000); }, 131'072); };
    if (where == "thread") return borrow();
    if (where == "big") return plait::run([&] { return plait::spawn(borrow, {.name = "borrower"}).join(); });
    return plait::run([] {
        auto fine = plait::spawn([] { return descend(10); }, {.name = "fine", .stack_bytes = 65'536});
        auto deep = plait::spawn([] { return descend(1'000'000); }, {.name = "deep", .stack_bytes = 65'536});
        return fine.join() + deep.join();
    });
}
