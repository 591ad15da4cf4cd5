// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/queue.hpp>

#include <atomic>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <vector>

using namespace plait;

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

BOOST_AUTO_TEST_SUITE_END()
