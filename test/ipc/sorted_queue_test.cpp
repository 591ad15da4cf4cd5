// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Queues between processes that go by priority, or are last in, first out: their orders, and what becomes of them when
// somebody dies or stops with their lock.
#include "attachment.hpp"
#include "queue_core.hpp"
#include "queue_layout.hpp"
#include "sorted_order.hpp"
#include "support/child_program.hpp"
#include "support/with_code.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/ipc/lifo_queue.hpp>
#include <plait/ipc/priority_queue.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstring>
#include <new>
#include <set>
#include <vector>

#include <unistd.h>

using namespace plait;
using namespace std::chrono_literals;
using ipc::byte_queue;
using ipc::segment;
using test::with_code;

namespace {

using lifo = ipc::lifo_queue<int>;
using prioritised = ipc::priority_queue<int>;
constexpr ipc::segment_options small{.bytes = 4 << 20, .max_participants = 8};

template <class Queue>
std::vector<int> drained(Queue& q) {
    std::vector<int> values;
    while (auto value = q.try_get())
        values.push_back(*value);
    return values;
}

/// The memory of the order of queue "q", with its lock.
std::span<std::byte> order_of(segment& s) {
    using namespace ipc::detail;
    auto& entry = s.attachment()->find_object("q", object_type::queue, queue_layout_hash);
    auto memory = s.attachment()->memory_of(entry);
    auto g = queue_geometry::of(memory);
    return memory.subspan(g.order_offset(), g.order_bytes());
}
ipc::detail::sorted_memory& index_of(segment& s) {
    return *std::launder(reinterpret_cast<ipc::detail::sorted_memory*>(order_of(s).data()));
}

// Locks the order of "q", says so, and hangs with it.
const test::child_function holds_the_lock("holds_the_lock", [](segment& s, const std::vector<std::string>&) {
    s.attachment()->stop_ticking();
    auto lock = index_of(s).lock.lock([]() noexcept {});
    ipc::queue<int>::open(s, "ready").put(1);
    for (;;)
        ::pause();
    return 0;
});
// The same, in the middle of a change of the heap.
const test::child_function tears_the_heap("tears_the_heap", [](segment& s, const std::vector<std::string>&) {
    s.attachment()->stop_ticking();
    auto lock = index_of(s).lock.lock([]() noexcept {});
    auto heap = order_of(s).subspan(order_of(s).size() - 2 * 4 * 64); // 64 cells: the heap, and the places in it
    std::memset(heap.data(), 0x5a, heap.size());
    index_of(s).size.store(3);
    ipc::queue<int>::open(s, "ready").put(1);
    for (;;)
        ::pause();
    return 0;
});
const test::child_function takes_one_and_hangs("takes_one_and_hangs", [](segment& s, const std::vector<std::string>&) {
    auto held = byte_queue::open(s, "q").receive();
    ipc::queue<int>::open(s, "ready").put(1);
    for (;;)
        ::pause();
    return 0;
});

struct fixture {
    segment s = segment::create(small);
    ipc::queue<int> ready = ipc::queue<int>::create(s, "ready");

    /// A child, started and come to where it hangs.
    struct hanging : test::child {
        hanging(fixture& f, const test::child_function& what) : child(what, f.s) { static_cast<void>(f.ready.get()); }
    };
    lifo make_lifo(ipc::queue_options o = {.bytes = 64 * 64, .cell_bytes = 64}) { return lifo::create(s, "q", o); }
    prioritised make_prioritised(ipc::queue_options o = {.bytes = 64 * 64, .cell_bytes = 64}) {
        return prioritised::create(s, "q", o);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sorted_queue, fixture)

BOOST_AUTO_TEST_CASE(the_value_that_was_put_last_comes_first) {
    auto q = make_lifo();
    for (int i = 0; i < 50; ++i)
        q.put(i);
    for (int i = 49; i >= 0; --i)
        BOOST_TEST(q.get() == i);
}

BOOST_AUTO_TEST_CASE(the_lowest_number_comes_first) {
    auto q = make_prioritised();
    for (int priority : {3, -7, 0, 9, 2, -1})
        q.put(priority, priority);
    BOOST_TEST(drained(q) == (std::vector{-7, -1, 0, 2, 3, 9}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(among_equals_the_first_comes_first) {
    auto q = make_prioritised();
    for (int i = 0; i < 20; ++i)
        q.put(i, i % 2);
    for (int i = 0; i < 20; ++i)
        BOOST_TEST(q.get() == (i < 10 ? 2 * i : 2 * (i - 10) + 1));
}

BOOST_AUTO_TEST_CASE(every_face_of_put_takes_a_priority) {
    auto q = make_prioritised();
    q.put(4, 4);
    q.put_for(3, 3, 1h);
    q.put_until(2, 2, std::chrono::steady_clock::now() + 1h);
    q.try_put(1, 1).value();
    auto room = q.bytes().prepare(4);
    std::memset(room.data().data(), 0, 4);
    std::move(room).send(0);
    BOOST_TEST(drained(q) == (std::vector{0, 1, 2, 3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_released_message_takes_its_old_place) {
    auto q = make_prioritised();
    for (int i = 0; i < 3; ++i)
        q.put(i, 0);
    q.receive().release();
    BOOST_TEST(drained(q) == (std::vector{0, 1, 2}), boost::test_tools::per_element());

    auto last_first = lifo::create(s, "lifo");
    last_first.put(0);
    last_first.put(1);
    auto held = last_first.receive();
    last_first.put(2);
    held.release();
    BOOST_TEST(drained(last_first) == (std::vector{2, 1, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_killed_holder_s_message_takes_its_old_place) {
    auto q = make_prioritised();
    for (int i = 0; i < 3; ++i)
        q.put(i, i);
    {
        hanging c(*this, takes_one_and_hangs);
        BOOST_TEST(q.size() == 2u);
    }
    s.sweep();
    auto held = q.receive();
    BOOST_TEST(*held == 0);
    BOOST_TEST(held.deliveries() == 2u);
    held.ack();
    BOOST_TEST(drained(q) == (std::vector{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(random_puts_and_takes_come_out_as_sorted) {
    auto q = make_prioritised();
    std::multiset<int> model;
    std::uint32_t random = 1;
    for (int i = 0; i < 20'000; ++i) {
        random = random * 1664525 + 1013904223;
        int priority = static_cast<int>(random >> 8) % 100;
        if (model.size() < 60 && random >> 31) {
            q.put(priority, priority);
            model.insert(priority);
        } else if (!model.empty()) {
            auto held = q.receive();
            BOOST_REQUIRE(*held == *model.begin());
            if (random >> 30 & 1) {
                held.ack();
                model.erase(model.begin());
            }
        }
    }
    BOOST_TEST(q.size() == model.size());
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_a_try_and_loses_nothing) {
    auto q = make_prioritised({.capacity = 2});
    q.put(1, 1);
    q.put(2, 2);
    BOOST_TEST((q.try_put(0, 0).error() == errc::queue_full));
    BOOST_CHECK_THROW(q.put_for(0, 0, 1ms), timeout_error);
    BOOST_TEST(drained(q) == (std::vector{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_queue_is_opened_as_what_it_is) {
    static_cast<void>(make_lifo());
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(ipc::queue<int>::open(s, "q")), segment_error, with_code(errc::segment_invalid));
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(prioritised::open(s, "q")), segment_error, with_code(errc::segment_invalid));
    BOOST_TEST(lifo::open(s, "q").empty());
    BOOST_TEST((byte_queue::open(s, "q").order() == ipc::queue_order::lifo));
}

BOOST_AUTO_TEST_CASE(a_priority_that_means_nothing_is_an_error) {
    auto q = make_lifo();
    BOOST_CHECK_EXCEPTION(q.bytes().put({}, 1), error, with_code(errc::invalid_argument));
    BOOST_CHECK_EXCEPTION(q.bytes().prepare(4).send(1), error, with_code(errc::invalid_argument));
    BOOST_TEST(q.bytes().free_bytes() == 64u * 64u);
}

BOOST_AUTO_TEST_CASE(a_stopped_holder_of_the_lock_holds_up_no_thread_beyond_its_deadline) {
    auto q = make_prioritised();
    q.put(1, 1);
    hanging c(*this, holds_the_lock);
    BOOST_CHECK_THROW(static_cast<void>(q.get_for(1ms)), timeout_error);
    BOOST_CHECK_THROW(q.put_for(2, 2, 1ms), timeout_error);
    BOOST_TEST((q.try_get().error() == errc::timed_out));
    BOOST_TEST((q.try_put(2, 2).error() == errc::timed_out));
    c.kill();
    BOOST_TEST(drained(q) == (std::vector{1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_stopped_holder_of_the_lock_does_not_hold_up_a_loop) {
    auto q = make_prioritised();
    q.put(1, 1);
    hanging c(*this, holds_the_lock);
    run([&] {
        int got = 0;
        auto waiter = spawn([&] { got = q.get(); });
        auto limited = spawn([&] { BOOST_CHECK_THROW(static_cast<void>(q.get_for(20ms)), timeout_error); });
        limited.join(); // another coroutine of the loop comes to its turn
        BOOST_TEST(got == 0);
        c.kill();
        waiter.join();
        BOOST_TEST(got == 1);
    });
}

BOOST_AUTO_TEST_CASE(what_is_returned_or_sent_while_the_lock_is_held_is_found_afterwards) {
    auto q = make_prioritised();
    q.put(1, 1);
    q.put(2, 2);
    auto first = q.receive(), second = q.receive();
    auto room = q.bytes().prepare(4);
    std::memset(room.data().data(), 0, 4);
    hanging c(*this, holds_the_lock);
    second.release();
    std::move(room).send(0);
    first.ack();
    c.kill();
    BOOST_TEST(drained(q) == (std::vector{0, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_sweep_does_not_wait_for_the_lock) {
    auto q = make_prioritised();
    for (int i = 0; i < 3; ++i)
        q.put(i, i);
    hanging taker(*this, takes_one_and_hangs);
    hanging holder(*this, holds_the_lock);
    taker.kill();
    BOOST_TEST(s.sweep() == 1u);
    BOOST_TEST(s.participants() == 2u);
    holder.kill();
    BOOST_TEST(drained(q) == (std::vector{0, 1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_join_hears_of_the_last_acknowledgement_although_a_put_took_itself_back) {
    auto q = make_lifo();
    q.put(1);
    auto held = q.receive();
    auto close_and_write = [](const void* queue, std::span<std::byte>) {
        byte_queue(*static_cast<const byte_queue*>(queue)).close();
    };
    BOOST_CHECK_THROW(q.bytes().put_written(4, {close_and_write, &q.bytes()}, deadline::never()), queue_closed);
    auto& core = q.bytes().core();
    static_cast<void>(core.idle().on.register_sleeper(ipc::detail::channel::need::any)); // as one who joins does
    auto join = core.begin_join();
    held.ack();
    BOOST_TEST(core.shared().header().idle_seen.load() == join);
}

BOOST_AUTO_TEST_CASE(a_heap_that_a_killed_process_left_half_changed_is_made_anew) {
    auto q = make_prioritised();
    for (int i = 9; i >= 0; --i)
        q.put(i, i);
    { hanging c(*this, tears_the_heap); }
    for (int i = 0; i < 10; ++i)
        BOOST_TEST(q.get() == i);
    BOOST_TEST(q.empty());
}

BOOST_AUTO_TEST_CASE(a_heap_of_nonsense_is_made_anew_and_loses_nothing) {
    auto q = make_prioritised();
    for (int i = 0; i < 10; ++i)
        q.put(i, i);
    auto heap = order_of(s).subspan(order_of(s).size() - 2 * 4 * 64);
    std::memset(heap.data(), 0xff, heap.size());
    index_of(s).size.store(0xffff'ffff);
    std::multiset<int> got;
    for (int i = 0; i < 10; ++i)
        got.insert(q.get_for(10s));
    BOOST_TEST(got.size() == 10u);
    BOOST_TEST(std::set<int>(got.begin(), got.end()).size() == 10u);
}

BOOST_AUTO_TEST_CASE(a_damaged_lock_is_an_error_and_not_a_wait) {
    auto q = make_lifo();
    q.put(1);
    std::memset(static_cast<void*>(&index_of(s).lock), 0xff, sizeof(ipc::detail::robust_mutex));
    BOOST_CHECK_EXCEPTION(static_cast<void>(q.get()), segment_error, with_code(errc::segment_invalid));
    BOOST_CHECK_EXCEPTION(q.put(2), segment_error, with_code(errc::segment_invalid));
}

BOOST_AUTO_TEST_SUITE_END()
