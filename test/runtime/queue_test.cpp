// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/async.hpp>
#include <plait/runtime/queue.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// An item whose copies and moves fail when it is told so.
struct fragile {
    int value = 0;
    bool* fails = nullptr;
    fragile(int v, bool* f) : value(v), fails(f) {}
    fragile(const fragile& other) : value(other.value), fails(other.fails) { fail_if_told(); }
    fragile(fragile&& other) : value(other.value), fails(other.fails) { fail_if_told(); }
    fragile& operator=(const fragile&) = default;

private:
    void fail_if_told() const {
        if (*fails) throw std::runtime_error("told to fail");
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(queue_suite)

BOOST_AUTO_TEST_CASE(items_come_out_in_the_order_they_went_in) {
    test::for_every_kind([](test::parties& party) {
        queue<int> q(16);
        std::vector<int> got;
        party([&] {
            for (int i = 0; i < 1'000; ++i)
                q.put(i);
        });
        party([&] {
            for (int i = 0; i < 1'000; ++i)
                got.push_back(q.get());
        });
        party.join();
        std::vector<int> expected(1'000);
        std::iota(expected.begin(), expected.end(), 0);
        BOOST_TEST(got == expected);
    });
}

BOOST_AUTO_TEST_CASE(many_producers_and_consumers_conserve_every_item) {
    test::for_every_kind([](test::parties& party) {
        queue<int> q(7);
        constexpr int each = 200, parties = 10;
        std::atomic<long> sum{0};
        for (int p = 0; p < parties; ++p) {
            party([&] {
                for (int i = 1; i <= each; ++i)
                    q.put(i);
            });
            party([&] {
                for (int i = 1; i <= each; ++i)
                    sum += q.get();
            });
        }
        party.join();
        BOOST_TEST(sum == long(parties) * each * (each + 1) / 2);
        BOOST_TEST(q.empty());
    });
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_and_an_empty_one_has_nothing) {
    queue<int> q(1);
    BOOST_TEST((q.try_get().error() == errc::queue_empty));
    BOOST_TEST(q.try_put(1).has_value());
    BOOST_TEST((q.try_put(2).error() == errc::queue_full));
    BOOST_TEST(q.full());
    BOOST_TEST(q.try_get().value() == 1);
    BOOST_CHECK_THROW(q.try_get().value(), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(a_blocked_put_is_released_by_a_get_and_a_blocked_get_by_a_put) {
    test::for_every_kind([](test::parties& party) {
        queue<int> q(1);
        q.put(1);
        party([&] { q.put(2); });
        BOOST_TEST(q.get() == 1);
        BOOST_TEST(q.get() == 2);
        int got = 0;
        party([&] { got = q.get(); });
        q.put(3);
        party.join();
        BOOST_TEST(got == 3);
    });
}

BOOST_AUTO_TEST_CASE(timed_forms_give_up_and_refuse_negative_times) {
    queue<int> q(1);
    BOOST_CHECK_THROW(static_cast<void>(q.get_for(duration(1'000))), timeout_error);
    q.put(1);
    BOOST_CHECK_THROW(q.put_for(2, duration(1'000)), timeout_error);
    BOOST_CHECK_EXCEPTION(
        q.put_for(2, duration(-1)), error, [](const error& e) { return e.code() == errc::invalid_argument; });
    BOOST_TEST(q.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_closed_queue_refuses_puts_and_drains) {
    queue<int> q;
    q.put(1);
    q.close();
    BOOST_CHECK_THROW(q.put(2), queue_closed);
    BOOST_TEST((q.try_put(2).error() == errc::queue_closed));
    BOOST_TEST(q.get() == 1);
    BOOST_CHECK_THROW(static_cast<void>(q.get()), queue_closed);
    BOOST_TEST((q.try_get().error() == errc::queue_closed));
}

BOOST_AUTO_TEST_CASE(closing_releases_everybody_who_waits) {
    test::for_every_kind([](test::parties& party) {
        queue<int> empty, full(1);
        full.put(1);
        std::atomic<int> released{0};
        for (int i = 0; i < 3; ++i) {
            party([&] {
                auto code = test::code_of([&] { static_cast<void>(empty.get()); });
                if (code == errc::queue_closed) ++released;
            });
            party([&] {
                auto code = test::code_of([&] { full.put(2); });
                if (code == errc::queue_closed) ++released;
            });
        }
        empty.close();
        full.close();
        party.join();
        BOOST_TEST(released == 6);
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_get_takes_nothing) {
    run([] {
        queue<int> q;
        auto getter = spawn([&] { static_cast<void>(q.get()); });
        yield();
        getter.cancel();
        getter.wait();
        q.put(1);
        BOOST_TEST(q.size() == 1u);
    });
}

BOOST_AUTO_TEST_CASE(an_item_is_released_as_soon_as_it_leaves) {
    queue<std::shared_ptr<int>> q;
    auto item = std::make_shared<int>(1);
    q.put(item);
    q.get().reset();
    BOOST_TEST(item.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_move_that_fails_leaves_the_queue_as_it_was) {
    bool fails = false;
    queue<fragile> q(4);
    q.put(fragile(1, &fails));
    fragile second(2, &fails);
    fails = true;
    BOOST_CHECK_THROW(static_cast<void>(q.try_put(std::move(second))), std::runtime_error);
    BOOST_TEST(q.size() == 1u);
    BOOST_CHECK_THROW(static_cast<void>(q.try_get()), std::runtime_error);
    BOOST_TEST(q.size() == 1u);
    fails = false;
    BOOST_TEST(q.get().value == 1);
}

BOOST_AUTO_TEST_CASE(a_capacity_of_zero_is_refused) {
    BOOST_CHECK_EXCEPTION(queue<int>(0), error, [](const error& e) { return e.code() == errc::invalid_argument; });
}

BOOST_AUTO_TEST_CASE(a_get_that_fails_leaves_its_item_to_the_next_that_waits) {
    run([] {
        bool fails = false;
        queue<fragile> q;
        bool failed = false;
        int got = 0;
        auto first = spawn([&] {
            try {
                static_cast<void>(q.get());
            } catch (const std::runtime_error&) {
                failed = true;
                fails = false;
            }
        });
        auto second = spawn([&] { got = q.get().value; });
        yield();
        q.put(fragile(1, &fails));
        fails = true;
        first.join();
        while (!second.is_done() && !q.empty())
            yield();
        BOOST_TEST(failed);
        BOOST_TEST(got == 1);
        second.cancel();
    });
}

BOOST_AUTO_TEST_CASE(a_put_that_fails_leaves_the_item_with_the_caller) {
    queue<std::unique_ptr<int>> q(1);
    q.put(std::make_unique<int>(1));
    auto item = std::make_unique<int>(2);
    BOOST_TEST((q.try_put(std::move(item)).error() == errc::queue_full));
    BOOST_CHECK_THROW(q.put_for(std::move(item), 1us), timeout_error);
    q.close();
    BOOST_CHECK_THROW(q.put(std::move(item)), queue_closed);
    BOOST_TEST(item != nullptr);
}

BOOST_AUTO_TEST_CASE(a_queue_that_grows_while_it_is_read_keeps_its_order) {
    queue<int> q;
    int put = 0, expected = 0;
    for (int round = 1; round <= 100; ++round) {
        for (int i = 0; i < 3 * round; ++i)
            q.put(put++);
        for (int i = 0; i < round; ++i)
            BOOST_REQUIRE(q.get() == expected++);
    }
    while (!q.empty())
        BOOST_REQUIRE(q.get() == expected++);
    BOOST_TEST(expected == put);
}

BOOST_AUTO_TEST_CASE(what_is_left_goes_with_the_queue) {
    auto item = std::make_shared<int>(1);
    {
        queue<std::shared_ptr<int>> q;
        for (int i = 0; i < 100; ++i)
            q.put(item);
        for (int i = 0; i < 10; ++i)
            static_cast<void>(q.get());
        BOOST_TEST(item.use_count() == 91);
    }
    BOOST_TEST(item.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(who_got_the_last_item_may_destroy_the_queue) {
    for (int i = 0; i < 1'000; ++i) {
        auto q = std::make_unique<queue<int>>();
        std::jthread putter([&at = *q] { at.put(1); });
        static_cast<void>(q->get());
        q.reset();
    }
}

BOOST_AUTO_TEST_CASE(a_batch_is_put_as_far_as_there_is_room) {
    queue<std::unique_ptr<int>> q(3);
    std::vector<std::unique_ptr<int>> items;
    for (int i = 0; i < 5; ++i)
        items.push_back(std::make_unique<int>(i));
    BOOST_TEST(q.put_many(items) == 3u);
    BOOST_TEST(items[2] == nullptr);
    BOOST_TEST(items[3] != nullptr);
    BOOST_TEST((q.try_put_many(std::span(items).subspan(3)).error() == errc::queue_full));
    BOOST_CHECK_THROW(q.put_many_for(std::span(items).subspan(3), 1us), timeout_error);
    BOOST_TEST(*q.get() == 0);
    BOOST_TEST(q.try_put_many(std::span(items).subspan(3)).value() == 1u);
}

BOOST_AUTO_TEST_CASE(an_empty_batch_is_put_at_once) {
    queue<int> full(1);
    full.put(1);
    BOOST_TEST(full.put_many({}) == 0u);
}

BOOST_AUTO_TEST_CASE(a_batch_is_taken_as_far_as_there_are_items) {
    queue<int> q;
    BOOST_TEST((q.try_get_many(2).error() == errc::queue_empty));
    BOOST_CHECK_THROW(static_cast<void>(q.get_many_for(2, 1us)), timeout_error);
    std::vector<int> items{1, 2, 3};
    q.put_many(items);
    BOOST_TEST(q.get_many(2) == (std::vector{1, 2}), boost::test_tools::per_element());
    BOOST_TEST(q.try_get_many(2).value() == (std::vector{3}), boost::test_tools::per_element());
    q.close();
    BOOST_TEST((q.try_get_many(2).error() == errc::queue_closed));
    BOOST_CHECK_THROW(static_cast<void>(q.get_many(2)), queue_closed);
}

BOOST_AUTO_TEST_CASE(a_batch_of_none_cannot_be_taken) {
    queue<int> q;
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(q.get_many(0)), error, [](const error& e) { return e.code() == errc::invalid_argument; });
}

BOOST_AUTO_TEST_CASE(batches_wait_for_each_other_and_conserve_every_item) {
    test::for_every_kind([](test::parties& party) {
        queue<int> q(5);
        std::atomic<long> sum{0};
        for (int p = 0; p < 3; ++p) {
            party([&] {
                std::vector<int> items(1'000, 1);
                for (std::span<int> left(items); !left.empty();)
                    left = left.subspan(q.put_many(left));
            });
            party([&] {
                for (std::size_t taken = 0; taken < 1'000;) {
                    auto items = q.get_many(1'000 - taken);
                    taken += items.size();
                    sum += std::accumulate(items.begin(), items.end(), 0);
                }
            });
        }
        party.join();
        BOOST_TEST(sum == 3'000);
    });
}

BOOST_AUTO_TEST_CASE(a_batch_that_cannot_be_moved_completely_ends_where_it_failed) {
    bool good_fails = false, bad_fails = false;
    queue<fragile> q;
    std::vector<fragile> items;
    items.reserve(3);
    items.emplace_back(1, &good_fails);
    items.emplace_back(2, &bad_fails);
    items.emplace_back(3, &good_fails);
    bad_fails = true;
    BOOST_TEST(q.put_many(items) == 1u);
    BOOST_CHECK_THROW(q.put_many(std::span(items).subspan(1)), std::runtime_error);
    bad_fails = false;
    BOOST_TEST(q.put_many(std::span(items).subspan(1)) == 2u);
    bad_fails = true;
    BOOST_TEST(q.get_many(3).size() == 1u);
    BOOST_CHECK_THROW(static_cast<void>(q.get_many(2)), std::runtime_error);
    BOOST_TEST(q.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_timed_join_tells_whether_something_is_left_to_do) {
    queue<int> q;
    BOOST_TEST(q.join_for(0ns));
    q.put(1);
    BOOST_TEST(!q.join_for(1us));
    static_cast<void>(q.get());
    BOOST_TEST(!q.try_join());
    q.task_done();
    BOOST_TEST(q.join_until(time_point{}));
}

BOOST_AUTO_TEST_CASE(an_immediate_close_leaves_join_to_wait_for_what_was_taken) {
    queue<int> q;
    q.put(1);
    q.put(2);
    static_cast<void>(q.get());
    q.close_now();
    BOOST_TEST(!q.try_join());
    q.task_done();
    BOOST_TEST(q.try_join());
    BOOST_CHECK_THROW(q.task_done(), error);
}

BOOST_AUTO_TEST_CASE(the_destructor_of_a_dropped_item_may_use_the_queue) {
    struct looks_back {
        queue<std::shared_ptr<looks_back>>* at;
        ~looks_back() { at->close(); }
    };
    queue<std::shared_ptr<looks_back>> q;
    q.put(std::make_shared<looks_back>(&q));
    q.close_now();
    BOOST_TEST(q.empty());
}

BOOST_AUTO_TEST_CASE(a_queue_counts_what_went_through_it) {
    queue<int> q;
    q.put(1);
    q.put(2);
    static_cast<void>(q.get());
    BOOST_CHECK_THROW(static_cast<void>(q.join_for(-1ns)), error);
    BOOST_TEST(q.stats().items_put == 2u);
    BOOST_TEST(q.stats().items_taken == 1u);
    BOOST_TEST(q.stats().getters_parked == 0u);
}

BOOST_AUTO_TEST_CASE(a_handler_is_called_with_the_item_that_it_waited_for) {
    asio::io_context context;
    queue<int> q;
    std::optional<int> got;
    q.async_get(asio::bind_executor(context, [&](error_code ec, int item) {
        if (!ec) got = item;
    }));
    context.poll();
    BOOST_TEST(!got.has_value());
    q.put(7);
    context.run();
    BOOST_TEST((got == 7));
}

BOOST_AUTO_TEST_CASE(a_handler_is_called_once_its_item_has_room) {
    asio::io_context context;
    queue<int> q(1);
    q.put(1);
    bool put = false;
    q.async_put(2, asio::bind_executor(context, [&](error_code ec) { put = !ec; }));
    context.poll();
    BOOST_TEST(!put);
    BOOST_TEST(q.get() == 1);
    context.run();
    BOOST_TEST(put);
    BOOST_TEST(q.get() == 2);
}

BOOST_AUTO_TEST_CASE(a_handler_is_called_once_every_task_is_done) {
    asio::io_context context;
    queue<int> q;
    q.put(1);
    bool joined = false;
    q.async_join(asio::bind_executor(context, [&](error_code ec) { joined = !ec; }));
    static_cast<void>(q.get());
    context.poll();
    BOOST_TEST(!joined);
    q.task_done();
    context.run();
    BOOST_TEST(joined);
}

BOOST_AUTO_TEST_CASE(handlers_put_and_take_batches) {
    asio::io_context context;
    queue<int> q;
    std::vector<int> items{1, 2, 3}, got;
    std::size_t put = 0;
    q.async_get_many(5, asio::bind_executor(context, [&](error_code, std::vector<int> taken) { got = taken; }));
    q.async_put_many(items, asio::bind_executor(context, [&](error_code, std::size_t count) { put = count; }));
    context.run();
    BOOST_TEST(put == 3u);
    BOOST_TEST(got == items, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_handler_that_is_cancelled_has_taken_nothing) {
    asio::io_context context;
    asio::cancellation_signal signal;
    queue<int> q;
    error_code seen;
    q.async_get(asio::bind_cancellation_slot(
        signal.slot(), asio::bind_executor(context, [&](error_code ec, int) { seen = ec; })));
    context.poll();
    signal.emit(asio::cancellation_type::all);
    q.put(1);
    context.run();
    BOOST_TEST((seen == asio::error::operation_aborted));
    BOOST_TEST(q.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_handler_hears_that_the_queue_was_closed) {
    asio::io_context context;
    queue<int> q;
    error_code seen;
    q.async_get(asio::bind_executor(context, [&](error_code ec, int) { seen = ec; }));
    q.close();
    context.run();
    BOOST_TEST((seen == errc::queue_closed));
}

BOOST_AUTO_TEST_SUITE_END()
