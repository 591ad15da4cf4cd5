// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "fifo.hpp"
#include "queue_core.hpp"
#include "queue_layout.hpp"
#include "support/child_program.hpp"
#include "support/scratch_name.hpp"
#include "support/with_code.hpp"

#include <plait/ipc/queue.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/thread.hpp>
#include <plait/runtime/timeout.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <csignal>
#include <cstring>
#include <numeric>
#include <optional>
#include <thread>

#include <unistd.h>

using namespace plait;
using namespace std::chrono_literals;
using ipc::byte_queue;
using ipc::segment;
using test::with_code;

namespace {

constexpr ipc::segment_options small{.bytes = 4 << 20, .max_participants = 8};

std::span<const std::byte> bytes_of(const std::string& s) { return std::as_bytes(std::span(s)); }
std::string text_of(const ipc::byte_lease& l) {
    return {reinterpret_cast<const char*>(l.data().data()), l.data().size()};
}

struct fixture {
    segment s = segment::create(small);
};

const test::child_function puts_numbers("puts_numbers", [](segment& s, const std::vector<std::string>& a) {
    auto q = ipc::queue<int>::open(s, a.at(0));
    for (int i = std::stoi(a.at(1)); i < std::stoi(a.at(2)); ++i)
        q.put(i);
    return 0;
});
const test::child_function takes_one_and_hangs("takes_one_and_hangs", [](segment& s, const std::vector<std::string>&) {
    auto held = ipc::queue<int>::open(s, "q").receive();
    ipc::queue<int>::open(s, "taken").put(*held);
    for (;;)
        ::pause();
    return 0;
});
const test::child_function holds_a_loan_and_hangs("holds_a_loan_and_hangs", [](segment& s, const auto&) {
    auto room = byte_queue::open(s, "q").prepare(1000);
    ipc::queue<int>::open(s, "taken").put(1);
    for (;;)
        ::pause();
    return 0;
});
const test::child_function sums_up("sums_up", [](segment& s, const std::vector<std::string>&) {
    auto q = ipc::queue<int>::open(s, "q");
    long sum = 0;
    try {
        for (;;)
            sum += q.get();
    } catch (const queue_closed&) {
    }
    ipc::queue<long>::open(s, "sums").put(sum);
    return 0;
});

} // namespace

BOOST_FIXTURE_TEST_SUITE(fifo_queue, fixture)

BOOST_AUTO_TEST_CASE(messages_come_out_in_the_order_they_went_in) {
    auto q = ipc::queue<int>::create(s, "q");
    for (int i = 0; i < 100; ++i)
        q.put(i);
    for (int i = 0; i < 100; ++i)
        BOOST_TEST(q.get() == i);
}

BOOST_AUTO_TEST_CASE(messages_may_have_any_length) {
    auto q = ipc::queue<std::string>::create(s, "q", {.bytes = 100'000, .cell_bytes = 64});
    for (std::size_t n : {0UL, 1UL, 48UL, 49UL, 1000UL, 40'000UL})
        q.put(std::string(n, static_cast<char>('a' + n % 7)));
    for (std::size_t n : {0UL, 1UL, 48UL, 49UL, 1000UL, 40'000UL})
        BOOST_TEST(q.get() == std::string(n, static_cast<char>('a' + n % 7)));
}

BOOST_AUTO_TEST_CASE(payloads_are_aligned) {
    auto q = byte_queue::create(s, "q", {.cell_bytes = 48});
    for (int i = 0; i < 20; ++i) {
        auto room = q.prepare(static_cast<std::size_t>(i) * 10);
        BOOST_TEST(reinterpret_cast<std::uintptr_t>(room.data().data()) % 16 == 0U);
        std::move(room).send();
    }
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_a_try_and_loses_nothing) {
    auto q = ipc::queue<int>::create(s, "q", {.capacity = 2});
    q.put(1);
    q.put(2);
    BOOST_TEST(q.full());
    BOOST_TEST((q.try_put(3).error() == errc::queue_full));
    BOOST_CHECK_THROW(q.put_for(3, 1ms), timeout_error);
    BOOST_TEST(q.size() == 2U);
    BOOST_TEST(q.get() == 1);
    BOOST_TEST(q.try_put(3).has_value());
    BOOST_TEST(q.get() == 2);
    BOOST_TEST(q.get() == 3);
}

BOOST_AUTO_TEST_CASE(a_queue_is_bounded_by_bytes_too) {
    auto q = byte_queue::create(s, "q", {.capacity = 1000, .bytes = 1024, .cell_bytes = 128});
    std::string big(496, 'x');
    q.put(bytes_of(big));
    q.put(bytes_of(big));
    BOOST_TEST((q.try_put(bytes_of(big)).error() == errc::queue_full));
    q.receive().ack();
    BOOST_TEST(q.try_put(bytes_of(big)).has_value());
}

BOOST_AUTO_TEST_CASE(a_short_message_where_a_long_one_began_leaves_the_rest_of_its_room_to_others) {
    auto q = byte_queue::create(s, "q", {.bytes = 1024, .cell_bytes = 128});
    q.put(bytes_of(std::string(1008, 'x')));
    q.receive().ack();
    q.put(bytes_of("short"));
    auto held = q.receive();
    BOOST_TEST(q.free_bytes() == 1024U - 128U);
    BOOST_TEST(q.try_put(bytes_of(std::string(1008 - 128, 'y'))).has_value());
}

BOOST_AUTO_TEST_CASE(short_messages_of_a_batch_leave_the_rest_of_a_long_one_s_room_to_others) {
    auto q = byte_queue::create(s, "q", {.bytes = 1024, .cell_bytes = 128});
    q.put(bytes_of(std::string(1008, 'x')));
    q.receive().ack();
    q.put(bytes_of(std::string(1008, 'x')));
    q.receive().ack();
    std::string first = "short", second = "shorter";
    std::array batch{bytes_of(first), bytes_of(second)};
    BOOST_TEST(q.put_many(batch) == 2U);
    BOOST_TEST(q.free_bytes() == 1024U - 2 * 128U);
}

BOOST_AUTO_TEST_CASE(a_message_that_can_never_fit_is_an_error_and_not_a_wait) {
    auto q = byte_queue::create(s, "q", {.bytes = 1024});
    BOOST_TEST(q.max_message() == 1024U - 16U);
    BOOST_CHECK_EXCEPTION(q.put(bytes_of(std::string(1009, 'x'))), error, with_code(errc::message_too_large));
    q.put(bytes_of(std::string(1008, 'x')));
}

BOOST_AUTO_TEST_CASE(an_empty_queue_refuses_a_try) {
    auto q = ipc::queue<int>::create(s, "q");
    BOOST_TEST((q.try_get().error() == errc::queue_empty));
    BOOST_CHECK_THROW(static_cast<void>(q.get_for(1ms)), timeout_error);
    BOOST_CHECK_THROW(static_cast<void>(q.get_until(std::chrono::steady_clock::now())), timeout_error);
}

BOOST_AUTO_TEST_CASE(a_timeout_around_a_thread_ends_its_waits) {
    auto q = ipc::queue<int>::create(s, "q", {.capacity = 1});
    auto ends = [](auto wait) {
        bool cancelled_in_it = false;
        BOOST_CHECK_THROW(
            timeout(
                1ms,
                [&] {
                    try {
                        wait();
                    } catch (const cancelled&) {
                        cancelled_in_it = true;
                        throw;
                    }
                }),
            timeout_error);
        return cancelled_in_it;
    };
    BOOST_TEST(ends([&] { static_cast<void>(q.get_for(10s)); }));
    q.put(1);
    BOOST_TEST(ends([&] { q.put_for(2, 10s); }));
    BOOST_TEST(ends([&] { static_cast<void>(q.join_for(10s)); }));
    BOOST_TEST(q.get() == 1);
    BOOST_TEST(q.empty());
}

BOOST_AUTO_TEST_CASE(a_cancelled_thread_leaves_its_wait_and_has_taken_nothing) {
    auto q = ipc::queue<int>::create(s, "q");
    bool was_cancelled = false;
    thread waits([&] {
        try {
            static_cast<void>(q.get_for(10s));
        } catch (const cancelled&) {
            was_cancelled = true;
        }
    });
    while (!q.bytes().core().not_empty().on.has_waiters())
        std::this_thread::yield();
    waits.cancel();
    waits.join();
    BOOST_TEST(was_cancelled);
    q.put(1);
    BOOST_TEST(q.get() == 1);
}

BOOST_AUTO_TEST_CASE(a_negative_timeout_is_an_error) {
    auto q = ipc::queue<int>::create(s, "q");
    BOOST_CHECK_EXCEPTION(static_cast<void>(q.get_for(-1ms)), error, with_code(errc::invalid_argument));
    BOOST_CHECK_EXCEPTION(q.put_for(1, -1ms), error, with_code(errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_released_message_comes_back_behind_those_that_wait) {
    auto q = ipc::queue<int>::create(s, "q");
    q.put(1);
    q.put(2);
    {
        auto held = q.receive();
        BOOST_TEST(*held == 1);
        BOOST_TEST(held.deliveries() == 1U);
    }
    BOOST_TEST(q.get() == 2);
    auto again = q.receive();
    BOOST_TEST(*again == 1);
    BOOST_TEST(again.deliveries() == 2U);
    again.ack();
    BOOST_TEST(q.empty());
}

BOOST_AUTO_TEST_CASE(a_message_may_be_released_more_often_than_can_be_counted) {
    auto q = ipc::queue<int>::create(s, "q");
    q.put(7);
    for (int i = 0; i < 1000; ++i)
        q.receive().release();
    auto held = q.receive();
    BOOST_TEST(*held == 7);
    BOOST_TEST(held.deliveries() == 255U);
    held.ack();
    BOOST_TEST((q.try_get().error() == errc::queue_empty));
}

BOOST_AUTO_TEST_CASE(a_lease_is_given_up_once) {
    auto q = byte_queue::create(s, "q");
    q.put({});
    auto held = q.receive();
    held.ack();
    BOOST_CHECK_EXCEPTION(held.ack(), error, with_code(errc::no_state));
    BOOST_CHECK_EXCEPTION(held.release(), error, with_code(errc::no_state));
}

BOOST_AUTO_TEST_CASE(a_loan_is_filled_in_place_and_sent) {
    auto q = byte_queue::create(s, "q");
    auto room = q.prepare(5);
    std::memcpy(room.data().data(), "hello", 5);
    BOOST_TEST(q.size() == 0U);
    std::move(room).send();
    auto held = q.receive();
    BOOST_TEST(text_of(held) == "hello");
    held.ack();
}

BOOST_AUTO_TEST_CASE(a_dropped_loan_gives_its_room_back) {
    auto q = byte_queue::create(s, "q", {.bytes = 1024});
    for (int i = 0; i < 10; ++i)
        static_cast<void>(q.prepare(1000));
    q.put(bytes_of(std::string(1000, 'x')));
    BOOST_TEST(q.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_closed_queue_refuses_puts_and_drains) {
    auto q = ipc::queue<int>::create(s, "q");
    q.put(1);
    auto room = q.bytes().prepare(4);
    q.close();
    BOOST_TEST(q.is_closed());
    BOOST_CHECK_THROW(q.put(2), queue_closed);
    BOOST_TEST((q.try_put(2).error() == errc::queue_closed));
    BOOST_CHECK_THROW(std::move(room).send(), queue_closed);
    BOOST_TEST(q.get() == 1);
    BOOST_CHECK_THROW(static_cast<void>(q.get()), queue_closed);
    BOOST_TEST((q.try_get().error() == errc::queue_closed));
}

BOOST_AUTO_TEST_CASE(closing_wakes_those_who_wait) {
    auto q = ipc::queue<int>::create(s, "q");
    std::thread waiter([&] { BOOST_CHECK_THROW(static_cast<void>(q.get()), queue_closed); });
    q.close();
    waiter.join();
}

BOOST_AUTO_TEST_CASE(a_value_that_cannot_be_encoded_is_not_put) {
    auto q = byte_queue::create(s, "q", {.bytes = 1024});
    ipc::detail::message_writer throws{
        [](const void*, std::span<std::byte>) { throw std::runtime_error("no"); }, nullptr};
    for (int i = 0; i < 10; ++i)
        BOOST_CHECK_THROW(q.put_written(1000, throws, deadline::never()), std::runtime_error);
    BOOST_TEST(q.size() == 0U);
    q.put(bytes_of(std::string(1000, 'x'))); // and its room is free
}

BOOST_AUTO_TEST_CASE(a_message_of_another_type_does_not_decode_and_is_set_aside) {
    auto bytes = byte_queue::create(s, "q");
    bytes.put(bytes_of("abc"));
    bytes.put(bytes_of("abcd"));
    ipc::queue<int> q(bytes);
    BOOST_CHECK_EXCEPTION(static_cast<void>(q.get()), error, with_code(errc::message_malformed));
    BOOST_TEST(q.get() == 0x64636261);
}

BOOST_AUTO_TEST_CASE(vectors_travel) {
    auto q = ipc::queue<std::vector<double>>::create(s, "q");
    std::vector<double> v(100);
    std::iota(v.begin(), v.end(), 0.5);
    q.put(v);
    q.put({});
    BOOST_TEST(q.get() == v, boost::test_tools::per_element());
    BOOST_TEST(q.get().empty());
}

BOOST_AUTO_TEST_CASE(bad_options_name_the_field) {
    auto refused = [&](ipc::queue_options o, const char* field) {
        BOOST_CHECK_EXCEPTION(static_cast<void>(byte_queue::create(s, "q", o)), error, [field](const error& e) {
            return e.code() == errc::invalid_argument && std::string(e.what()).find(field) != std::string::npos;
        });
    };
    refused({.capacity = 0}, "capacity");
    refused({.bytes = 0}, "bytes");
    refused({.cell_bytes = 31}, "cell_bytes");
    refused({.cell_bytes = 100}, "cell_bytes");
    refused({.max_deliveries = 256}, "max_deliveries");
}

BOOST_AUTO_TEST_CASE(rounds_of_the_ring_do_not_mix) {
    auto q = ipc::queue<int>::create(s, "q", {.capacity = 4, .bytes = 1024});
    for (int i = 0; i < 50'000; ++i) {
        q.put(i);
        if (i % 3 == 0) q.receive().release();
        BOOST_REQUIRE(q.get() == i);
    }
}

BOOST_AUTO_TEST_CASE(threads_of_one_process_share_a_queue) {
    auto q = ipc::queue<int>::create(s, "q", {.capacity = 64, .bytes = 4096});
    constexpr int each = 5000;
    std::array<long, 2> sums{};
    std::vector<std::thread> threads;
    for (int p = 0; p < 2; ++p)
        threads.emplace_back([&, p] {
            for (int i = 0; i < each; ++i)
                q.put(p * each + i);
        });
    for (auto& sum : sums)
        threads.emplace_back([&] {
            for (int i = 0; i < each; ++i)
                sum += q.get();
        });
    for (auto& t : threads)
        t.join();
    BOOST_TEST(sums[0] + sums[1] == 2L * each * (2L * each - 1) / 2);
    BOOST_TEST(q.size() == 0U);
}

BOOST_AUTO_TEST_CASE(processes_share_a_queue) {
    auto q = ipc::queue<int>::create(s, "q", {.capacity = 64});
    auto sums = ipc::queue<long>::create(s, "sums");
    test::child p1(puts_numbers, s, {"q", "0", "5000"}), p2(puts_numbers, s, {"q", "5000", "10000"});
    test::child c1(sums_up, s), c2(sums_up, s);
    BOOST_TEST(p1.wait() == 0);
    BOOST_TEST(p2.wait() == 0);
    q.close();
    BOOST_TEST(sums.get() + sums.get() == 10'000L * 9'999 / 2);
}

BOOST_AUTO_TEST_CASE(a_killed_consumer_s_message_is_delivered_again) {
    auto q = ipc::queue<int>::create(s, "q");
    auto taken = ipc::queue<int>::create(s, "taken");
    q.put(42);
    test::child c(takes_one_and_hangs, s);
    BOOST_TEST(taken.get() == 42);
    BOOST_TEST((q.try_get().error() == errc::queue_empty));
    c.kill();
    s.sweep();
    auto held = q.receive();
    BOOST_TEST(*held == 42);
    BOOST_TEST(held.deliveries() == 2U);
    held.ack();
}

BOOST_AUTO_TEST_CASE(a_damaged_queue_keeps_nothing_from_the_one_beside_it) {
    static_cast<void>(byte_queue::create(s, "damaged"));
    auto q = ipc::queue<int>::create(s, "q");
    auto taken = ipc::queue<int>::create(s, "taken");
    q.put(42);
    test::child c(takes_one_and_hangs, s);
    BOOST_TEST(taken.get() == 42);
    auto& entry =
        s.attachment()->find_object("damaged", ipc::detail::object_type::queue, ipc::detail::queue_layout_hash);
    std::string nonsense(64, '\xff');
    BOOST_REQUIRE(::pwrite(s.memory_fd(), nonsense.data(), 64, static_cast<off_t>(entry.offset)) == 64);
    c.kill();
    BOOST_TEST(*q.receive_for(10s) == 42); // which the monitor's sweep brought back
    // The damaged one may still speak of the dead, so its index is not used again.
    BOOST_CHECK_EXCEPTION(s.sweep(), segment_error, with_code(errc::segment_invalid));
    BOOST_TEST(s.participants() == 2U);
}

/// The memory of a queue whose ring has `places` slots, to be damaged.
struct damaged_ring {
    damaged_ring(segment& s, const char* name)
        : entry(s.attachment()->find_object(name, ipc::detail::object_type::queue, ipc::detail::queue_layout_hash)),
          memory(s.attachment()->memory_of(entry)),
          g(ipc::detail::queue_geometry::of(memory)) {}
    void write(std::size_t offset, std::uint64_t value) { std::memcpy(memory.data() + offset, &value, sizeof value); }
    void write_slot(std::uint32_t place, ipc::detail::slot_word slot) {
        write(g.order_offset() + sizeof(ipc::detail::fifo_ends) + place * sizeof slot, slot.bits);
    }
    ipc::detail::directory_entry& entry;
    std::span<std::byte> memory;
    ipc::detail::queue_geometry g;
};

BOOST_AUTO_TEST_CASE(a_queue_whose_ring_or_words_cannot_be_is_not_opened) {
    using ipc::detail::fifo_ends, ipc::detail::slot_word;
    const test::scratch_name name;
    s = segment::create(*name, small);
    std::optional q = byte_queue::create(s, "q", {.bytes = 64 << 10, .cell_bytes = 128});
    q->put(bytes_of("x"));
    q.reset();
    damaged_ring ring(s, "q");
    std::vector<std::byte> whole(ring.memory.begin(), ring.memory.end());
    auto ends = ring.g.order_offset(), slots = ends + sizeof(fifo_ends), words = ring.g.words_offset();
    struct {
        std::size_t offset;
        std::uint64_t value;
        const char* problem;
    } damages[] = {
        {ends + offsetof(fifo_ends, head), std::uint64_t{1} << 63, "its head is at position 9223372036854775808"},
        {ends + offsetof(fifo_ends, tail), std::uint64_t{1} << 63, "and its tail at 9223372036854775808 of a ring of"},
        {slots, slot_word::full(1000, 0).bits, "slot 0 is of lap 1000, and the ends are at 0 and 0"},
        {slots + 16, ~std::uint64_t{0}, "slot 2 names cell 16777214, of which there are 512"},
        {words + 24, std::uint64_t{9} << 20, "cell 3 is in no state that there is"},
    };
    for (auto& d : damages) {
        std::ranges::copy(whole, ring.memory.begin());
        BOOST_TEST(byte_queue::open(s, "q").size() == 1U);
        ring.write(d.offset, d.value);
        BOOST_TEST_CONTEXT(d.problem)
        BOOST_CHECK_EXCEPTION(static_cast<void>(byte_queue::open(s, "q")), segment_error, [&](const segment_error& e) {
            return e.code() == errc::segment_invalid &&
                   std::string_view(e.what()).find(d.problem) != std::string_view::npos;
        });
    }
}

BOOST_AUTO_TEST_CASE(a_queue_that_is_damaged_in_use_is_an_error_and_not_an_endless_walk) {
    auto q = byte_queue::create(s, "q");
    q.put(bytes_of("x"));
    damaged_ring ring(s, "q");
    for (std::uint32_t i = 0; i < ring.g.places; ++i) // nothing is ever found there
        ring.write_slot(i, ipc::detail::slot_word::empty(std::uint64_t{1} << 39));
    auto is_damage = with_code(errc::segment_invalid);
    BOOST_CHECK_EXCEPTION(static_cast<void>(q.try_receive()), segment_error, is_damage);
    BOOST_CHECK_EXCEPTION(static_cast<void>(q.try_receive_many(2)), segment_error, is_damage);
    BOOST_CHECK_EXCEPTION(static_cast<void>(q.try_put(bytes_of("y"))), segment_error, is_damage);
    BOOST_CHECK_EXCEPTION(q.receive(), segment_error, is_damage);
    static_cast<void>(q.size());
    for (std::uint32_t i = 0; i < ring.g.places; ++i) // a lap that is over for ever
        ring.write_slot(i, ipc::detail::slot_word::full(0, 1));
    ring.write(ring.g.order_offset() + offsetof(ipc::detail::fifo_ends, tail), ring.g.places * std::uint64_t{2});
    BOOST_TEST((q.try_put(bytes_of("y")).error() == errc::queue_full));
    static_cast<void>(q.size());
}

BOOST_AUTO_TEST_CASE(a_killed_producer_s_room_comes_back) {
    auto q = byte_queue::create(s, "q", {.bytes = 1024});
    auto taken = ipc::queue<int>::create(s, "taken");
    test::child c(holds_a_loan_and_hangs, s);
    BOOST_TEST(taken.get() == 1);
    BOOST_TEST((q.try_put(bytes_of(std::string(1000, 'x'))).error() == errc::queue_full));
    c.kill();
    s.sweep();
    BOOST_TEST(q.try_put(bytes_of(std::string(1000, 'x'))).has_value());
}

BOOST_AUTO_TEST_CASE(a_stopped_consumer_holds_up_nobody) {
    auto q = ipc::queue<int>::create(s, "q");
    auto taken = ipc::queue<int>::create(s, "taken");
    q.put(1);
    test::child c(takes_one_and_hangs, s);
    static_cast<void>(taken.get());
    c.signal(SIGSTOP);
    for (int i = 0; i < 20'000; ++i) {
        q.put(i);
        BOOST_REQUIRE(q.get() == i);
    }
}

BOOST_AUTO_TEST_SUITE_END()
