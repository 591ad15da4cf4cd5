// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   the test ──in──▶ a child that answers each number with its successor ──out──▶ the test

#include <plait/ipc/queue.hpp>
#include <plait/ipc/segment.hpp>
#include <plait/runtime/error.hpp>

namespace test {

/// A fixture: the two queues, each with room for four.
struct conversation {
    using numbers = plait::ipc::queue<int>;

    plait::ipc::segment s = plait::ipc::segment::create({.bytes = 4 << 20, .max_participants = 8});
    numbers in = numbers::create(s, "in", {.capacity = 4, .bytes = 64 << 10});
    numbers out = numbers::create(s, "out", {.capacity = 4, .bytes = 64 << 10});
};

/// What the child does, until `in` is closed.
inline int answer_each(plait::ipc::segment& s) {
    auto in = conversation::numbers::open(s, "in");
    auto out = conversation::numbers::open(s, "out");
    try {
        for (;;)
            out.put(in.get() + 1);
    } catch (const plait::queue_closed&) {
    }
    return 0;
}

} // namespace test
