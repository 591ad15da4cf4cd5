// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The operations of queues whose order has a lock: who dies may have it.
#include "killing.hpp"
#include "operations.hpp"

#include <array>

namespace crash {
namespace {

using arguments = std::vector<std::string>;
using plait::ipc::byte_queue;
using plait::ipc::queue_order;
using plait::ipc::segment;

const test::child_function put("sorted_put", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    operation_begins();
    put_message(q, stage::new_message, one_cell);
    operation_ends();
    return 0;
});

const test::child_function receive("sorted_receive", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    operation_begins();
    auto held = q.try_receive();
    operation_ends();
    return 0;
});

/// Somebody has died with the lock, and the heap is not whole.
void leave_the_lock_behind(stage& s) { die_in(s, put, "sorted.insert.placed"); }

/// One dead party in each state that a sweep has to deal with. All but two died with the lock, each time after its former
/// holder had.
void leave_much_to_sweep(stage& s) {
    die_in(s, put, "queue.claim.done");            // DRAFT
    die_in(s, put, "sorted.insert.placed");        // READY, half in the heap
    die_in(s, receive, "sorted.make.collected");   // the heap half made
    die_in(s, receive, "sorted.take.leased");      // LEASED, still in the heap
    die_in(s, receive, "lock.recovered");          // the lock inherited twice
    die_in(s, receive, "lock.released");           // LEASED
    die_in(s, give_back, "queue.return.returned"); // RETURNED, not in the heap
}

constexpr auto there = fate::must_be_there;
constexpr auto either = fate::may_be_there;
constexpr auto gone = fate::must_be_gone;
constexpr auto fresh = stage::new_message;
constexpr auto oldest = stage::first_message;
constexpr auto newest = stage::last_message;
constexpr auto lifo = queue_order::lifo;
constexpr auto priority = queue_order::priority;
constexpr bool locks = true, free = false;

const std::array all{
    operation{"lifo: put", &put, fresh, either, there, nullptr, nullptr, true, locks, lifo},
    operation{"lifo: receive", &receive, newest, there, there, nullptr, nullptr, true, locks, lifo},
    operation{"lifo: send", &send, fresh, either, there, nullptr, nullptr, false, locks, lifo},
    operation{"lifo: prepare and drop", &prepare, fresh, gone, gone, nullptr, nullptr, false, free, lifo},
    operation{"lifo: get", &get, newest, either, gone, nullptr, nullptr, false, locks, lifo, true},
    operation{"lifo: close", &close, fresh, gone, gone, nullptr, nullptr, false, free, lifo},
    operation{"lifo: put into closing", &put_into_closing, fresh, either, gone, nullptr, nullptr, false, locks, lifo},
    operation{"lifo: ack", &ack, newest, either, gone, nullptr, nullptr, true, free, lifo},
    operation{"lifo: return", &give_back, newest, there, there, nullptr, nullptr, true, locks, lifo},
    operation{
        "lifo: sweep of seven dead", &sweep, fresh, there, there, &leave_much_to_sweep, nullptr, false, locks, lifo},
    operation{"priority: put", &put, fresh, either, there, nullptr, nullptr, true, locks, priority},
    operation{"priority: send", &send, fresh, either, there, nullptr, nullptr, false, locks, priority},
    operation{"priority: prepare and drop", &prepare, fresh, gone, gone, nullptr, nullptr, false, free, priority},
    operation{"priority: get", &get, oldest, either, gone, nullptr, nullptr, false, locks, priority, true},
    operation{"priority: close", &close, fresh, gone, gone, nullptr, nullptr, false, free, priority},
    operation{"priority: receive", &receive, oldest, there, there, nullptr, nullptr, true, locks, priority},
    operation{"priority: ack", &ack, oldest, either, gone, nullptr, nullptr, true, free, priority},
    operation{"priority: return", &give_back, oldest, there, there, nullptr, nullptr, true, locks, priority},
    operation{
        "priority: put, recovering", &put, fresh, either, there,
        [](stage& s) { die_in(s, receive, "sorted.take.leased"); }, nullptr, true, locks, priority},
    operation{
        "priority: receive, recov.", &receive, fresh, there, there, &leave_the_lock_behind, nullptr, true, locks,
        priority},
    operation{
        "priority: put into closing", &put_into_closing, fresh, either, gone, nullptr, nullptr, false, locks, priority},
    operation{
        "priority: sweep of a holder", &sweep, oldest, there, there,
        [](stage& s) { die_in(s, receive, "sorted.take.leased"); }, nullptr, true, locks, priority},
    operation{
        "priority: sweep of seven", &sweep, fresh, there, there, &leave_much_to_sweep, nullptr, false, locks, priority},
};

} // namespace

std::span<const operation> sorted_operations() { return all; }

} // namespace crash
