// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Queues of one process, as Python's `queue` module has taught people to expect them.
#include "queue_expectations.hpp"
#include "support/parties.hpp"

#include <plait/runtime/lifo_queue.hpp>
#include <plait/runtime/priority_queue.hpp>
#include <plait/runtime/queue.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;

namespace {

/// Calls `body(parties&, std::type_identity<Q>)` for each kind of parties and each queue of T.
template <class T, class Body>
void for_every_queue(Body body) {
    test::for_every_kind([&](test::parties& party) {
        BOOST_TEST_CONTEXT("queue") { body(party, std::type_identity<queue<T>>()); }
        BOOST_TEST_CONTEXT("lifo_queue") { body(party, std::type_identity<lifo_queue<T>>()); }
        BOOST_TEST_CONTEXT("priority_queue") { body(party, std::type_identity<priority_queue<T>>()); }
    });
}

template <class Queue>
std::vector<int> in_order_of(test::parties& party, std::vector<int> items) {
    Queue q;
    std::vector<int> got;
    party([&] {
        for (int item : items)
            q.put(item);
    });
    party.join();
    party([&] {
        while (!q.empty())
            got.push_back(q.get());
    });
    party.join();
    return got;
}

// An item that cannot be moved while `fails` says so.
struct fragile {
    fragile(int v, bool& f) : value(v), fails(&f) {}
    fragile(fragile&& other) : value(other.value), fails(other.fails) {
        if (*fails) throw std::runtime_error("told to fail");
    }
    fragile& operator=(fragile&&) = delete;
    friend bool operator<(const fragile& a, const fragile& b) { return a.value < b.value; }

    int value;
    bool* fails;
};

bool fails(std::function<void()> f) {
    try {
        f();
        return false;
    } catch (const std::runtime_error& e) {
        return e.what() == std::string("told to fail");
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(queues_conformance)

// conformance 18
BOOST_AUTO_TEST_CASE(items_come_out_in_the_order_of_their_queue) {
    test::for_every_kind([](test::parties& party) {
        std::vector<int> items{111, 333, 222};
        BOOST_TEST(in_order_of<queue<int>>(party, items) == (std::vector{111, 333, 222}));
        BOOST_TEST(in_order_of<lifo_queue<int>>(party, items) == (std::vector{222, 333, 111}));
        BOOST_TEST(in_order_of<priority_queue<int>>(party, items) == (std::vector{111, 222, 333}));
    });
}

// conformance 19
BOOST_AUTO_TEST_CASE(a_full_queue_has_no_room_and_an_empty_one_no_item_without_and_within_a_time) {
    for_every_queue<int>([](test::parties& party, auto type) {
        typename decltype(type)::type q(2);
        test::expect_it_to_refuse_at_once_and_within_a_time(party, q);
    });
}

// conformance 19
BOOST_AUTO_TEST_CASE(a_blocked_put_is_released_by_a_get_and_a_blocked_get_by_a_put) {
    for_every_queue<int>([](test::parties& party, auto type) {
        typename decltype(type)::type q(1), back(1);
        test::expect_them_to_pass_on(party, q, back, 200);
    });
}

// conformance 20
BOOST_AUTO_TEST_CASE(a_task_that_was_not_taken_cannot_be_done) {
    for_every_queue<int>([](test::parties& party, auto type) {
        typename decltype(type)::type q;
        boost::system::error_code empty, not_taken, once, twice;
        party([&] {
            empty = test::code_of([&] { q.task_done(); });
            q.put(1);
            not_taken = test::code_of([&] { q.task_done(); });
            static_cast<void>(q.get());
            once = test::code_of([&] { q.task_done(); });
            twice = test::code_of([&] { q.task_done(); });
        });
        party.join();
        BOOST_TEST((empty == errc::task_done_without_get));
        BOOST_TEST((not_taken == errc::task_done_without_get));
        BOOST_TEST(!once);
        BOOST_TEST((twice == errc::task_done_without_get));
    });
}

// conformance 21
BOOST_AUTO_TEST_CASE(join_waits_for_every_task_can_be_called_again_and_the_queue_goes_on) {
    for_every_queue<int>([](test::parties& party, auto type) {
        typename decltype(type)::type q;
        std::atomic<int> sum{0};
        for (int consumer = 0; consumer < 2; ++consumer)
            party([&] {
                for (;;) {
                    int item = q.get();
                    if (item < 0) return q.task_done();
                    sum += item;
                    q.task_done();
                }
            });
        for (int round = 1; round <= 2; ++round) {
            for (int i = 0; i < 100; ++i)
                q.put(i);
            q.join();
            BOOST_TEST(sum == round * 99 * 100 / 2);
        }
        q.put(-1);
        q.put(-1);
        q.join();
        q.join();
        BOOST_TEST(q.try_join());
    });
}

// conformance 22
BOOST_AUTO_TEST_CASE(a_negative_timeout_is_an_error) {
    for_every_queue<int>([](test::parties& party, auto type) {
        typename decltype(type)::type q;
        boost::system::error_code put, get, join;
        party([&] {
            put = test::code_of([&] { q.put_for(1, -1ns); });
            get = test::code_of([&] { static_cast<void>(q.get_for(-1ns)); });
            join = test::code_of([&] { static_cast<void>(q.join_for(-1ns)); });
        });
        party.join();
        BOOST_TEST((put == errc::invalid_argument));
        BOOST_TEST((get == errc::invalid_argument));
        BOOST_TEST((join == errc::invalid_argument));
        BOOST_TEST(q.empty());
    });
}

// conformance 23
BOOST_AUTO_TEST_CASE(a_put_that_fails_leaves_size_and_waiters_as_they_were) {
    for_every_queue<fragile>([](test::parties& party, auto type) {
        typename decltype(type)::type q(2);
        int got = 0;
        bool bad_fails = true, good_fails = false, failed = false;
        fragile bad(1, bad_fails);
        party([&] { got = q.get().value; });
        party([&] {
            failed = fails([&] { q.put(std::move(bad)); });
            q.put(fragile(2, good_fails));
        });
        party.join();
        BOOST_TEST(failed);
        BOOST_TEST(got == 2);
        BOOST_TEST(q.size() == 0u);
    });
}

// conformance 23
BOOST_AUTO_TEST_CASE(a_get_that_fails_leaves_the_item_where_it_was) {
    for_every_queue<fragile>([](test::parties& party, auto type) {
        typename decltype(type)::type q(1);
        bool item_fails = false, failed = false, failed_again = false, full = false;
        int got = 0;
        party([&] {
            q.put(fragile(1, item_fails));
            item_fails = true;
            failed = fails([&] { static_cast<void>(q.get()); });
            failed_again = fails([&] { static_cast<void>(q.try_get()); });
            full = q.full();
            item_fails = false;
            got = q.get().value;
        });
        party.join();
        BOOST_TEST(failed);
        BOOST_TEST(failed_again);
        BOOST_TEST(full);
        BOOST_TEST(got == 1);
        BOOST_TEST(q.empty());
    });
}

// conformance 24
BOOST_AUTO_TEST_CASE(one_producer_s_items_reach_one_consumer_in_order) {
    test::for_every_kind([](test::parties& party) {
        queue<int> q(100);
        bool in_order = true;
        party([&] {
            for (int i = 0; i < 10'000; ++i)
                q.put(i);
        });
        party([&] {
            for (int i = 0; i < 10'000; ++i)
                in_order &= q.get() == i;
        });
        party.join();
        BOOST_TEST(in_order);
        BOOST_TEST(q.empty());
    });
}

// conformance 24
BOOST_AUTO_TEST_CASE(fifty_producers_and_fifty_consumers_conserve_ten_thousand_items) {
    for_every_queue<int>([](test::parties& party, auto type) {
        typename decltype(type)::type q(16);
        test::expect_it_to_conserve_what_fifty_put_and_fifty_take(party, q, 200);
    });
}

// conformance 25
BOOST_AUTO_TEST_CASE(an_item_is_released_as_soon_as_it_leaves) {
    for_every_queue<std::shared_ptr<int>>([](test::parties& party, auto type) {
        typename decltype(type)::type q;
        auto item = std::make_shared<int>(1);
        party([&] {
            q.put(item);
            q.get().reset();
        });
        party.join();
        BOOST_TEST(item.use_count() == 1);
    });
}

// conformance 26
BOOST_AUTO_TEST_CASE(a_closed_queue_refuses_puts_and_gives_out_what_it_has) {
    for_every_queue<int>([](test::parties& party, auto type) {
        typename decltype(type)::type q;
        test::expect_it_to_give_out_what_it_has_when_it_is_closed(party, q);
    });
}

// conformance 26
BOOST_AUTO_TEST_CASE(closing_releases_everybody_who_waits) {
    for_every_queue<int>([](test::parties& party, auto type) {
        for (bool immediately : {false, true}) {
            typename decltype(type)::type empty, full(1);
            test::expect_them_to_release_everybody_when_they_are_closed(party, empty, full, immediately);
        }
    });
}

// conformance 26
BOOST_AUTO_TEST_CASE(an_immediate_close_drops_what_is_left_and_releases_join) {
    for_every_queue<std::shared_ptr<int>>([](test::parties& party, auto type) {
        typename decltype(type)::type q;
        auto item = std::make_shared<int>(1);
        for (int i = 0; i < 100; ++i)
            q.put(item);
        boost::system::error_code get;
        party([&] { q.join(); });
        party([&] {
            q.close_now();
            get = test::code_of([&] { static_cast<void>(q.get()); });
        });
        party.join();
        BOOST_TEST((get == errc::queue_closed));
        BOOST_TEST(item.use_count() == 1);
        BOOST_TEST(q.empty());
    });
}

// conformance 28
BOOST_AUTO_TEST_CASE(the_size_follows_what_is_put_and_taken) {
    for_every_queue<int>([](test::parties& party, auto type) {
        typename decltype(type)::type q;
        test::expect_its_size_to_follow_what_is_put_and_taken(party, q);
    });
}

// conformance 29
BOOST_AUTO_TEST_CASE(four_workers_do_what_join_waits_for) {
    for_every_queue<int>([](test::parties& party, auto type) {
        typename decltype(type)::type q;
        std::atomic<int> worked{0};
        for (int w = 0; w < 4; ++w)
            party([&] {
                while (q.get() >= 0) {
                    ++worked;
                    q.task_done();
                }
                q.task_done();
            });
        for (int i = 0; i < 10; ++i)
            q.put(i);
        q.join();
        BOOST_TEST(worked == 10);
        for (int w = 0; w < 4; ++w)
            q.put(-1);
        q.join();
    });
}

// conformance 30
BOOST_AUTO_TEST_CASE(a_timed_get_waits_for_its_time_at_least) {
    for_every_queue<int>([](test::parties& party, auto type) {
        typename decltype(type)::type q;
        boost::system::error_code get;
        duration waited{};
        party([&] {
            auto started = std::chrono::steady_clock::now();
            get = test::code_of([&] { static_cast<void>(q.get_for(2ms)); });
            waited = std::chrono::steady_clock::now() - started;
        });
        party.join();
        BOOST_TEST((get == errc::timed_out));
        BOOST_TEST(waited.count() >= duration(2ms).count());
    });
}

BOOST_AUTO_TEST_SUITE_END()
