// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Leases, dead letters, batches and handlers of the queues between processes: in each of the three orders, for threads and
// coroutines alike. Where a test has one party, that one speaks to Boost.Test itself: everybody else waits for it.
#include "every_ipc_queue.hpp"

#include <plait/runtime/async.hpp>
#include <plait/runtime/await.hpp>
#include <plait/runtime/clock.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;
using ipc::lease_for;
using plait::test::code_of;
using plait::test::drained;
using plait::test::faces;
using plait::test::for_every_queue;
using plait::test::parties;
using plait::test::queue_of;
using reason = ipc::dead_letter::reason;

namespace {

template <class Queue>
faces<Queue> make(const ipc::queue_options& options = {.bytes = 64 << 10}) {
    return plait::test::make_alone<Queue>(options);
}

/// The next message, without a limit, from a queue whose messages are all held on leases that end soon. Comes for it until
/// it is there: who waits for it gets it with the next tick only.
template <class Queue>
ipc::lease<int> next_that_comes_back(Queue& q) {
    for (;;) {
        if (auto held = q.try_receive()) return std::move(*held);
        std::this_thread::yield();
    }
}

/// In which order `q` gives out the items 0 to `count` - 1, put in this order with one priority.
template <class Queue>
std::vector<int> order_of(const Queue& q, int count) {
    std::vector<int> items;
    for (int i = 0; i < count; ++i)
        items.push_back(i);
    if (q.bytes().order() == ipc::queue_order::lifo) std::reverse(items.begin(), items.end());
    return items;
}

std::vector<ipc::lease<int>> batch_of(ipc::lease<int> held) {
    std::vector<ipc::lease<int>> batch;
    batch.push_back(std::move(held));
    return batch;
}

/// Every form of taking with a limit.
template <class Queue>
std::vector<std::pair<std::string, std::function<std::vector<ipc::lease<int>>(Queue&, lease_for)>>>
every_way_to_take_with_a_limit() {
    auto soon = [] { return std::chrono::steady_clock::now() + 1h; };
    return {
        {"receive", [](Queue& q, lease_for d) { return batch_of(q.receive(d)); }},
        {"receive_for", [](Queue& q, lease_for d) { return batch_of(q.receive_for(1h, d)); }},
        {"receive_until", [=](Queue& q, lease_for d) { return batch_of(q.receive_until(soon(), d)); }},
        {"try_receive", [](Queue& q, lease_for d) { return batch_of(q.try_receive(d).value()); }},
        {"async_receive", [](Queue& q, lease_for d) { return batch_of(q.async_receive(d, await)); }},
        {"receive_many", [](Queue& q, lease_for d) { return q.receive_many(8, d); }},
        {"receive_many_for", [](Queue& q, lease_for d) { return q.receive_many_for(8, 1h, d); }},
        {"receive_many_until", [=](Queue& q, lease_for d) { return q.receive_many_until(8, soon(), d); }},
        {"try_receive_many", [](Queue& q, lease_for d) { return q.try_receive_many(8, d).value(); }},
        {"receive_many of one", [](Queue& q, lease_for d) { return q.receive_many(1, d); }},
        {"async_receive_many", [](Queue& q, lease_for d) { return q.async_receive_many(8, d, await); }},
    };
}

} // namespace

BOOST_AUTO_TEST_SUITE(ipc_queue_leases)

BOOST_AUTO_TEST_CASE(a_message_taken_with_a_limit_comes_back_when_it_has_passed_however_it_was_taken) {
    for_every_queue<int>([](parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>();
        for (auto& [way, take] : every_way_to_take_with_a_limit<decltype(q)>())
            BOOST_TEST_CONTEXT(way) {
                party([&, &take = take] {
                    q.put(7);
                    auto late = take(q, lease_for(1ms));
                    BOOST_TEST(late.size() == 1u);
                    auto again = next_that_comes_back(q);
                    BOOST_TEST(*again == 7);
                    BOOST_TEST(again.deliveries() == 2u);
                    BOOST_TEST((code_of([&] { late.at(0).ack(); }) == errc::lease_lost));
                    again.ack();
                });
                party.join();
            }
        BOOST_TEST(q.try_join());
    });
}

BOOST_AUTO_TEST_CASE(a_message_taken_with_a_long_limit_is_its_holder_s_however_it_was_taken) {
    for_every_queue<int>([](parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>();
        for (auto& [way, take] : every_way_to_take_with_a_limit<decltype(q)>())
            BOOST_TEST_CONTEXT(way) {
                party([&, &take = take] {
                    q.put(7);
                    auto held = take(q, lease_for(1h));
                    BOOST_TEST((q.try_get().error() == errc::queue_empty));
                    held.at(0).extend(1h);
                    BOOST_TEST(held.at(0).deliveries() == 1u);
                    held.at(0).ack();
                });
                party.join();
            }
        BOOST_TEST(q.try_join());
    });
}

BOOST_AUTO_TEST_CASE(every_message_of_a_batch_has_the_limit) {
    for_every_queue<int>([](parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>();
        party([&] {
            for (int i = 0; i < 100; ++i) // more than one part of a batch
                q.put(i);
            auto late = q.receive_many(100, lease_for(1ms));
            BOOST_TEST(late.size() == 100u);
            std::vector<int> again;
            while (again.size() < late.size()) {
                auto held = next_that_comes_back(q);
                again.push_back(*held);
                held.ack();
            }
            std::sort(again.begin(), again.end());
            for (int i = 0; i < 100; ++i)
                BOOST_TEST(again[static_cast<std::size_t>(i)] == i);
            for (auto& held : late)
                BOOST_TEST((code_of([&] { held.ack(); }) == errc::lease_lost));
        });
        party.join();
        BOOST_TEST(q.try_join());
    });
}

BOOST_AUTO_TEST_CASE(a_wait_for_a_batch_with_a_limit_is_bounded_by_itself) {
    for_every_queue<int>([](parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>();
        lease_for limit(1h);
        party([&] {
            auto now = std::chrono::steady_clock::now();
            BOOST_TEST((code_of([&] { std::ignore = q.receive_many_for(2, 1us, limit); }) == errc::timed_out));
            BOOST_TEST((code_of([&] { std::ignore = q.receive_many_until(2, now, limit); }) == errc::timed_out));
            BOOST_TEST((q.try_receive_many(2, limit).error() == errc::queue_empty));
            BOOST_TEST((code_of([&] { std::ignore = q.receive_many(0, limit); }) == errc::invalid_argument));
            BOOST_TEST(
                (code_of([&] { std::ignore = q.async_receive_many(0, limit, await); }) == errc::invalid_argument));
        });
        party.join();
    });
}

BOOST_AUTO_TEST_CASE(a_handler_that_waits_gets_its_message_with_a_limit) {
    for_every_queue<int>([](parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>();
        std::vector<unsigned> deliveries(2);
        std::vector<boost::system::error_code> late(2);
        for (bool many : {false, true}) {
            party([&, many] {
                auto held = many ? q.async_receive_many(1, lease_for(1ms), await)
                                 : batch_of(q.async_receive(lease_for(1ms), await));
                auto again = next_that_comes_back(q);
                deliveries[many] = again.deliveries();
                again.ack();
                late[many] = code_of([&] { held.at(0).ack(); });
            });
            party([&] { q.put(1); });
            party.join();
        }
        BOOST_TEST(deliveries == (std::vector<unsigned>{2, 2}), boost::test_tools::per_element());
        for (auto& code : late)
            BOOST_TEST((code == errc::lease_lost));
    });
}

BOOST_AUTO_TEST_CASE(an_extended_lease_ends_at_its_new_limit) {
    for_every_queue<int>([](parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>();
        party([&] {
            q.put(7);
            auto late = q.receive(lease_for(1h));
            late.extend(1ms);
            auto again = next_that_comes_back(q);
            BOOST_TEST(again.deliveries() == 2u);
            BOOST_TEST((code_of([&] { late.extend(1h); }) == errc::lease_lost));
            BOOST_TEST((code_of([&] { late.ack(); }) == errc::lease_lost));
            again.ack();
        });
        party.join();
    });
}

BOOST_AUTO_TEST_CASE(what_comes_back_goes_behind_the_others_or_to_its_old_place) {
    for_every_queue<int>([](parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>();
        bool by_time = q.bytes().order() == ipc::queue_order::fifo;
        party([&] {
            for (int i = 0; i < 3; ++i)
                q.put(i);
            auto expected = order_of(q, 3);
            if (by_time) std::rotate(expected.begin(), expected.begin() + 1, expected.end());
            q.receive().release();
            BOOST_TEST(drained(q) == expected, boost::test_tools::per_element());
        });
        party.join();
    });
}

BOOST_AUTO_TEST_CASE(a_message_delivered_too_often_is_a_dead_letter_until_it_is_replayed_or_dropped) {
    for_every_queue<int>([](parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>({.bytes = 64 << 10, .max_deliveries = 2});
        party([&] {
            q.put(7);
            for (int i = 0; i < 2; ++i)
                q.receive().release();
            BOOST_TEST((q.try_get().error() == errc::queue_empty));
            BOOST_TEST((q.dead_letters().at(0).why == reason::released));
            BOOST_TEST(q.dead_letters().at(0).deliveries == 2u);
            BOOST_TEST(q.replay_dead_letters() == 1u);
            BOOST_TEST(q.dead_letter_count() == 0u);
            auto held = q.receive();
            BOOST_TEST(*held == 7);
            BOOST_TEST(held.deliveries() == 1u);
            held.reject();
            BOOST_TEST((q.dead_letters().at(0).why == reason::rejected));
            BOOST_TEST(q.drop_dead_letters() == 1u);
        });
        party.join();
        BOOST_TEST(q.try_join());
    });
}

BOOST_AUTO_TEST_CASE(a_message_whose_limits_passed_too_often_is_a_dead_letter) {
    for_every_queue<int>([](parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>({.bytes = 64 << 10, .max_deliveries = 1});
        party([&] {
            q.put(7);
            auto late = q.receive(lease_for(1ms));
            while (q.dead_letter_count() == 0) {
                BOOST_TEST((q.try_get().error() == errc::queue_empty));
                std::this_thread::yield();
            }
            BOOST_TEST((q.dead_letters().at(0).why == reason::expired));
        });
        party.join();
    });
}

BOOST_AUTO_TEST_CASE(batches_are_put_and_taken_in_the_queue_s_order) {
    for_every_queue<int>([](parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>();
        party([&] {
            std::vector<int> items(100);
            for (int i = 0; i < 100; ++i)
                items[static_cast<std::size_t>(i)] = i;
            for (bool by_lease : {false, true}) {
                BOOST_TEST(q.put_many(items) == items.size());
                std::vector<int> got;
                if (by_lease) {
                    for (auto& held : q.receive_many(1000)) {
                        got.push_back(*held);
                        held.ack();
                    }
                } else {
                    got = q.get_many(1000);
                }
                BOOST_TEST(got == order_of(q, 100), boost::test_tools::per_element());
            }
        });
        party.join();
        BOOST_TEST(q.try_join());
    });
}

BOOST_AUTO_TEST_CASE(a_batch_is_put_as_far_as_there_is_room) {
    for_every_queue<int>([](parties& party, auto type) {
        auto q = make<queue_of<decltype(type)>>({.capacity = 2, .bytes = 64 << 10});
        party([&] {
            std::vector<int> items{0, 1, 2};
            BOOST_TEST(q.put_many(items) == 2u);
            BOOST_TEST((code_of([&] { q.put_many_for(items, 1us); }) == errc::timed_out));
            BOOST_TEST(q.get_many(8) == order_of(q, 2), boost::test_tools::per_element());
        });
        party.join();
    });
}

BOOST_AUTO_TEST_CASE(handlers_wait_for_room_and_for_messages_and_hear_of_a_close) {
    for_every_queue<int>([](parties& party, auto type) {
        auto there = make<queue_of<decltype(type)>>({.capacity = 1, .bytes = 64 << 10});
        auto back = make<queue_of<decltype(type)>>({.capacity = 1, .bytes = 64 << 10});
        int sum = 0;
        boost::system::error_code get, receive;
        party([&] {
            for (int i = 1; i <= 50; ++i)
                there.async_put(i, await);
        });
        party([&] {
            for (int i = 1; i <= 50; ++i)
                back.async_put(there.async_get(await), await);
            get = code_of([&] { std::ignore = there.async_get(await); });
        });
        party([&] {
            for (int i = 1; i <= 50; ++i)
                sum += back.async_get(await);
            there.close();
            receive = code_of([&] { std::ignore = there.async_receive(lease_for(1h), await); });
        });
        party.join();
        BOOST_TEST(sum == 50 * 51 / 2);
        BOOST_TEST((get == errc::queue_closed));
        BOOST_TEST((receive == errc::queue_closed));
    });
}

BOOST_AUTO_TEST_SUITE_END()
