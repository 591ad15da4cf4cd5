// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "killing.hpp"
#include "operations.hpp"

#include <plait/runtime/async.hpp>
#include <plait/runtime/error.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <optional>

#include <fcntl.h>

namespace crash {
namespace {

using arguments = std::vector<std::string>;
using plait::ipc::byte_queue;
using plait::ipc::segment;

const test::child_function put_by_handler("put_by_handler", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    auto message = message_of(stage::new_message, three_cells);
    boost::asio::io_context context;
    boost::system::error_code failure;
    operation_begins();
    q.async_put(message, boost::asio::bind_executor(context, [&](boost::system::error_code ec) { failure = ec; }));
    context.run();
    operation_ends();
    return failure ? 1 : 0;
});

const test::child_function receive_by_handler("receive_by_handler", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    boost::asio::io_context context;
    std::optional<plait::ipc::byte_lease> held;
    auto keep = [&](boost::system::error_code ec, plait::ipc::byte_lease message) {
        if (!ec) held = std::move(message);
    };
    operation_begins();
    q.async_receive(boost::asio::bind_executor(context, keep));
    context.run();
    operation_ends();
    return held ? 0 : 1;
});

const test::child_function join("join", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "idle");
    operation_begins();
    q.join();
    operation_ends();
    return 0;
});

const test::child_function make_segment("make_segment", [](segment& s, const arguments& a) {
    begin(s, a);
    operation_begins();
    auto made = segment::create({.bytes = 256 << 10});
    operation_ends();
    return 0;
});

/// What every process begins and ends with; it has entered already, and so it leaves first.
const test::child_function leave_and_enter("leave_and_enter", [](segment& s, const arguments& a) {
    begin(s, a);
    int memory = ::fcntl(s.memory_fd(), F_DUPFD_CLOEXEC, 0), liveness = ::fcntl(s.liveness_fd(), F_DUPFD_CLOEXEC, 0);
    std::optional<segment> inside = std::move(s);
    operation_begins();
    inside.reset();
    inside = segment::attach(memory, liveness);
    inside->attachment()->stop_ticking();
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

void make_an_idle_queue(stage& s) { static_cast<void>(byte_queue::create(s.segment(), "idle", {.bytes = 1024})); }
void leave_a_draft_to_sweep(stage& s) { die_in(s, put_long, "queue.claim.done"); }
void leave_an_unplaced_one_to_sweep(stage& s) { die_in(s, put_short, "queue.publish.ready"); }
void leave_a_returned_one_to_sweep(stage& s) { die_in(s, give_back, "queue.return.returned"); }

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
    operation{"put by a handler", &put_by_handler, fresh, either, there, nullptr, nullptr, false},
    operation{"prepare and drop", &prepare, fresh, gone, gone, nullptr, nullptr, true},
    operation{"send of a loan", &send, fresh, either, there, nullptr, nullptr, false},
    operation{"receive", &receive, first, there, there, nullptr, nullptr, true},
    operation{"receive by a handler", &receive_by_handler, first, there, there, nullptr, nullptr, false},
    operation{
        .name = "get",
        .child = &get,
        .subject = first,
        .if_killed = either,
        .if_completed = gone,
        .before = nullptr,
        .after = nullptr,
        .single_step = false,
        .takes_what_is_next = true},
    operation{"ack", &ack, first, either, gone, nullptr, nullptr, true},
    operation{"return", &give_back, first, there, there, nullptr, nullptr, true},
    operation{"close", &close, fresh, gone, gone, nullptr, nullptr, false},
    operation{"join", &join, fresh, gone, gone, &make_an_idle_queue, nullptr, false},
    operation{"put into a closing queue", &put_into_closing, fresh, either, gone, nullptr, nullptr, false},
    operation{"enter and leave", &enter_and_leave, fresh, gone, gone, nullptr, nullptr, false},
    operation{"leave and enter again", &leave_and_enter, fresh, gone, gone, nullptr, nullptr, false},
    operation{"make a segment", &make_segment, fresh, gone, gone, nullptr, nullptr, false},
    operation{"make a queue", &make_queue, fresh, gone, gone, nullptr, &the_queue_is_there_or_can_be_made, false},
    operation{"sweep of a dead holder", &sweep, first, there, there, &leave_a_holder_to_sweep, nullptr, true},
    operation{"sweep of a draft", &sweep, fresh, gone, gone, &leave_a_draft_to_sweep, nullptr, true},
    operation{"sweep of an unplaced one", &sweep, fresh, gone, gone, &leave_an_unplaced_one_to_sweep, nullptr, true},
    operation{"sweep of a returned one", &sweep, first, there, there, &leave_a_returned_one_to_sweep, nullptr, true},
    operation{"sweep of five dead", &sweep, fresh, gone, gone, &leave_much_to_sweep, nullptr, false},
};

} // namespace

std::span<const operation> queue_operations() { return all; }

} // namespace crash
