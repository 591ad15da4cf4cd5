// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Batches, task_done, the immediate close. They work on a queue of their own beside the stage's, "many", which holds the
// messages 1 to `count` where one takes them.
#include "killing.hpp"
#include "operations.hpp"
#include "queue_core.hpp"

#include <plait/runtime/error.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <stdexcept>
#include <thread>

namespace crash {
namespace {

using arguments = std::vector<std::string>;
using plait::ipc::byte_queue;
using plait::ipc::queue_order;
using plait::ipc::segment;

constexpr message_id count = 5;
constexpr plait::ipc::queue_options size_of_many{.capacity = 16, .bytes = 24 * 64, .cell_bytes = 64, .joinable = true};

std::size_t bytes_of(message_id id) { return id % 2 == 0 ? three_cells : one_cell; }
byte_queue many(segment& s) { return byte_queue::open(s, "many"); }
bool ignore(void*, std::span<const std::byte>) { return true; }
constexpr plait::ipc::detail::message_reader ignored{&ignore, nullptr};

// ------------------------------------------------------------------------------------------------------ the children

const test::child_function put_many("put_many", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = many(s);
    std::vector<std::vector<std::byte>> messages;
    std::vector<std::span<const std::byte>> batch;
    for (message_id id = 1; id <= count; ++id)
        messages.push_back(message_of(id, bytes_of(id)));
    for (auto& m : messages)
        batch.emplace_back(m);
    operation_begins();
    auto put = q.put_many(batch);
    operation_ends();
    return put == count ? 0 : 1;
});

const test::child_function receive_many("receive_many", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = many(s);
    operation_begins();
    auto held = q.receive_many(count);
    operation_ends();
    return held.size() == count ? 0 : 1;
});

const test::child_function get_many("get_many", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = many(s);
    operation_begins();
    q.get_many_read(count, {&ignore, [](void*) noexcept {}, nullptr}, plait::deadline::never());
    operation_ends();
    return 0;
});

const test::child_function task_done("task_done", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = many(s);
    q.get_read(ignored, plait::deadline::never());
    operation_begins();
    q.task_done();
    operation_ends();
    return 0;
});

const test::child_function close_now("close_now", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = many(s);
    auto held = q.receive();
    operation_begins();
    q.close_now();
    operation_ends();
    return 0;
});

// The queue is closed when the batch has already seen it open.
const test::child_function put_many_into_closing("put_many_into_closing", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = many(s);
    operation_begins();
    try {
        auto close_and_write = [](const void* queue, std::size_t which, std::span<std::byte> to) {
            byte_queue(*static_cast<const byte_queue*>(queue)).close();
            std::ranges::copy(message_of(which + 1, one_cell), to.begin());
        };
        auto size = [](const void*, std::size_t) { return one_cell; };
        q.put_many_written({size, close_and_write, &q, 3}, plait::deadline::never());
        return 1;
    } catch (const plait::queue_closed&) {
    }
    operation_ends();
    return 0;
});

const test::child_function release_into_dropping("release_into_dropping", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = many(s);
    auto held = q.receive();
    q.close_now();
    operation_begins();
    held.release();
    operation_ends();
    return 0;
});

const test::child_function receive_one("receive_one_of_many", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = many(s);
    operation_begins();
    auto held = q.receive();
    operation_ends();
    return 0;
});

// --------------------------------------------------------------------------------------------------- before and after

std::optional<byte_queue> kept_open; // so that one core in this process is waited on and accounted for
std::optional<std::jthread> joiner;

void make(stage& s) { kept_open = byte_queue::create(s.segment(), "many", size_of_many, s.queue().order()); }
void make_and_fill(stage& s) {
    make(s);
    for (message_id id = 1; id <= count; ++id)
        kept_open->put(message_of(id, bytes_of(id)));
}
void make_and_join(stage& s) {
    make_and_fill(s);
    joiner.emplace([] { kept_open->join(); });
    while (!kept_open->core().idle().on.has_waiters())
        std::this_thread::yield();
}
void close_upon_the_dead(stage& s) {
    make_and_fill(s);
    auto order = s.queue().order();
    die_in(s, receive_one, step_of_taking(order));
    die_in(s, receive_one, order == queue_order::fifo ? "queue.take.advanced" : "sorted.take.removed");
    kept_open->close_now();
}

/// What is left in "many", in the order of its numbers; then everything must be done, and its room free.
std::vector<message_id> drain(std::vector<std::string>& wrong) {
    std::vector<message_id> left;
    while (auto message = kept_open->try_receive()) {
        left.push_back(read_message(*message));
        message->ack();
    }
    if (joiner) joiner.reset(); // hangs if the last acknowledgement was not heard of
    if (!kept_open->try_join()) wrong.emplace_back("something is left to do");
    if (kept_open->free_bytes() != size_of_many.bytes) wrong.emplace_back("cells of the second queue are not free");
    if (kept_open->order() != queue_order::fifo) std::ranges::sort(left); // a FIFO has them in this order
    kept_open.reset();
    return left;
}

void expect(bool holds, const char* what, const std::vector<message_id>& left, std::vector<std::string>& wrong) {
    if (holds) return;
    std::string text = what;
    for (auto id : left)
        text += " " + std::to_string(id);
    wrong.push_back(text);
}

bool begins_with_the_first(const std::vector<message_id>& left) {
    for (std::size_t i = 0; i < left.size(); ++i)
        if (left[i] != i + 1) return false;
    return true;
}

void the_first_are_there(stage&, std::vector<std::string>& wrong) {
    auto left = drain(wrong);
    expect(begins_with_the_first(left), "of a batch there should be the first, but there are", left, wrong);
}
void all_are_there(stage&, std::vector<std::string>& wrong) {
    auto left = drain(wrong);
    std::ranges::sort(left);
    expect(left.size() == count && begins_with_the_first(left), "all should be there, but there are", left, wrong);
}
void each_is_there_at_most_once(stage&, std::vector<std::string>& wrong) {
    auto left = drain(wrong);
    std::ranges::sort(left);
    expect(std::ranges::adjacent_find(left) == left.end(), "doubled:", left, wrong);
}
void all_but_the_first_are_there(stage&, std::vector<std::string>& wrong) {
    message_id first = kept_open->order() == queue_order::lifo ? count : 1;
    auto left = drain(wrong);
    std::erase(left, first);
    expect(
        left.size() == count - 1 && std::ranges::adjacent_find(left) == left.end(), "all others should be there, but",
        left, wrong);
}
void none_or_all_are_there(stage&, std::vector<std::string>& wrong) {
    bool closed = kept_open->is_closed();
    // Nobody has looked at the queue since the sweep: that has ended what was begun.
    if (closed && kept_open->size() != 0) wrong.emplace_back("the sweep has left messages in a queue closed at once");
    auto left = drain(wrong);
    expect(left.size() == (closed ? 0 : count), "an immediate close drops all or none, but there are", left, wrong);
}

constexpr auto gone = fate::must_be_gone;
constexpr auto none = stage::new_message; // of the stage's own queue, none

const std::array all{
    operation{"put many", &put_many, none, gone, gone, &make, &the_first_are_there, true},
    operation{"receive many", &receive_many, none, gone, gone, &make_and_fill, &all_are_there, true},
    operation{"get many", &get_many, none, gone, gone, &make_and_fill, &all_are_there, false},
    operation{"task_done", &task_done, none, gone, gone, &make_and_fill, &all_but_the_first_are_there, true},
    operation{
        "task_done, while one joins", &task_done, none, gone, gone, &make_and_join, &all_but_the_first_are_there,
        false},
    operation{"close now", &close_now, none, gone, gone, &make_and_fill, &none_or_all_are_there, true},
    operation{
        "put many, meeting a close", &put_many_into_closing, none, gone, gone, &make, &each_is_there_at_most_once,
        false},
    operation{
        "return, closed at once", &release_into_dropping, none, gone, gone, &make_and_fill, &none_or_all_are_there,
        false},
    operation{"sweep, closed at once", &sweep, none, gone, gone, &close_upon_the_dead, &none_or_all_are_there, false},
};

} // namespace

std::span<const operation> face_operations() {
    static const auto in_all_orders = in_every_order(all, where::another_queue);
    return in_all_orders;
}

} // namespace crash
