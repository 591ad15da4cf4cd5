// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/lifo_queue.hpp>

#include <atomic>

using namespace plait;

BOOST_AUTO_TEST_SUITE(lifo_queue_suite)

BOOST_AUTO_TEST_CASE(what_was_put_last_comes_out_first_whenever_that_was) {
    lifo_queue<int> q;
    q.put(1);
    q.put(2);
    BOOST_TEST(q.get() == 2);
    q.put(3);
    BOOST_TEST(q.get() == 3);
    BOOST_TEST(q.get() == 1);
}

BOOST_AUTO_TEST_CASE(a_full_one_waits_as_any_queue) {
    test::for_every_kind([](test::parties& party) {
        lifo_queue<int> q(2);
        std::atomic<int> sum{0};
        party([&] {
            for (int i = 1; i <= 1'000; ++i)
                q.put(i);
        });
        party([&] {
            for (int i = 1; i <= 1'000; ++i)
                sum += q.get();
        });
        party.join();
        BOOST_TEST(sum == 1'000 * 1'001 / 2);
    });
}

BOOST_AUTO_TEST_CASE(a_capacity_of_zero_is_refused) {
    BOOST_CHECK_EXCEPTION(lifo_queue<int>(0), error, [](const error& e) { return e.code() == errc::invalid_argument; });
}

BOOST_AUTO_TEST_SUITE_END()
