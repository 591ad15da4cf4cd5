// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Queues between processes, as Python's `queue` and `multiprocessing` modules have taught people to expect them: in each
// of the three orders, for threads and coroutines alike.
#include "every_ipc_queue.hpp"
#include "queue_expectations.hpp"
#include "support/child_program.hpp"
#include "support/parties.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;
using ipc::segment;
using plait::test::drained;
using plait::test::faces;
using plait::test::for_every_queue;
using plait::test::queue_of;

namespace {

/// A value that can be told not to travel.
struct fragile {
    int value = 0;
    bool fails = false;
};

} // namespace

template <>
struct plait::ipc::codec<fragile> {
    static std::size_t size(const fragile&) { return sizeof(int); }
    static void encode(const fragile& value, std::span<std::byte> to) {
        if (value.fails) throw std::runtime_error("told to fail");
        codec<int>::encode(value.value, to);
    }
    static fragile decode(std::span<const std::byte> from) { return {codec<int>::decode(from), false}; }
};

namespace {

constexpr ipc::segment_options small{.bytes = 1 << 20, .max_participants = 8};

/// A queue in a segment of its own.
template <class Queue>
faces<Queue> make(std::size_t capacity = 1024) {
    return plait::test::make_alone<Queue>({.capacity = capacity, .bytes = 128 << 10, .cell_bytes = 64});
}

template <class F>
bool fails(F f) {
    try {
        f();
    } catch (const std::runtime_error& e) {
        return std::string(e.what()) == "told to fail";
    }
    return false;
}

int rounds(int in_full) { return std::getenv("PLAIT_TEST_SHORT") ? in_full / 10 : in_full; }

template <class Queue>
int puts_from_below(segment& s, const std::vector<std::string>&) {
    faces<Queue> q(Queue::open(s, "q"));
    for (int i = 0; i < 10; ++i)
        q.put(i);
    return 0;
}
const ::test::child_function puts_first_in("puts_first_in", &puts_from_below<ipc::queue<int>>);
const ::test::child_function puts_last_in("puts_last_in", &puts_from_below<ipc::lifo_queue<int>>);
const ::test::child_function puts_with_priority("puts_with_priority", &puts_from_below<ipc::priority_queue<int>>);

} // namespace

BOOST_AUTO_TEST_SUITE(ipc_queues)

// conformance 18
BOOST_AUTO_TEST_CASE(each_queue_gives_out_its_items_in_its_order) {
    plait::test::for_every_kind([](plait::test::parties& party) {
        auto first = make<ipc::queue<int>>();
        auto lifo = make<ipc::lifo_queue<int>>();
        auto lowest = make<ipc::priority_queue<int>>();
        party([&] {
            for (int item : {3, 1, 2, 1}) {
                first.put(item);
                lifo.put(item);
                lowest.ipc::priority_queue<int>::put(item, item);
            }
        });
        party.join();
        std::vector<int> a, b, c;
        party([&] { a = drained(first), b = drained(lifo), c = drained(lowest); });
        party.join();
        BOOST_TEST(a == (std::vector{3, 1, 2, 1}), boost::test_tools::per_element());
        BOOST_TEST(b == (std::vector{1, 2, 1, 3}), boost::test_tools::per_element());
        BOOST_TEST(c == (std::vector{1, 1, 2, 3}), boost::test_tools::per_element());
    });
}

// conformance 19
BOOST_AUTO_TEST_CASE(a_full_and_an_empty_queue_refuse_at_once_and_within_a_time) {
    for_every_queue<int>([](plait::test::parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>(2);
        plait::test::expect_it_to_refuse_at_once_and_within_a_time(party, q);
    });
}

// conformance 19
BOOST_AUTO_TEST_CASE(a_blocked_put_is_released_by_a_get_and_a_blocked_get_by_a_put) {
    for_every_queue<int>([](plait::test::parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>(1), back = make<queue_of<decltype(type)>>(1);
        plait::test::expect_them_to_pass_on(party, q, back, 100);
    });
}

// conformance 22
BOOST_AUTO_TEST_CASE(a_negative_timeout_is_an_error) {
    for_every_queue<int>([](plait::test::parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>();
        boost::system::error_code put, get, receive;
        party([&] {
            put = plait::test::code_of([&] { q.put_for(1, -1ns); });
            get = plait::test::code_of([&] { static_cast<void>(q.get_for(-1ns)); });
            receive = plait::test::code_of([&] { static_cast<void>(q.receive_for(-1ns)); });
        });
        party.join();
        BOOST_TEST((put == errc::invalid_argument));
        BOOST_TEST((get == errc::invalid_argument));
        BOOST_TEST((receive == errc::invalid_argument));
        BOOST_TEST(q.empty());
    });
}

// conformance 23 and 31
BOOST_AUTO_TEST_CASE(a_put_that_fails_throws_at_its_caller_and_changes_nothing) {
    for_every_queue<fragile>([](plait::test::parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>(1);
        auto room = q.bytes().free_bytes();
        int got = 0;
        bool failed = false, tried = false;
        party([&] { got = q.get().value; });
        party([&] {
            failed = fails([&] { q.put({1, true}); });
            tried = fails([&] { static_cast<void>(q.try_put({1, true})); });
            q.put({2, false});
        });
        party.join();
        BOOST_TEST(failed);
        BOOST_TEST(tried);
        BOOST_TEST(got == 2);
        BOOST_TEST(q.bytes().free_bytes() == room);
    });
}

// conformance 24
BOOST_AUTO_TEST_CASE(one_producer_s_items_reach_one_consumer_in_order) {
    plait::test::for_every_kind([](plait::test::parties& party) {
        auto by_time = make<ipc::queue<int>>(100);
        auto by_priority = make<ipc::priority_queue<int>>(100); // among equals, the first comes first
        bool in_order = true;
        party([&] {
            for (int i = 0; i < rounds(10'000); ++i) {
                by_time.put(i);
                by_priority.put(i);
            }
        });
        party([&] {
            for (int i = 0; i < rounds(10'000); ++i) {
                in_order &= by_time.get() == i;
                in_order &= by_priority.get() == i;
            }
        });
        party.join();
        BOOST_TEST(in_order);
    });
}

// conformance 24
BOOST_AUTO_TEST_CASE(fifty_producers_and_fifty_consumers_conserve_ten_thousand_items) {
    for_every_queue<int>([](plait::test::parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>(16);
        plait::test::expect_it_to_conserve_what_fifty_put_and_fifty_take(party, q, rounds(200));
    });
}

// conformance 25
BOOST_AUTO_TEST_CASE(the_room_of_an_item_is_free_as_soon_as_it_leaves) {
    for_every_queue<std::string>([](plait::test::parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>();
        auto room = q.bytes().free_bytes();
        std::size_t held = 0;
        party([&] {
            q.put(std::string(1000, 'x'));
            held = q.bytes().free_bytes();
            static_cast<void>(q.get());
        });
        party.join();
        BOOST_TEST(held < room);
        BOOST_TEST(q.bytes().free_bytes() == room);
    });
}

// conformance 26
BOOST_AUTO_TEST_CASE(a_closed_queue_refuses_puts_and_gives_out_what_it_has) {
    for_every_queue<int>([](plait::test::parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>();
        plait::test::expect_it_to_give_out_what_it_has_when_it_is_closed(party, q);
    });
}

// conformance 26
BOOST_AUTO_TEST_CASE(closing_releases_everybody_who_waits) {
    for_every_queue<int>([](plait::test::parties& party, auto type) {
        for (bool immediately : {false, true}) {
            auto empty = make<queue_of<decltype(type)>>(), full = make<queue_of<decltype(type)>>(1);
            plait::test::expect_them_to_release_everybody_when_they_are_closed(party, empty, full, immediately);
        }
    });
}

// conformance 27
BOOST_AUTO_TEST_CASE(a_parent_s_and_a_child_s_puts_both_arrive) {
    auto both_arrive = [](auto type, const ::test::child_function& what) {
        auto s = segment::create(small);
        faces<queue_of<decltype(type)>> q(queue_of<decltype(type)>::create(s, "q", {.bytes = 64 << 10}));
        ::test::child child(what, s);
        for (int i = 10; i < 20; ++i)
            q.put(i);
        BOOST_TEST(child.wait() == 0);
        auto got = drained(q);
        std::sort(got.begin(), got.end());
        BOOST_TEST(got.size() == 20u);
        for (int i = 0; i < 20 && got.size() == 20; ++i)
            BOOST_TEST(got[static_cast<std::size_t>(i)] == i);
    };
    both_arrive(std::type_identity<ipc::queue<int>>(), puts_first_in);
    both_arrive(std::type_identity<ipc::lifo_queue<int>>(), puts_last_in);
    both_arrive(std::type_identity<ipc::priority_queue<int>>(), puts_with_priority);
}

// conformance 28
BOOST_AUTO_TEST_CASE(the_size_follows_what_is_put_and_taken) {
    for_every_queue<int>([](plait::test::parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>();
        plait::test::expect_its_size_to_follow_what_is_put_and_taken(party, q);
    });
}

// conformance 30
BOOST_AUTO_TEST_CASE(a_timed_get_waits_for_its_time_at_least) {
    for_every_queue<int>([](plait::test::parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>();
        boost::system::error_code get;
        duration waited{};
        party([&] {
            auto started = std::chrono::steady_clock::now();
            get = plait::test::code_of([&] { static_cast<void>(q.get_for(2ms)); });
            waited = std::chrono::steady_clock::now() - started;
        });
        party.join();
        BOOST_TEST((get == errc::timed_out));
        BOOST_TEST(waited.count() >= duration(2ms).count());
    });
}

BOOST_AUTO_TEST_SUITE_END()
