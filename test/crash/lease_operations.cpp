// Copyright 2026 the plait authors. Boost Software License 1.0
#include "killing.hpp"
#include "operations.hpp"

#include <array>

namespace crash {
namespace {

using arguments = std::vector<std::string>;
using plait::ipc::byte_queue;
using plait::ipc::lease_for;
using plait::ipc::segment;
using namespace std::chrono_literals;

const test::child_function receive_with_limit("receive_with_limit", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    operation_begins();
    auto held = q.receive(lease_for(1h));
    operation_ends();
    return 0;
});

const test::child_function extend("extend", [](segment& s, const arguments& a) {
    begin(s, a);
    auto held = byte_queue::open(s, "q").receive(lease_for(1h));
    operation_begins();
    held.extend(2h);
    operation_ends();
    return 0;
});

const test::child_function reject("reject", [](segment& s, const arguments& a) {
    begin(s, a);
    auto held = byte_queue::open(s, "q").receive();
    operation_begins();
    held.reject();
    operation_ends();
    return 0;
});

constexpr unsigned first_victim = 1; // the index of the first child of a stage

const test::child_function evict("evict", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    operation_begins();
    auto evicted = q.evict(first_victim);
    operation_ends();
    return evicted == 1 ? 0 : 1;
});

void leave_a_lease_in_its_slot(stage& s) { die_in(s, receive_with_limit, step_of_taking(s.queue().order())); }
void leave_a_dead_letter(stage& s) { s.queue().receive().reject(); }

/// One dead party in each state that a lease with a limit has, and one that did not put a replayed message in.
void leave_leases_to_sweep(stage& s) {
    leave_a_dead_letter(s);
    die_in(s, replay, "queue.replay.returned");
    die_in(s, receive_with_limit, "queue.limit.noted");
    die_in(s, receive_with_limit, "queue.limit.timed");
    die_in(s, extend, "queue.extend.extending");
    die_in(s, extend, "queue.extend.noted");
}

constexpr auto there = fate::must_be_there;
constexpr auto first = stage::first_message;

const std::array all{
    operation{"receive with a limit", &receive_with_limit, first, there, there, nullptr, nullptr, true},
    operation{"extend", &extend, first, there, there, nullptr, nullptr, true},
    operation{"reject", &reject, first, there, there, nullptr, nullptr, true},
    operation{"expire", &expire, first, there, there, nullptr, nullptr, true},
    operation{"evict", &evict, first, there, there, &leave_a_lease_in_its_slot, nullptr, true},
    operation{"replay a dead letter", &replay, first, there, there, &leave_a_dead_letter, nullptr, true},
    operation{
        "drop a dead letter", &drop, first, fate::may_be_there, fate::must_be_gone, &leave_a_dead_letter, nullptr,
        true},
    operation{"sweep of five leases", &sweep, first, there, there, &leave_leases_to_sweep, nullptr, false},
};

} // namespace

std::span<const operation> lease_operations() {
    static const auto in_all_orders = in_every_order(all, where::stage_s_queue);
    return in_all_orders;
}

} // namespace crash
