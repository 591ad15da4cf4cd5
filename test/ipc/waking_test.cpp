// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Wake-ups that go astray: what a stopped, cancelled or timed-out party was to be woken for reaches somebody else. The
// other process is played by hand, in the words that it would write, so that it stands still exactly where it hurts.
#include "attachment.hpp"
#include "channel.hpp"
#include "shared_queue.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <string_view>
#include <utility>

using namespace plait;
using namespace std::chrono_literals;
using ipc::byte_queue;
using ipc::segment;
namespace internals = ipc::detail;

namespace {

constexpr unsigned other = 1; // the participant that is played by hand; this process is 0
constexpr std::size_t cells = 8;
constexpr std::array<std::byte, 4> message{};

struct fixture {
    segment s = segment::create({.bytes = 4 << 20, .max_participants = 8});
    byte_queue q = byte_queue::create(s, "q", {.capacity = 1024, .bytes = cells * 64, .cell_bytes = 64});
    std::shared_ptr<internals::attachment> in = s.attachment();
    internals::shared_queue raw{
        in->memory_of(in->find_object("q", internals::object_type::queue, internals::queue_layout_hash))};
    internals::channel_memory& not_empty = raw.header().not_empty;
    internals::channel_memory& not_full = raw.header().not_full;

    fixture() { BOOST_REQUIRE(s.self() == 0); }

    [[nodiscard]] static bool waits(internals::channel_memory& on, unsigned index) {
        return (on.loops[0].load(std::memory_order_seq_cst) & std::uint64_t{1} << index) != 0;
    }
    /// The other process finds that this one's coroutines wait, and is stopped before it has rung.
    void take_the_wake(internals::channel_memory& on) const {
        on.loops[0].fetch_and(~std::uint64_t{1}, std::memory_order_seq_cst);
        in->participants().slot(0).rung.store(other + 1, std::memory_order_seq_cst);
    }
    internals::held_message claim_by_the_other() {
        bool gave_back = false;
        auto m = raw.messages().claim(other, message.size(), gave_back);
        BOOST_REQUIRE(m.has_value());
        return *m;
    }
    /// The other process puts a message, and is stopped before it wakes anybody.
    void put_silently() {
        auto m = claim_by_the_other();
        BOOST_REQUIRE(raw.order().publish(other, m, true) == internals::message_order::commit_result::done);
    }
};

struct quiet_fixture : fixture {
    quiet_fixture() { in->stop_ticking(); } // what the monitor would mend after a while is seen here
};

} // namespace

BOOST_AUTO_TEST_SUITE(waking)

BOOST_FIXTURE_TEST_CASE(a_coroutine_whose_ringer_is_stopped_before_it_rings_goes_on_all_the_same, fixture) {
    run([&] {
        auto waiting = spawn([&] { return q.receive().data().size(); });
        auto stopped = spawn([&] {
            BOOST_REQUIRE(waits(not_empty, 0));
            take_the_wake(not_empty);
            put_silently();
        });
        BOOST_TEST(waiting.join() == message.size());
        stopped.join();
    });
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_coroutine_that_has_not_left_yet_keeps_no_wake_from_others, quiet_fixture) {
    run([&] {
        auto waiting = spawn([&] { static_cast<void>(q.receive()); });
        auto helping = spawn([&] {
            BOOST_REQUIRE(waits(not_empty, 0));
            internals::channel(not_empty, *in).register_loop(other, internals::channel::need::any);
            waiting.cancel();
            BOOST_REQUIRE(q.try_put(message).has_value());
            BOOST_TEST(!waits(not_empty, other)); // it was rung
        });
        helping.join();
        BOOST_CHECK_THROW(waiting.join(), error);
    });
}

BOOST_FIXTURE_TEST_CASE(a_wake_on_its_way_to_a_coroutine_that_gives_up_is_passed_on, quiet_fixture) {
    run([&] {
        auto waiting = spawn([&] { static_cast<void>(q.receive()); });
        auto helping = spawn([&] {
            BOOST_REQUIRE(waits(not_empty, 0));
            internals::channel(not_empty, *in).register_loop(other, internals::channel::need::any);
            take_the_wake(not_empty);
            put_silently();
            waiting.cancel();
        });
        helping.join();
        BOOST_CHECK_THROW(waiting.join(), error);
        BOOST_TEST(!waits(not_empty, other)); // it was rung
    });
}

BOOST_FIXTURE_TEST_CASE(a_process_in_which_nobody_waits_any_more_is_not_chosen_for_a_wake, quiet_fixture) {
    run([&] {
        BOOST_CHECK_THROW(static_cast<void>(q.receive_for(1ns)), timeout_error);
        BOOST_TEST(!waits(not_empty, 0));
    });
}

BOOST_FIXTURE_TEST_CASE(room_too_small_for_one_process_is_offered_to_the_others, quiet_fixture) {
    const std::array<std::byte, cells * 64 - 16> large{};
    run([&] {
        BOOST_REQUIRE(q.try_put(message).has_value());
        BOOST_REQUIRE(q.try_put(message).has_value());
        auto waiting = spawn([&] { q.put(large); });
        auto helping = spawn([&] {
            BOOST_REQUIRE(waits(not_full, 0));
            auto lease = q.receive();
            yield(); // the other has looked, and found too little
            BOOST_REQUIRE(waits(not_full, 0));
            internals::channel(not_full, *in).register_loop(other, internals::channel::need::particular);
            lease.ack();
            BOOST_TEST(!waits(not_full, other)); // it was rung
            q.receive().ack();
        });
        helping.join();
        waiting.join();
    });
}

#ifdef PLAIT_KILL_POINTS

namespace {

/// A put that has taken the first of two cells finds that the other process was faster with the second. Meanwhile that
/// process has looked for room, or for the end of all work, has seen the first cell taken, and waits.
struct lost_race : quiet_fixture {
    static constexpr std::array<std::byte, 64> two_cells{};
    static inline lost_race* here = nullptr;

    lost_race() {
        here = this;
        plait::detail::step_hook = [](const char* step) noexcept {
            if (step != std::string_view("queue.claim.body") || !here) return;
            std::exchange(here, nullptr)->in_between();
        };
    }
    ~lost_race() { plait::detail::step_hook = nullptr; }

    virtual void in_between() {
        claim_by_the_other();
        internals::channel(not_full, *in).register_loop(other, internals::channel::need::particular);
    }
};

struct lost_race_for_nothing : lost_race {
    void in_between() override {
        raw.messages().abandon(claim_by_the_other());
        internals::channel(raw.header().idle, *in).register_loop(other, internals::channel::need::particular);
    }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(room_that_a_put_has_taken_and_given_back_is_offered_to_others, lost_race) {
    const std::array<std::byte, cells * 64 - 16> large{};
    BOOST_TEST((q.try_put(large).error() == errc::queue_full));
    BOOST_TEST(!here);
    BOOST_TEST(!waits(not_full, other)); // it was rung
}

BOOST_FIXTURE_TEST_CASE(so_it_is_if_the_put_finds_room_elsewhere, lost_race) {
    BOOST_REQUIRE(q.try_put(two_cells).has_value());
    BOOST_TEST(!here);
    BOOST_TEST(!waits(not_full, other));
}

BOOST_FIXTURE_TEST_CASE(so_it_is_in_a_batch, lost_race) {
    plait::ipc::queue<std::array<std::byte, 64>> values(q);
    BOOST_REQUIRE(values.try_put_many(std::array{two_cells, two_cells}).has_value());
    BOOST_TEST(!here);
    BOOST_TEST(!waits(not_full, other));
}

BOOST_FIXTURE_TEST_CASE(a_put_that_has_given_its_room_back_keeps_nobody_in_a_join, lost_race_for_nothing) {
    const std::array<std::byte, cells * 64 - 16> large{};
    BOOST_TEST((q.try_put(large).error() == errc::queue_full));
    BOOST_TEST(!here);
    BOOST_TEST(!waits(raw.header().idle, other));
}

#endif

BOOST_AUTO_TEST_SUITE_END()
