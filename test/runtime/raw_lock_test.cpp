// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/raw_lock.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

using plait::detail::raw_lock;

BOOST_AUTO_TEST_SUITE(raw_lock_suite)

BOOST_AUTO_TEST_CASE(a_held_lock_cannot_be_taken) {
    raw_lock lock;
    BOOST_TEST(lock.try_lock());
    BOOST_TEST(!lock.try_lock());
    lock.unlock();
    BOOST_TEST(lock.try_lock());
    lock.unlock();
}

BOOST_AUTO_TEST_CASE(threads_exclude_each_other_also_when_a_holder_is_preempted) {
    raw_lock lock;
    long count = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int n = 0; n < 5'000; ++n) {
                    std::lock_guard guard(lock);
                    ++count;
                    if (n % 16 == 0) std::this_thread::yield();
                }
            });
    }
    BOOST_TEST(count == 20'000);
}

BOOST_AUTO_TEST_CASE(whoever_locks_it_next_may_destroy_it) {
    for (int i = 0; i < 1'000; ++i) {
        auto lock = std::make_unique<raw_lock>();
        lock->lock();
        std::jthread holder([&at = *lock] { at.unlock(); });
        lock->lock();
        lock->unlock();
        lock.reset();
    }
}

BOOST_AUTO_TEST_SUITE_END()
