// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The children that more than one list has.
#include "killing.hpp"
#include "operations.hpp"

#include <plait/runtime/error.hpp>

#include <algorithm>

namespace crash {
namespace {

using arguments = std::vector<std::string>;
using plait::ipc::byte_queue;
using plait::ipc::segment;

} // namespace

const test::child_function ack("ack", [](segment& s, const arguments& a) {
    begin(s, a);
    auto held = byte_queue::open(s, "q").receive();
    operation_begins();
    held.ack();
    operation_ends();
    return 0;
});

const test::child_function give_back("give_back", [](segment& s, const arguments& a) {
    begin(s, a);
    auto held = byte_queue::open(s, "q").receive();
    operation_begins();
    held.release();
    operation_ends();
    return 0;
});

const test::child_function sweep("sweep", [](segment& s, const arguments& a) {
    begin(s, a);
    operation_begins();
    s.sweep();
    operation_ends();
    return 0;
});

const test::child_function put_into_closing("put_into_closing", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    operation_begins();
    try {
        auto close_and_write = [](const void* queue, std::span<std::byte> to) {
            byte_queue(*static_cast<const byte_queue*>(queue)).close();
            std::ranges::copy(message_of(stage::new_message, one_cell), to.begin());
        };
        q.put_written(one_cell, {close_and_write, &q}, plait::deadline::never());
        return 1;
    } catch (const plait::queue_closed&) {
    }
    operation_ends();
    return 0;
});

} // namespace crash
