// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Leases that end against their holder's will, and the dead letters. A test that needs a limit to pass waits for the
// message that then comes back.
#include "attachment.hpp"
#include "support/child_program.hpp"
#include "support/with_code.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <cstring>
#include <thread>
#include <vector>

#include <unistd.h>

using namespace plait;
using namespace std::chrono_literals;
using ipc::dead_letter;
using ipc::lease_for;
using ipc::segment;
using test::with_code;

namespace {

using numbers = ipc::queue<int>;
using reason = dead_letter::reason;
constexpr ipc::segment_options small{.bytes = 16 << 20, .max_participants = 8};
constexpr ipc::queue_options eight_cells{.bytes = 8 * 32, .cell_bytes = 32};
constexpr int lost = 3; // an exit code

struct fixture {
    segment s = segment::create(small);

    /// Returns once `d` has passed, as limits see it: when a message comes back that was held for so long.
    void let_pass(duration d) {
        clock.put(0);
        auto held = clock.receive(lease_for(d));
        while (!clock.try_get()) // and not receive(): a test may have stopped the tick that wakes it
            std::this_thread::yield();
    }
    numbers clock = numbers::create(s, "clock");
    unsigned self = s.attachment()->self();
};

int lost_or_done(ipc::lease<int>& held) {
    try {
        held.ack();
    } catch (const lease_lost&) {
        return lost;
    }
    return 0;
}

// Takes a message, with a limit if one is given (in milliseconds), says who it is, and acknowledges when it is told to.
const test::child_function holds("holds", [](segment& s, const std::vector<std::string>& a) {
    auto q = numbers::open(s, "q");
    auto held = a.empty() ? q.receive() : q.receive(lease_for(std::chrono::milliseconds(std::stoi(a[0]))));
    numbers::open(s, "taken").put(static_cast<int>(s.attachment()->self()));
    static_cast<void>(numbers::open(s, "go").get());
    return lost_or_done(held);
});

// Holds a message and room for another; sends the latter when it is told to.
const test::child_function holds_and_prepares("holds_and_prepares", [](segment& s, const std::vector<std::string>&) {
    auto q = numbers::open(s, "q");
    auto held = q.receive();
    auto room = q.bytes().prepare(sizeof(int));
    numbers::open(s, "taken").put(static_cast<int>(s.attachment()->self()));
    int value = numbers::open(s, "go").get();
    std::memcpy(room.data().data(), &value, sizeof value);
    std::move(room).send();
    return lost_or_done(held);
});

/// A queue "q" with one message, and what a child that holds it needs.
struct with_holder : fixture {
    explicit with_holder(const ipc::queue_options& o = {}) : q(numbers::create(s, "q", o)) { q.put(42); }
    numbers q;
    numbers taken = numbers::create(s, "taken"), go = numbers::create(s, "go");
};
struct with_two_deliveries : with_holder {
    with_two_deliveries() : with_holder({.max_deliveries = 2}) {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(leases)

BOOST_AUTO_TEST_SUITE(limits)

BOOST_FIXTURE_TEST_CASE(a_message_whose_limit_has_passed_is_delivered_again, with_holder) {
    auto late = q.receive(lease_for(1ms));
    auto held = q.receive();
    BOOST_TEST(*held == 42);
    BOOST_TEST(held.deliveries() == 2U);
    BOOST_CHECK_THROW(late.ack(), lease_lost);
    held.ack();
    BOOST_TEST(q.empty());
}

BOOST_FIXTURE_TEST_CASE(a_waiting_coroutine_gets_a_message_whose_limit_has_passed, with_holder) {
    run([&] {
        auto waiter = spawn([&] { return q.get(); });
        auto late = q.receive(lease_for(1ms)); // before the other coroutine begins
        BOOST_TEST(waiter.join() == 42);
        BOOST_CHECK_THROW(late.ack(), lease_lost);
    });
}

BOOST_FIXTURE_TEST_CASE(a_thread_that_waits_already_gets_a_message_whose_limit_has_passed, with_holder) {
    auto late = q.receive(lease_for(300ms));
    std::thread waiter([&] { BOOST_TEST(q.get() == 42); });
    waiter.join();
    BOOST_CHECK_THROW(late.ack(), lease_lost);
}

BOOST_FIXTURE_TEST_CASE(a_lease_within_its_limit_is_safe, with_holder) {
    auto held = q.receive(lease_for(1h));
    let_pass(1ms);
    s.attachment()->tick();
    BOOST_TEST((q.try_get().error() == errc::queue_empty));
    held.ack();
}

BOOST_FIXTURE_TEST_CASE(a_lease_without_limit_is_safe_beside_one_that_ends, with_holder) {
    auto held = q.receive();
    q.put(43);
    auto late = q.receive(lease_for(1ms));
    BOOST_TEST(q.get() == 43);
    held.ack();
}

BOOST_FIXTURE_TEST_CASE(an_extended_lease_outlives_its_first_limit, with_holder) {
    s.attachment()->stop_ticking(); // so that nobody looks before it is extended
    auto held = q.receive(lease_for(1ms));
    let_pass(2ms);
    held.extend(1h);
    BOOST_TEST((q.try_get().error() == errc::queue_empty));
    held.ack();
}

BOOST_FIXTURE_TEST_CASE(an_extended_lease_ends_at_its_new_limit, with_holder) {
    auto late = q.receive(lease_for(1h));
    late.extend(1ms);
    auto held = q.receive();
    BOOST_CHECK_THROW(late.release(), lease_lost);
    held.ack();
}

BOOST_FIXTURE_TEST_CASE(a_lease_that_is_lost_cannot_be_extended, with_holder) {
    auto late = q.receive(lease_for(1ms));
    auto held = q.receive();
    BOOST_CHECK_THROW(late.extend(1h), lease_lost);
    BOOST_CHECK_THROW(late.ack(), lease_lost);
    held.ack();
}

BOOST_FIXTURE_TEST_CASE(a_lost_lease_that_is_dropped_disturbs_nobody, with_holder) {
    std::optional<ipc::lease<int>> late = q.receive(lease_for(1ms));
    auto held = q.receive();
    late.reset();
    BOOST_TEST((q.try_get().error() == errc::queue_empty));
    held.ack();
}

BOOST_FIXTURE_TEST_CASE(a_lease_without_limit_stays_so_when_it_is_extended, with_holder) {
    auto held = q.receive();
    held.extend(1ns);
    let_pass(1ms);
    BOOST_TEST((q.try_get().error() == errc::queue_empty));
    held.ack();
    BOOST_CHECK_EXCEPTION(held.extend(1h), error, with_code(errc::no_state));
}

BOOST_FIXTURE_TEST_CASE(the_longest_limit_never_passes, with_holder) {
    auto held = q.receive(lease_for(duration::max()));
    BOOST_TEST((q.try_get().error() == errc::queue_empty));
    held.ack();
}

BOOST_FIXTURE_TEST_CASE(a_limit_is_positive, with_holder) {
    BOOST_CHECK_EXCEPTION(lease_for(0s), error, with_code(errc::invalid_argument));
    BOOST_CHECK_EXCEPTION(lease_for(-1s), error, with_code(errc::invalid_argument));
    auto held = q.receive();
    BOOST_CHECK_EXCEPTION(held.extend(0s), error, with_code(errc::invalid_argument));
    held.ack();
}

BOOST_FIXTURE_TEST_CASE(the_wait_is_bounded_by_itself, with_holder) {
    auto held = q.receive_for(1h, lease_for(1h));
    BOOST_CHECK_THROW(static_cast<void>(q.receive_for(1ms, lease_for(1h))), timeout_error);
    BOOST_CHECK_THROW(
        static_cast<void>(q.receive_until(std::chrono::steady_clock::now(), lease_for(1h))), timeout_error);
    BOOST_TEST((q.try_receive(lease_for(1h)).error() == errc::queue_empty));
    held.ack();
}

BOOST_FIXTURE_TEST_CASE(leases_end_in_the_order_of_their_limits, with_holder) {
    auto later = q.receive(lease_for(300ms));
    q.put(43);
    auto sooner = q.receive(lease_for(1ms));
    BOOST_TEST(q.get() == 43);
    BOOST_TEST(q.get() == 42);
}

BOOST_FIXTURE_TEST_CASE(a_stopped_holder_whose_limit_has_passed_cannot_acknowledge, with_holder) {
    test::child holder(holds, s, {"1"});
    static_cast<void>(taken.get());
    holder.signal(SIGSTOP);
    q.receive().ack();
    holder.signal(SIGCONT);
    go.put(1);
    BOOST_TEST(holder.wait() == lost);
    BOOST_TEST(q.empty());
}

BOOST_FIXTURE_TEST_CASE(a_holder_that_dies_before_its_limit_gives_its_message_back_at_once, with_holder) {
    test::child holder(holds, s, {"3600000"});
    static_cast<void>(taken.get());
    holder.kill();
    s.sweep();
    BOOST_TEST(q.try_get().value() == 42);
}

BOOST_FIXTURE_TEST_CASE(messages_whose_limits_pass_all_the_time_are_acknowledged_once, fixture) {
    auto q = numbers::create(s, "q");
    constexpr int messages = 500;
    for (int i = 0; i < messages; ++i)
        q.put(i);
    std::atomic<int> acknowledged{0};
    std::vector<std::thread> holders;
    for (int t = 0; t < 3; ++t)
        holders.emplace_back([&, t] {
            while (acknowledged < messages) {
                auto held = q.try_receive(lease_for(t == 0 ? duration(1ns) : duration(100us)));
                try {
                    if (held && t == 1) held->extend(100us);
                    if (held) held->ack(), ++acknowledged;
                } catch (const lease_lost&) {
                }
            }
        });
    for (auto& t : holders)
        t.join();
    BOOST_TEST(acknowledged == messages);
    BOOST_TEST((q.try_get().error() == errc::queue_empty));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(eviction)

BOOST_FIXTURE_TEST_CASE(an_evicted_holder_cannot_acknowledge, with_holder) {
    test::child holder(holds, s);
    auto participant = static_cast<unsigned>(taken.get());
    holder.signal(SIGSTOP);
    BOOST_TEST(q.evict(participant) == 1U);
    q.receive().ack();
    holder.signal(SIGCONT);
    go.put(1);
    BOOST_TEST(holder.wait() == lost);
}

BOOST_FIXTURE_TEST_CASE(an_eviction_takes_leases_with_a_limit_too, with_holder) {
    q.put(43);
    auto one = q.receive(lease_for(1h)), other = q.receive(lease_for(1h));
    one.extend(1h);
    BOOST_TEST(q.evict(self) == 2U);
    BOOST_TEST(q.size() == 2U);
    BOOST_CHECK_THROW(one.ack(), lease_lost);
    BOOST_CHECK_THROW(other.reject(), lease_lost);
}

BOOST_FIXTURE_TEST_CASE(an_evicted_participant_keeps_what_it_prepares, with_holder) {
    test::child holder(holds_and_prepares, s);
    BOOST_TEST(q.evict(static_cast<unsigned>(taken.get())) == 1U);
    BOOST_TEST(q.get() == 42);
    go.put(7);
    BOOST_TEST(holder.wait() == lost);
    BOOST_TEST(q.get() == 7);
}

BOOST_FIXTURE_TEST_CASE(an_eviction_of_who_holds_nothing_changes_nothing, with_holder) {
    BOOST_TEST(q.evict(self) == 0U);
    auto held = q.receive();
    BOOST_TEST(q.evict(self + 1) == 0U);
    held.ack();
}

BOOST_FIXTURE_TEST_CASE(an_eviction_wakes_a_coroutine_that_waits, with_holder) {
    run([&] {
        auto held = q.receive();
        auto waiter = spawn(launch::now, [&] { return q.get(); });
        BOOST_TEST(q.evict(self) == 1U);
        BOOST_TEST(waiter.join() == 42);
    });
}

BOOST_FIXTURE_TEST_CASE(a_participant_that_cannot_exist_is_an_error, with_holder) {
    BOOST_CHECK_EXCEPTION(q.evict(8), error, with_code(errc::invalid_argument));
}

BOOST_FIXTURE_TEST_CASE(a_get_from_which_the_message_is_taken_gets_the_next, with_holder) {
    struct {
        ipc::byte_queue queue;
        unsigned self;
        int reads;
    } state{q.bytes(), self, 0};
    ipc::detail::message_reader evicted_at_first{
        [](void* to, std::span<const std::byte>) {
            auto& in = *static_cast<decltype(state)*>(to);
            if (++in.reads == 1) in.queue.evict(in.self);
            return true;
        },
        &state};
    q.bytes().get_read(evicted_at_first, deadline::never());
    BOOST_TEST(state.reads == 2);
    BOOST_TEST(q.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dead_letters)

BOOST_FIXTURE_TEST_CASE(a_message_that_killed_its_holders_is_a_dead_letter, with_two_deliveries) {
    pid_t last = 0;
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(q.dead_letter_count() == 0U);
        test::child victim(holds, s);
        static_cast<void>(taken.get());
        last = victim.pid();
        victim.kill();
        s.sweep();
    }
    BOOST_TEST((q.try_get().error() == errc::queue_empty));
    auto dead = q.dead_letters();
    BOOST_REQUIRE(dead.size() == 1U);
    BOOST_TEST((dead[0].why == reason::holder_died));
    BOOST_TEST(dead[0].deliveries == 2U);
    BOOST_TEST(dead[0].last_holder == last);
    BOOST_TEST(*reinterpret_cast<const int*>(dead[0].bytes.data()) == 42);
}

BOOST_FIXTURE_TEST_CASE(a_message_whose_limit_passed_too_often_is_a_dead_letter, with_two_deliveries) {
    s.attachment()->stop_ticking(); // only who comes for it looks
    auto first = q.receive(lease_for(1ms));
    let_pass(2ms);
    auto second = q.receive(lease_for(1ms));
    let_pass(2ms);
    BOOST_TEST((q.try_get().error() == errc::queue_empty));
    auto dead = q.dead_letters();
    BOOST_REQUIRE(dead.size() == 1U);
    BOOST_TEST((dead[0].why == reason::expired));
    BOOST_TEST(dead[0].last_holder == ::getpid());
}

BOOST_FIXTURE_TEST_CASE(a_message_whose_holders_were_evicted_is_a_dead_letter, with_two_deliveries) {
    auto first = q.receive();
    q.evict(self);
    auto second = q.receive();
    q.evict(self);
    BOOST_TEST((q.dead_letters().at(0).why == reason::evicted));
}

BOOST_FIXTURE_TEST_CASE(a_message_that_throws_out_its_holders_is_a_dead_letter, with_two_deliveries) {
    for (int i = 0; i < 2; ++i) {
        try {
            auto held = q.receive();
            throw std::runtime_error("cannot be dealt with");
        } catch (const std::runtime_error&) {
        }
    }
    BOOST_TEST((q.dead_letters().at(0).why == reason::released));
}

BOOST_FIXTURE_TEST_CASE(without_a_limit_of_deliveries_a_message_always_comes_back, with_holder) {
    for (int i = 0; i < 1000; ++i)
        q.receive().release();
    BOOST_TEST(q.dead_letter_count() == 0U);
    BOOST_TEST(q.get() == 42);
}

BOOST_FIXTURE_TEST_CASE(a_rejected_message_is_a_dead_letter_at_once, with_holder) {
    auto held = q.receive(lease_for(1h));
    held.reject();
    BOOST_CHECK_EXCEPTION(held.ack(), error, with_code(errc::no_state));
    auto dead = q.dead_letters();
    BOOST_REQUIRE(dead.size() == 1U);
    BOOST_TEST((dead[0].why == reason::rejected));
    BOOST_TEST(to_string(dead[0].why) == "rejected");
    BOOST_TEST(dead[0].deliveries == 1U);
    BOOST_TEST(dead[0].last_holder == ::getpid());
}

BOOST_FIXTURE_TEST_CASE(only_a_holder_s_own_reasons_are_for_rejecting, with_holder) {
    auto held = q.bytes().receive();
    BOOST_CHECK_EXCEPTION(held.reject(reason::expired), error, with_code(errc::invalid_argument));
    held.reject(reason::malformed);
    BOOST_TEST((q.dead_letters().at(0).why == reason::malformed));
}

BOOST_FIXTURE_TEST_CASE(a_message_that_does_not_decode_is_a_dead_letter, fixture) {
    numbers q = numbers::create(s, "q");
    std::array<std::byte, 3> not_an_int{};
    for (int i = 0; i < 4; ++i)
        q.bytes().put(not_an_int);
    BOOST_CHECK_EXCEPTION(static_cast<void>(q.get()), error, with_code(errc::message_malformed));
    BOOST_CHECK_EXCEPTION(static_cast<void>(q.receive()), error, with_code(errc::message_malformed));
    BOOST_TEST((q.try_get().error() == errc::message_malformed));
    BOOST_TEST((q.try_receive().error() == errc::message_malformed));
    auto dead = q.dead_letters();
    BOOST_TEST(dead.size() == 4U);
    for (auto& d : dead) {
        BOOST_TEST((d.why == reason::malformed));
        BOOST_TEST(d.bytes.size() == 3U);
    }
}

BOOST_FIXTURE_TEST_CASE(a_message_with_a_damaged_header_is_a_dead_letter_without_bytes, fixture) {
    auto q = ipc::byte_queue::create(s, "q", eight_cells);
    q.put(std::array<std::byte, 100>{});
    {
        auto held = q.receive();
        std::memset(held.data().data() - 16, 0xff, 8);
    }
    BOOST_CHECK_EXCEPTION(static_cast<void>(q.receive()), error, with_code(errc::message_malformed));
    BOOST_TEST((q.dead_letters().at(0).why == reason::damaged));
    BOOST_TEST(q.dead_letters().at(0).bytes.empty());
    BOOST_TEST(q.drop_dead_letters() == 1U);
    BOOST_TEST(q.free_bytes() == eight_cells.bytes);
}

BOOST_FIXTURE_TEST_CASE(replayed_dead_letters_are_as_new_and_come_last, with_holder) {
    q.receive().reject();
    q.put(43);
    BOOST_TEST(q.replay_dead_letters() == 1U);
    BOOST_TEST(q.dead_letter_count() == 0U);
    BOOST_TEST(q.get() == 43);
    auto held = q.receive();
    BOOST_TEST(*held == 42);
    BOOST_TEST(held.deliveries() == 1U);
    held.ack();
}

BOOST_FIXTURE_TEST_CASE(a_replay_wakes_a_thread_that_waits, with_holder) {
    q.receive().reject();
    std::thread waiter([&] { BOOST_TEST(q.get() == 42); });
    q.replay_dead_letters();
    waiter.join();
}

BOOST_FIXTURE_TEST_CASE(dead_letters_are_shown_replayed_and_dropped_up_to_a_limit, with_holder) {
    for (int i = 0; i < 4; ++i)
        q.put(i);
    for (int i = 0; i < 5; ++i)
        q.receive().reject();
    BOOST_TEST(q.dead_letters(2).size() == 2U);
    BOOST_TEST(q.replay_dead_letters(2) == 2U);
    BOOST_TEST(q.drop_dead_letters(1) == 1U);
    BOOST_TEST(q.size() == 2U);
    BOOST_TEST(q.dead_letter_count() == 2U);
}

BOOST_FIXTURE_TEST_CASE(dead_letters_take_room_that_no_put_gets, fixture) {
    auto q = numbers::create(s, "q", eight_cells);
    for (int i = 0; i < 8; ++i) {
        q.put(i);
        q.receive().reject();
    }
    BOOST_TEST((q.try_put(8).error() == errc::queue_full));
    BOOST_CHECK_THROW(q.put_for(8, 1ms), timeout_error);
    BOOST_TEST(!q.full());
    BOOST_TEST(q.bytes().free_bytes() == 0U);
    BOOST_TEST(q.dead_letter_count() == 8U);
}

BOOST_FIXTURE_TEST_CASE(dropping_a_dead_letter_lets_a_put_that_waits_go_on, fixture) {
    auto q = ipc::byte_queue::create(s, "q", eight_cells);
    q.put(std::array<std::byte, 240>{});
    q.receive().reject();
    std::thread waiter([&] { q.put(std::array<std::byte, 100>{}); });
    BOOST_TEST(q.drop_dead_letters() == 1U);
    waiter.join();
    BOOST_TEST(q.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
