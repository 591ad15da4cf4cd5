// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/biased_lock.hpp>

#include <boost/test/unit_test.hpp>

#include <thread>
#include <vector>

using plait::detail::biased_lock;

namespace {

void count_up(biased_lock& lock, long& count, int times) {
    for (int i = 0; i < times; ++i) {
        biased_lock::section in(lock);
        ++count;
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(biased_lock_suite)

BOOST_AUTO_TEST_CASE(one_thread_comes_in_whenever_it_likes) {
    biased_lock lock;
    long count = 0;
    count_up(lock, count, 1'000);
    BOOST_TEST(count == 1'000);
}

BOOST_AUTO_TEST_CASE(a_favourite_and_visitors_exclude_each_other) {
    for (int round = 0; round < 50; ++round) {
        biased_lock lock;
        long count = 0;
        {
            std::jthread favourite([&] { count_up(lock, count, 20'000); });
            std::jthread visitor([&] {
                for (int visit = 0; visit < 20; ++visit) {
                    count_up(lock, count, 1);
                    std::this_thread::yield();
                }
            });
        }
        BOOST_REQUIRE(count == 20'020);
    }
}

BOOST_AUTO_TEST_CASE(threads_that_share_it_for_good_exclude_each_other) {
    biased_lock lock;
    long count = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] { count_up(lock, count, 20'000); });
    }
    BOOST_TEST(count == 80'000);
}

BOOST_AUTO_TEST_CASE(who_comes_after_the_favourite_has_ended_is_let_in) {
    biased_lock lock;
    long count = 0;
    std::jthread([&] { count_up(lock, count, 1'000); }).join();
    count_up(lock, count, 1'000);
    BOOST_TEST(count == 2'000);
}

BOOST_AUTO_TEST_CASE(two_of_them_can_be_held_at_once) {
    biased_lock first, second;
    long count = 0;
    for (int i = 0; i < 1'000; ++i) {
        biased_lock::section outer(first);
        count_up(second, count, 1);
    }
    BOOST_TEST(count == 1'000);
}

BOOST_AUTO_TEST_SUITE_END()
