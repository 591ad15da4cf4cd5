// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The children that more than one list has.
#include "attachment.hpp"
#include "expiry.hpp"
#include "killing.hpp"
#include "operations.hpp"
#include "queue_core.hpp"
#include "recovery.hpp"

#include <plait/runtime/error.hpp>

#include <algorithm>
#include <optional>

namespace crash {
namespace {

using arguments = std::vector<std::string>;
using plait::ipc::byte_queue;
using plait::ipc::segment;
using namespace std::chrono_literals;

int put_one(segment& s, const arguments& a, std::size_t bytes) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    auto message = message_of(stage::new_message, bytes);
    operation_begins();
    q.put(message, priority_of(q, stage::new_message));
    operation_ends();
    return 0;
}

} // namespace

const test::child_function put_short("put_short", [](segment& s, const arguments& a) {
    return put_one(s, a, one_cell);
});
const test::child_function put_long("put_long", [](segment& s, const arguments& a) {
    return put_one(s, a, three_cells);
});

const test::child_function prepare("prepare", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    operation_begins();
    static_cast<void>(q.prepare(three_cells));
    operation_ends();
    return 0;
});

const test::child_function drop_a_loan("drop_a_loan", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    std::optional<plait::ipc::loan> room = q.prepare(three_cells);
    operation_begins();
    room.reset();
    operation_ends();
    return 0;
});

const test::child_function send("send", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    operation_begins();
    auto room = q.prepare(three_cells);
    std::ranges::copy(message_of(stage::new_message, three_cells), room.data().begin());
    std::move(room).send(priority_of(q, stage::new_message));
    operation_ends();
    return 0;
});

const test::child_function receive("receive", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    operation_begins();
    auto held = q.receive();
    operation_ends();
    return 0;
});

const test::child_function get("get", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    operation_begins();
    q.get_read({[](void*, std::span<const std::byte>) { return true; }, nullptr}, plait::deadline::never());
    operation_ends();
    return 0;
});

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

const test::child_function expire("expire", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    auto held = q.receive(plait::ipc::lease_for(1ns));
    auto& shared = q.core().shared();
    while (!plait::ipc::detail::expiry_schedule(shared.header().next_look).is_due()) {
    }
    operation_begins();
    auto returned = expire_leases(shared, *s.attachment());
    operation_ends();
    return returned == 1 ? 0 : 1;
});

const test::child_function replay("replay", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    operation_begins();
    auto replayed = q.replay_dead_letters();
    operation_ends();
    return replayed == 1 ? 0 : 1;
});

const test::child_function drop("drop", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    operation_begins();
    auto dropped = q.drop_dead_letters();
    operation_ends();
    return dropped == 1 ? 0 : 1;
});

const test::child_function close("close", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    operation_begins();
    q.close();
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
        return was_overtaken;
    } catch (const plait::queue_closed&) {
    }
    operation_ends();
    return 0;
});

} // namespace crash
