// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/owner_lock.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

using namespace plait::detail;

BOOST_AUTO_TEST_SUITE(owner_lock_suite)

BOOST_AUTO_TEST_CASE(a_visitor_sees_nothing_half_done_and_the_owner_goes_on_afterwards) {
    owner_lock lock;
    long first = 0, second = 0; // equal whenever the owner is outside
    std::atomic<bool> over{false};
    std::jthread owner([&] {
        while (!over.load(std::memory_order_relaxed)) {
            owner_lock::owner inside(lock);
            ++first;
            ++second;
        }
    });
    int visits = 0, torn = 0;
    for (long seen = 0; visits < 2000 || seen < 1000;) {
        std::unique_lock guard(lock, std::try_to_lock);
        BOOST_REQUIRE(guard.owns_lock());
        ++visits;
        torn += first != second;
        seen = first;
    }
    over.store(true, std::memory_order_relaxed);
    BOOST_TEST(torn == 0);
}

BOOST_AUTO_TEST_CASE(visitors_take_turns) {
    owner_lock lock;
    long visits = 0;
    {
        std::vector<std::jthread> visitors;
        for (int i = 0; i < 3; ++i)
            visitors.emplace_back([&] {
                for (int n = 0; n < 500; ++n) {
                    std::unique_lock guard(lock, std::try_to_lock);
                    if (guard) ++visits;
                }
            });
    }
    BOOST_TEST(visits == 1500);
}

BOOST_AUTO_TEST_SUITE_END()
