// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The immediate close: what waits is dropped, whoever waits goes on, and what is held stays with its holder.
#include "support/child_program.hpp"
#include "support/fails_with.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <thread>

#include <unistd.h>

using namespace plait;
using ipc::segment;
using plait::test::code_of;
using plait::test::fails_with;

namespace {

using numbers = ipc::queue<int>;

const ::test::child_function
    takes_one_and_hangs("takes_one_and_hangs", [](segment& s, const std::vector<std::string>&) {
        auto held = numbers::open(s, "q").receive();
        numbers::open(s, "taken").put(*held);
        for (;;)
            ::pause();
        return 0;
    });
const ::test::child_function waits_for_everything("waits_for_everything", [](segment& s, const auto&) {
    auto q = numbers::open(s, "q");
    boost::system::error_code put, got;
    std::thread puts([&] { put = code_of([&] { q.put(1); }); });
    std::thread joins([&] { q.join(); });
    run([&] { got = code_of([&] { static_cast<void>(numbers::open(s, "empty").get()); }); });
    puts.join();
    joins.join();
    return put == errc::queue_closed && got == errc::queue_closed ? 0 : 1;
});

struct fixture {
    segment s = segment::create({.bytes = 4 << 20, .max_participants = 8});
    numbers q = numbers::create(s, "q", {.capacity = 4, .bytes = 1024});
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(immediate_close, fixture)

BOOST_AUTO_TEST_CASE(what_waits_is_dropped_and_its_room_is_free) {
    q.put(1);
    q.put(2);
    q.close_now();
    BOOST_TEST(q.is_closed());
    BOOST_TEST(q.size() == 0U);
    BOOST_TEST(q.bytes().free_bytes() == 1024U);
    BOOST_TEST((q.try_get().error() == errc::queue_closed));
    BOOST_TEST(fails_with(errc::queue_closed, [&] { static_cast<void>(q.get()); }));
    BOOST_TEST(fails_with(errc::queue_closed, [&] { static_cast<void>(q.get_many(2)); }));
    BOOST_TEST(fails_with(errc::queue_closed, [&] { q.put(3); }));
}

BOOST_AUTO_TEST_CASE(a_queue_that_drains_may_be_closed_at_once_and_not_the_reverse) {
    q.put(1);
    q.close();
    q.close_now();
    q.close();
    BOOST_TEST((q.try_get().error() == errc::queue_closed));
    BOOST_TEST(q.try_join());
}

BOOST_AUTO_TEST_CASE(a_lease_stays_good_for_an_acknowledgement) {
    q.put(1);
    auto held = q.receive();
    q.close_now();
    BOOST_TEST(!q.try_join());
    BOOST_TEST(*held == 1);
    held.ack();
    BOOST_TEST(q.try_join());
}

BOOST_AUTO_TEST_CASE(a_message_that_is_released_is_dropped) {
    q.put(1);
    auto held = q.receive();
    q.close_now();
    held.release();
    BOOST_TEST(q.size() == 0U);
    BOOST_TEST(q.try_join());
}

BOOST_AUTO_TEST_CASE(a_message_that_comes_back_from_the_dead_is_dropped) {
    auto taken = numbers::create(s, "taken");
    q.put(1);
    ::test::child c(takes_one_and_hangs, s);
    BOOST_TEST(taken.get() == 1);
    q.close_now();
    BOOST_TEST(!q.try_join());
    c.kill();
    s.sweep();
    BOOST_TEST(q.try_join());
    BOOST_TEST(q.bytes().free_bytes() == 1024U);
}

BOOST_AUTO_TEST_CASE(a_put_that_is_overtaken_takes_itself_back) {
    auto close_and_write = [](const void* queue, std::span<std::byte>) {
        numbers(*static_cast<const numbers*>(queue)).close_now();
    };
    BOOST_TEST(fails_with(errc::queue_closed, [&] {
        q.bytes().put_written(4, {close_and_write, &q}, deadline::never());
    }));
    BOOST_TEST(q.try_join());
}

BOOST_AUTO_TEST_CASE(a_loan_cannot_be_sent_any_more) {
    auto room = q.bytes().prepare(4);
    q.close_now();
    BOOST_TEST(fails_with(errc::queue_closed, [&] { std::move(room).send(); }));
    BOOST_TEST(q.try_join());
}

BOOST_AUTO_TEST_CASE(those_of_another_process_who_put_get_and_join_go_on) {
    auto empty = numbers::create(s, "empty");
    for (int i = 0; i < 4; ++i)
        q.put(i);
    ::test::child c(waits_for_everything, s);
    q.close_now();
    empty.close_now();
    BOOST_TEST(c.wait() == 0);
}

BOOST_AUTO_TEST_CASE(those_of_this_process_who_put_get_and_join_go_on) {
    auto empty = numbers::create(s, "empty");
    for (int i = 0; i < 4; ++i)
        q.put(i);
    run([&] {
        auto puts = spawn([&] { return code_of([&] { q.put(1); }); });
        auto gets = spawn([&] { return code_of([&] { static_cast<void>(empty.get()); }); });
        auto joins = spawn([&] { q.join(); });
        yield();
        q.close_now();
        empty.close_now();
        BOOST_TEST((puts.join() == errc::queue_closed));
        BOOST_TEST((gets.join() == errc::queue_closed));
        joins.join();
    });
}

BOOST_AUTO_TEST_SUITE_END()
