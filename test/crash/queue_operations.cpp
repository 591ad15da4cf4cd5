// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "killing.hpp"
#include "operations.hpp"

#include <plait/runtime/error.hpp>

#include <array>

namespace crash {
namespace {

using arguments = std::vector<std::string>;
using plait::ipc::byte_queue;
using plait::ipc::segment;

int put_one(segment& s, const arguments& a, std::size_t bytes) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    auto message = message_of(stage::new_message, bytes);
    operation_begins();
    q.put(message);
    operation_ends();
    return 0;
}

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

const test::child_function receive("receive", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    operation_begins();
    auto held = q.receive();
    operation_ends();
    return 0;
});

const test::child_function make_queue("make_queue", [](segment& s, const arguments& a) {
    begin(s, a);
    operation_begins();
    static_cast<void>(byte_queue::create(s, "new", {.bytes = 1024}));
    operation_ends();
    return 0;
});

const test::child_function enter_and_leave("enter_and_leave", [](segment& s, const arguments& a) {
    begin(s, a);
    // The table alone, and not this process's attachment: that has its participant already.
    plait::ipc::detail::participant_table& table = s.attachment()->participants();
    operation_begins();
    table.leave(table.claim());
    operation_ends();
    return 0;
});

/// One dead party in each state that a sweep has to deal with.
void leave_much_to_sweep(stage& s) {
    die_in(s, put_long, "queue.claim.done");       // DRAFT
    die_in(s, put_short, "queue.publish.ready");   // READY, in no slot
    die_in(s, receive, "queue.take.taken");        // LEASED, its slot not cleared
    die_in(s, receive, "queue.take.advanced");     // LEASED
    die_in(s, give_back, "queue.return.returned"); // RETURNED, in no slot
}

void leave_a_holder_to_sweep(stage& s) { die_in(s, receive, "queue.take.taken"); }

void the_queue_is_there_or_can_be_made(stage& s, std::vector<std::string>& wrong) {
    try {
        static_cast<void>(byte_queue::create(s.segment(), "new", {.bytes = 1024}));
    } catch (const plait::error& e) {
        if (e.code() != plait::errc::object_exists) wrong.emplace_back(e.what());
    }
    auto q = byte_queue::open(s.segment(), "new");
    q.put({});
    q.receive().ack();
}

constexpr auto there = fate::must_be_there;
constexpr auto either = fate::may_be_there;
constexpr auto gone = fate::must_be_gone;
constexpr auto first = stage::first_message;
constexpr auto fresh = stage::new_message;

const std::array all{
    operation{"put, one cell", &put_short, fresh, either, there, nullptr, nullptr, true},
    operation{"put, three cells", &put_long, fresh, either, there, nullptr, nullptr, true},
    operation{"prepare and drop", &prepare, fresh, gone, gone, nullptr, nullptr, true},
    operation{"receive", &receive, first, there, there, nullptr, nullptr, true},
    operation{"ack", &ack, first, either, gone, nullptr, nullptr, true},
    operation{"return", &give_back, first, there, there, nullptr, nullptr, true},
    operation{"put into a closing queue", &put_into_closing, fresh, either, gone, nullptr, nullptr, false},
    operation{"enter and leave", &enter_and_leave, fresh, gone, gone, nullptr, nullptr, false},
    operation{"make a queue", &make_queue, fresh, gone, gone, nullptr, &the_queue_is_there_or_can_be_made, false},
    operation{"sweep of a dead holder", &sweep, first, there, there, &leave_a_holder_to_sweep, nullptr, true},
    operation{"sweep of five dead", &sweep, fresh, gone, gone, &leave_much_to_sweep, nullptr, false},
};

} // namespace

std::span<const operation> queue_operations() { return all; }

} // namespace crash
