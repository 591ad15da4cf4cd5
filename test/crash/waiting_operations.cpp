// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "killing.hpp"
#include "waiting_operations.hpp"

#include <array>
#include <csignal>
#include <stdexcept>

#include <sched.h>

namespace crash {
namespace {

using arguments = std::vector<std::string>;
using plait::ipc::byte_queue;
using plait::ipc::queue_order;
using plait::ipc::segment;
using namespace std::chrono_literals;

// ------------------------------------------------------------------------------------------------------ the children

constexpr message_id second_message = stage::new_message + 1;

const test::child_function put_two("put_two", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    auto first = message_of(stage::new_message, one_cell), second = message_of(second_message, three_cells);
    const std::array<std::span<const std::byte>, 2> both{first, second};
    operation_begins();
    q.put_many(both);
    operation_ends();
    return 0;
});

const test::child_function receive_two("receive_two", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    operation_begins();
    auto held = q.receive_many(2);
    operation_ends();
    return 0;
});

const test::child_function close_at_once("close_at_once", [](segment& s, const arguments& a) {
    begin(s, a);
    auto q = byte_queue::open(s, "q");
    operation_begins();
    q.close_now();
    operation_ends();
    return 0;
});

const test::child_function waits("waits", [](segment& s, const arguments& a) {
    begin(s, a);
    wait_options o{
        .what = static_cast<awaited>(std::stoi(a.at(1))),
        .how = static_cast<manner>(std::stoi(a.at(2))),
        .keeps = true,
        .puts = stage::new_message};
    if (a.at(3) == "leaves") o.limit = 10ms;
    operation_begins();
    wait_in_child(s, o);
    operation_ends();
    return 0;
});

// ------------------------------------------------------------------------------------------------------------ before

void leave_a_dead_letter(stage& s) { s.queue().receive().reject(); }
void leave_a_holder(stage& s) {
    bool sorted = s.queue().order() != queue_order::fifo;
    die_in(s, receive, sorted ? "sorted.take.leased" : "queue.take.taken");
}
void leave_a_draft(stage& s) {
    s.take_one();
    die_in(s, prepare, "queue.prepare.claimed");
}
void make_room_for_a_loan(stage& s) { s.take_one(); }
void may_put_a_second(stage& s) { s.expect(second_message, fate::may_be_there); }

// ------------------------------------------------------------------------------------------------------------- lists

constexpr auto there = fate::must_be_there;
constexpr auto either = fate::may_be_there;
constexpr auto gone = fate::must_be_gone;
constexpr auto first = stage::first_message;
constexpr auto fresh = stage::new_message;
constexpr auto last_run = message_id{8}; // of the messages of three cells that fill a queue
constexpr auto message = awaited::message;
constexpr auto room = awaited::room;
constexpr auto the_end = awaited::end_of_work;
constexpr auto lifo = queue_order::lifo;
constexpr auto priority = queue_order::priority;

const std::array all_waking{
    waking_operation{"put", &put_short, message, filling::nothing, fresh, either, there},
    waking_operation{"put two", &put_two, message, filling::nothing, fresh, either, there, &may_put_a_second},
    waking_operation{"send", &send, message, filling::nothing, fresh, either, there},
    waking_operation{"return", &give_back, message, filling::one, first, there, there},
    waking_operation{"replay", &replay, message, filling::one, first, there, there, &leave_a_dead_letter},
    waking_operation{"close", &close, message, filling::nothing, fresh, gone, gone},
    waking_operation{"close now", &close_at_once, message, filling::nothing, fresh, gone, gone},
    waking_operation{"sweep of a holder", &sweep, message, filling::one, first, there, there, &leave_a_holder},
    waking_operation{"receive", &receive, room, filling::all_places, first, there, there},
    waking_operation{"receive two", &receive_two, room, filling::all_places, first, there, there},
    waking_operation{
        "get", &get, room, filling::all_places, first, either, gone, nullptr, queue_order::fifo,
        /*takes_what_is_next*/ true},
    waking_operation{"ack", &ack, room, filling::all_cells, first, either, gone},
    waking_operation{"drop a loan", &drop_a_loan, room, filling::all_cells, fresh, gone, gone, &make_room_for_a_loan},
    waking_operation{"drop a dead letter", &drop, room, filling::all_cells, first, either, gone, &leave_a_dead_letter},
    waking_operation{"close", &close, room, filling::all_places, fresh, gone, gone},
    waking_operation{"sweep of a draft", &sweep, room, filling::all_cells, fresh, gone, gone, &leave_a_draft},
    waking_operation{"ack", &ack, the_end, filling::one, first, either, gone},
    waking_operation{"get", &get, the_end, filling::one, first, either, gone},
    waking_operation{"close now", &close_at_once, the_end, filling::one, first, either, gone},
    waking_operation{"sweep of a draft", &sweep, the_end, filling::one, fresh, gone, gone, &leave_a_draft},
    waking_operation{"lifo: put", &put_short, message, filling::nothing, fresh, either, there, nullptr, lifo},
    waking_operation{"lifo: send", &send, message, filling::nothing, fresh, either, there, nullptr, lifo},
    waking_operation{"lifo: return", &give_back, message, filling::one, first, there, there, nullptr, lifo},
    waking_operation{"lifo: ack", &ack, room, filling::all_cells, last_run, either, gone, nullptr, lifo},
    waking_operation{"lifo: ack", &ack, the_end, filling::one, first, either, gone, nullptr, lifo},
    waking_operation{"priority: put", &put_short, message, filling::nothing, fresh, either, there, nullptr, priority},
    waking_operation{"priority: receive", &receive, room, filling::all_places, first, there, there, nullptr, priority},
    waking_operation{"priority: return", &give_back, message, filling::one, first, there, there, nullptr, priority},
    waking_operation{
        "priority: sweep of a holder", &sweep, message, filling::one, first, there, there, &leave_a_holder, priority},
};

const std::array all_waiting{
    waiting_operation{"get, which waits", message, manner::thread, false},
    waiting_operation{"get, which waits", message, manner::coroutine, false},
    waiting_operation{"get, which waits", message, manner::handler, false},
    waiting_operation{"get, which gives up", message, manner::thread, true},
    waiting_operation{"get, which gives up", message, manner::coroutine, true},
    waiting_operation{"put, which waits", room, manner::thread, false},
    waiting_operation{"put, which waits", room, manner::coroutine, false},
    waiting_operation{"put, which waits", room, manner::handler, false},
    waiting_operation{"put, which gives up", room, manner::thread, true},
    waiting_operation{"put, which gives up", room, manner::coroutine, true},
    waiting_operation{"join", the_end, manner::thread, false},
    waiting_operation{"join", the_end, manner::coroutine, false},
    waiting_operation{"join", the_end, manner::handler, false},
    waiting_operation{"lifo: get, which waits", message, manner::thread, false, lifo},
    waiting_operation{"lifo: get, which waits", message, manner::coroutine, false, lifo},
    waiting_operation{"priority: put, which waits", room, manner::thread, false, priority},
    waiting_operation{"priority: put, which waits", room, manner::coroutine, false, priority},
};

// -------------------------------------------------------------------------------------------------------------- runs

filling vain_for(awaited what) {
    switch (what) {
    case awaited::message: return filling::nothing;
    case awaited::room: return filling::all_places;
    case awaited::end_of_work: break;
    }
    return filling::one;
}

std::string number_of(auto enumeration) { return std::to_string(static_cast<int>(enumeration)); }

void add(const std::vector<std::string>& more, std::vector<std::string>& wrong) {
    wrong.insert(wrong.end(), more.begin(), more.end());
}

/// A stage on which a victim and somebody else wait for the same, in this order.
struct waiting_room {
    waiting_room(const waiting_operation& op, const std::string& point)
        : what(op.what),
          s(op.order, vain_for(op.what)),
          before(epoch_of(s, op.what)),
          victim(waits, s.segment(), {point, number_of(op.what), number_of(op.how), op.leaves ? "leaves" : "stays"}),
          victim_sleeps(wait_until_asleep(s, op.what, victim, before)),
          other(s, op.what, op.how) {}

    /// Whoever is still there goes on: the victim, too, if the other one was faster.
    void let_the_victim_end() {
        for (bool provided = false; !has_ended(victim); ::sched_yield()) {
            if (state_of(victim) == stopped) {
                victim_stopped = true;
                victim.signal(SIGCONT);
            }
            if (provided || !other.has_ended() || is_there(s, what)) continue;
            provide(s, what);
            provided = true;
        }
    }
    void account(const waiting_operation& op, end how, std::vector<std::string>& wrong) {
        bool puts = what == awaited::room;
        bool has_put = puts && how == end::completed && !op.leaves;
        add(s.account(puts ? stage::new_message : 0, has_put ? there : either), wrong);
    }

    awaited what;
    stage s;
    std::uint32_t before;
    test::child victim;
    bool victim_sleeps;
    bool victim_stopped = false;
    sleeper other;
};

} // namespace

std::span<const waking_operation> waking_operations() { return all_waking; }
std::span<const waiting_operation> waiting_operations() { return all_waiting; }

end kill_a_waker(
    const waking_operation& op, manner sleeper_s, const std::string& point, std::vector<std::string>& wrong) {
    stage s(op.order, op.at_first);
    if (op.before) op.before(s);
    end how{};
    std::optional<sleeper> other;
    {
        test::child victim(*op.child, s.segment(), {std::string(pause_first) + point});
        if (!wait_for_stop(victim)) throw std::runtime_error("the victim did not come to its operation");
        other.emplace(s, op.what, sleeper_s);
        victim.signal(SIGCONT);
        how = wait_for_end(victim);
    }
    s.tick();
    other->must_go_on();
    s.sweep(); // the sleeper's own monitor may have been at it
    add(s.account(op.subject, how == end::killed ? op.if_killed : op.if_completed), wrong);
    return how;
}

bool stop_a_waker(
    const waking_operation& op, manner sleeper_s, const std::string& point, std::vector<std::string>& wrong) {
    stage s(op.order, op.at_first);
    if (op.before) op.before(s);
    test::child victim(*op.child, s.segment(), {std::string(pause_first) + point});
    if (!wait_for_stop(victim)) throw std::runtime_error("the victim did not come to its operation");
    sleeper other(s, op.what, sleeper_s);
    victim.signal(SIGCONT);
    bool stops = wait_for_stop(victim);
    s.tick();
    // A message, or room, others can provide; but what the victim has to do nobody can do for it while it may go on.
    bool work_is_left = op.what == awaited::end_of_work && !can_be_had(s, op.what);
    if (!work_is_left) other.must_go_on_meanwhile();
    victim.signal(SIGCONT);
    static_cast<void>(wait_for_end(victim));
    if (work_is_left) other.must_go_on();
    s.sweep();
    add(s.account(op.takes_what_is_next ? stage::whichever_is_taken : op.subject, op.if_completed), wrong);
    return stops;
}

end kill_one_who_waits(const waiting_operation& op, const std::string& point, std::vector<std::string>& wrong) {
    waiting_room r(op, point);
    if (point == asleep && r.victim_sleeps) r.victim.kill();
    if (!op.leaves) {
        provide(r.s, r.what);
        r.let_the_victim_end();
    }
    auto how = wait_for_end(r.victim);
    r.s.tick();
    r.other.must_go_on();
    r.s.sweep();
    r.account(op, how, wrong);
    return how;
}

bool stop_one_who_waits(const waiting_operation& op, const std::string& point, std::vector<std::string>& wrong) {
    waiting_room r(op, point);
    provide(r.s, r.what);
    while (!has_ended(r.victim) && state_of(r.victim) != stopped && !r.other.has_ended())
        ::sched_yield();
    r.s.tick();
    r.other.must_go_on_meanwhile();
    r.let_the_victim_end();
    static_cast<void>(wait_for_end(r.victim));
    r.s.sweep();
    r.account(op, end::completed, wrong);
    return r.victim_stopped;
}

} // namespace crash
