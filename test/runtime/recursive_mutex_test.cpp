// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/error.hpp>
#include <plait/runtime/recursive_mutex.hpp>

#include <mutex>

using namespace plait;

BOOST_AUTO_TEST_SUITE(recursive_mutex_suite)

BOOST_AUTO_TEST_CASE(the_owner_may_lock_again_and_every_other_waits_for_the_last_unlock) {
    test::for_every_kind([](test::parties& party) {
        recursive_mutex m;
        bool after_one = true, after_all = false;
        m.lock();
        m.lock();
        BOOST_TEST(m.try_lock());
        BOOST_TEST(m.try_lock_for(duration(0)));
        m.unlock();
        m.unlock();
        m.unlock();
        party([&] { after_one = m.try_lock(); });
        party.join();
        m.unlock();
        party([&] {
            after_all = m.try_lock();
            m.unlock();
        });
        party.join();
        BOOST_TEST(!after_one);
        BOOST_TEST(after_all);
    });
}

BOOST_AUTO_TEST_CASE(one_unlock_too_many_throws) {
    recursive_mutex m;
    m.lock();
    m.lock();
    m.unlock();
    m.unlock();
    BOOST_TEST((test::code_of([&] { m.unlock(); }) == errc::not_owner));
}

BOOST_AUTO_TEST_CASE(an_unlock_by_another_throws_and_changes_nothing) {
    test::for_every_kind([](test::parties& party) {
        recursive_mutex m;
        boost::system::error_code by_another;
        m.lock();
        m.lock();
        party([&] { by_another = test::code_of([&] { m.unlock(); }); });
        party.join();
        BOOST_TEST((by_another == errc::not_owner));
        m.unlock();
        m.unlock();
        BOOST_TEST((test::code_of([&] { m.unlock(); }) == errc::not_owner));
    });
}

BOOST_AUTO_TEST_CASE(one_party_at_a_time_however_often_it_locks) {
    test::for_every_kind([](test::parties& party) {
        recursive_mutex m;
        long count = 0;
        constexpr int parties = 4, rounds = 1'000;
        for (int i = 0; i < parties; ++i)
            party([&] {
                for (int n = 0; n < rounds; ++n) {
                    std::lock_guard outer(m);
                    long seen = count;
                    std::lock_guard inner(m);
                    if (n % 16 == 0) yield();
                    count = seen + 1;
                }
            });
        party.join();
        BOOST_TEST(count == parties * rounds);
    });
}

BOOST_AUTO_TEST_SUITE_END()
