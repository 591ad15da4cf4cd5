// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Many messages at once: what a batch puts and takes, and what is told when it ends in the middle.
#include "support/child_program.hpp"
#include "support/fails_with.hpp"

#include <plait/ipc/queue.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

using namespace plait;
using namespace std::chrono_literals;
using ipc::byte_queue;
using ipc::segment;
using plait::test::fails_with;

namespace {

using numbers = ipc::queue<int>;

std::vector<int> from_to(int first, int last) {
    std::vector<int> v(static_cast<std::size_t>(last - first));
    std::iota(v.begin(), v.end(), first);
    return v;
}

const ::test::child_function puts_batches("puts_batches", [](segment& s, const std::vector<std::string>& a) {
    auto q = numbers::open(s, "q");
    auto all = from_to(std::stoi(a.at(0)), std::stoi(a.at(1)));
    for (std::span<const int> left = all; !left.empty();)
        left = left.subspan(q.put_many(left.first(std::min<std::size_t>(left.size(), 100))));
    return 0;
});
const ::test::child_function sums_batches("sums_batches", [](segment& s, const std::vector<std::string>&) {
    auto q = numbers::open(s, "q");
    long sum = 0;
    try {
        for (;;)
            for (int i : q.get_many(80))
                sum += i;
    } catch (const queue_closed&) {
    }
    ipc::queue<long>::open(s, "sums").put(sum);
    return 0;
});
const ::test::child_function takes_many_and_hangs("takes_many_and_hangs", [](segment& s, const auto&) {
    auto held = numbers::open(s, "q").receive_many(3);
    ipc::queue<std::size_t>::open(s, "taken").put(held.size());
    for (;;)
        ::pause();
    return 0;
});

/// Writes numbers; does what the test wants before the one at `at`.
struct meddler {
    std::size_t at;
    std::function<void()> meddle;

    [[nodiscard]] ipc::detail::batch_writer writer(std::size_t count) const {
        return {
            [](const void*, std::size_t) { return sizeof(int); },
            [](const void* self, std::size_t which, std::span<std::byte> to) {
                auto& m = *static_cast<const meddler*>(self);
                if (which == m.at) m.meddle();
                auto value = static_cast<int>(which);
                std::memcpy(to.data(), &value, sizeof value);
            },
            this, count};
    }
};

struct fixture {
    segment s = segment::create({.bytes = 4 << 20, .max_participants = 8});
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(batches, fixture)

BOOST_AUTO_TEST_CASE(a_batch_comes_out_in_the_order_in_which_it_went_in) {
    auto q = numbers::create(s, "q");
    auto all = from_to(0, 1000);
    BOOST_TEST(q.put_many(all) == 1000U);
    BOOST_TEST(q.size() == 1000U);
    BOOST_TEST(q.get_many(1000) == all, boost::test_tools::per_element());
    BOOST_TEST(q.try_join());
}

BOOST_AUTO_TEST_CASE(batches_and_single_messages_mix_and_the_ring_goes_round) {
    auto q = numbers::create(s, "q", {.capacity = 300, .bytes = 32 << 10});
    int in = 0, out = 0;
    while (out < 50'000) {
        auto some = from_to(in, in + 150);
        in += static_cast<int>(q.put_many(some));
        q.put(in++);
        BOOST_REQUIRE(q.get() == out++);
        for (int i : q.get_many(200))
            BOOST_REQUIRE(i == out++);
    }
}

BOOST_AUTO_TEST_CASE(a_batch_puts_what_there_is_room_for_and_says_how_many_that_were) {
    auto q = numbers::create(s, "q", {.capacity = 100});
    auto all = from_to(0, 150);
    BOOST_TEST(q.put_many(all) == 100U);
    BOOST_TEST((q.try_put_many(all).error() == errc::queue_full));
    BOOST_TEST(q.get_many(1000) == from_to(0, 100), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_batch_that_finds_no_room_in_time_has_put_nothing) {
    auto q = numbers::create(s, "q", {.capacity = 2});
    auto two = from_to(0, 2);
    BOOST_TEST(q.put_many(two) == 2U);
    BOOST_TEST(fails_with(errc::timed_out, [&] { q.put_many_for(two, 1ms); }));
    BOOST_TEST(fails_with(errc::timed_out, [&] { q.put_many_until(two, std::chrono::steady_clock::now()); }));
    BOOST_TEST(q.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_batch_waits_for_the_first_message_and_takes_what_is_there) {
    auto q = numbers::create(s, "q");
    BOOST_TEST((q.try_get_many(5).error() == errc::queue_empty));
    BOOST_TEST(fails_with(errc::timed_out, [&] { static_cast<void>(q.get_many_for(5, 1ms)); }));
    std::vector<int> got;
    std::thread waits([&] { got = q.get_many(5); });
    q.put(7);
    waits.join();
    BOOST_TEST(got == std::vector<int>{7}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nothing_to_put_is_done_at_once_and_nothing_to_take_is_an_error) {
    auto q = numbers::create(s, "q", {.capacity = 1});
    q.put(1);
    BOOST_TEST(q.put_many({}) == 0U);
    BOOST_TEST(fails_with(errc::invalid_argument, [&] { static_cast<void>(q.get_many(0)); }));
    BOOST_TEST(fails_with(errc::invalid_argument, [&] { static_cast<void>(q.receive_many(0)); }));
    BOOST_TEST(fails_with(errc::invalid_argument, [&] { static_cast<void>(q.get_many_for(1, -1ms)); }));
}

BOOST_AUTO_TEST_CASE(a_batch_wakes_as_many_as_there_are_messages) {
    auto q = numbers::create(s, "q");
    auto three = from_to(1, 4);
    std::array<int, 3> got{};
    std::vector<std::thread> waiting;
    for (auto& g : got)
        waiting.emplace_back([&] { g = q.get(); });
    BOOST_TEST(q.put_many(three) == 3U);
    for (auto& w : waiting)
        w.join();
    BOOST_TEST(got[0] + got[1] + got[2] == 6);
}

BOOST_AUTO_TEST_CASE(a_message_that_is_too_large_ends_the_batch_before_it) {
    auto q = byte_queue::create(s, "q", {.bytes = 1024});
    std::string small(10, 'x'), large(2000, 'x');
    std::vector<std::span<const std::byte>> batch{
        std::as_bytes(std::span(small)), std::as_bytes(std::span(large)), std::as_bytes(std::span(small))};
    BOOST_TEST(q.put_many(batch) == 1U);
    BOOST_TEST(fails_with(errc::message_too_large, [&] { q.put_many(std::span(batch).subspan(1)); }));
    BOOST_TEST(q.size() == 1U);
    BOOST_TEST(q.free_bytes() == 7 * 128U);
}

BOOST_AUTO_TEST_CASE(a_message_that_cannot_be_written_ends_the_batch_before_it) {
    auto q = byte_queue::create(s, "q", {.bytes = 1024});
    meddler third{2, [] { throw std::runtime_error("no"); }}, first{0, third.meddle};
    BOOST_TEST(q.put_many_written(third.writer(5), deadline::never()) == 2U);
    BOOST_CHECK_THROW(q.put_many_written(first.writer(5), deadline::never()), std::runtime_error);
    BOOST_TEST(q.size() == 2U);
    BOOST_TEST(q.free_bytes() == 6 * 128U);
}

BOOST_AUTO_TEST_CASE(a_batch_into_a_closed_queue_puts_nothing_and_one_out_of_it_drains) {
    auto q = numbers::create(s, "q");
    auto three = from_to(0, 3);
    BOOST_TEST(q.put_many(three) == 3U);
    q.close();
    BOOST_TEST(fails_with(errc::queue_closed, [&] { q.put_many(three); }));
    BOOST_TEST(q.get_many(10) == three, boost::test_tools::per_element());
    BOOST_TEST(fails_with(errc::queue_closed, [&] { static_cast<void>(q.get_many(10)); }));
}

BOOST_AUTO_TEST_CASE(a_batch_that_is_overtaken_by_a_close_takes_itself_back) {
    auto q = byte_queue::create(s, "q");
    meddler closes{3, [&] { q.close(); }};
    BOOST_TEST(fails_with(errc::queue_closed, [&] { q.put_many_written(closes.writer(10), deadline::never()); }));
    BOOST_TEST(q.size() == 0U);
    BOOST_TEST(q.try_join());
}

BOOST_AUTO_TEST_CASE(leases_of_a_batch_are_acknowledged_one_by_one) {
    auto q = numbers::create(s, "q");
    auto all = from_to(0, 100);
    BOOST_TEST(q.put_many(all) == 100U);
    {
        auto held = q.receive_many(100);
        BOOST_TEST(held.size() == 100U);
        for (auto& h : held)
            if (*h % 2 == 0) h.ack();
    }
    auto odd = q.get_many(100);
    BOOST_TEST(odd.size() == 50U);
    BOOST_TEST(std::ranges::all_of(odd, [](int i) { return i % 2 == 1; }));
}

BOOST_AUTO_TEST_CASE(a_batch_that_an_operator_takes_away_while_it_is_read_is_taken_again) {
    struct reading {
        segment& s;
        ipc::byte_queue& q;
        int read = 0, forgotten = 0;
    };
    auto q = ipc::byte_queue::create(s, "evicted");
    q.put({});
    q.put({});
    reading now{s, q};
    auto read = [](void* to, std::span<const std::byte>) {
        auto& r = *static_cast<reading*>(to);
        if (r.read++ == 0) r.q.evict(r.s.self());
        return true;
    };
    auto forget_last = [](void* to) noexcept { ++static_cast<reading*>(to)->forgotten; };
    q.get_many_read(8, {read, forget_last, &now}, deadline(std::chrono::steady_clock::now() + 10s));
    BOOST_TEST(now.read == 4);
    BOOST_TEST(now.forgotten == 2);
    BOOST_TEST(q.try_join());
}

BOOST_AUTO_TEST_CASE(a_malformed_message_is_set_aside_and_told_of_when_it_is_alone) {
    auto bytes = byte_queue::create(s, "q");
    numbers q(bytes);
    auto put_malformed = [&] { bytes.put(std::as_bytes(std::span("abc", 3))); };
    q.put(1);
    put_malformed();
    q.put(2);
    BOOST_TEST(q.get_many(10) == from_to(1, 3), boost::test_tools::per_element());
    BOOST_TEST(q.dead_letter_count() == 1U);
    put_malformed();
    BOOST_TEST(fails_with(errc::message_malformed, [&] { static_cast<void>(q.get_many(10)); }));
    BOOST_TEST(q.dead_letter_count() == 2U);
    BOOST_TEST(q.try_join());

    put_malformed();
    q.put(3);
    BOOST_TEST(q.receive_many(10).at(0).value() == 3);
    BOOST_TEST(q.dead_letter_count() == 3U);
    BOOST_TEST(q.size() == 1U); // the 3 was released
}

BOOST_AUTO_TEST_CASE(processes_exchange_batches) {
    auto q = numbers::create(s, "q", {.capacity = 300});
    auto sums = ipc::queue<long>::create(s, "sums");
    ::test::child p1(puts_batches, s, {"0", "20000"}), p2(puts_batches, s, {"20000", "40000"});
    ::test::child c1(sums_batches, s), c2(sums_batches, s);
    BOOST_TEST(p1.wait() == 0);
    BOOST_TEST(p2.wait() == 0);
    q.close();
    BOOST_TEST(sums.get() + sums.get() == 40'000L * 39'999 / 2);
}

BOOST_AUTO_TEST_CASE(what_a_killed_process_took_in_a_batch_is_delivered_again) {
    auto q = numbers::create(s, "q");
    auto taken = ipc::queue<std::size_t>::create(s, "taken");
    auto five = from_to(0, 5);
    BOOST_TEST(q.put_many(five) == 5U);
    ::test::child c(takes_many_and_hangs, s);
    BOOST_TEST(taken.get() == 3U);
    c.kill();
    s.sweep();
    auto got = q.get_many(10);
    std::ranges::sort(got);
    BOOST_TEST(got == five, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
