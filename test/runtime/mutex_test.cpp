// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/error.hpp>
#include <plait/runtime/mutex.hpp>

#include <mutex>

using namespace plait;

BOOST_AUTO_TEST_SUITE(mutex_suite)

BOOST_AUTO_TEST_CASE(one_at_a_time_whoever_they_are) {
    test::for_every_kind([](test::parties& party) {
        mutex m;
        long count = 0;
        constexpr int parties = 6, rounds = 2'000;
        for (int i = 0; i < parties; ++i)
            party([&] {
                for (int n = 0; n < rounds; ++n) {
                    std::lock_guard guard(m);
                    long seen = count;
                    if (n % 16 == 0) yield(); // the lock is kept across a park
                    count = seen + 1;
                }
            });
        party.join();
        BOOST_TEST(count == parties * rounds);
    });
}

BOOST_AUTO_TEST_CASE(a_second_lock_by_the_owner_throws) {
    test::for_every_kind([](test::parties& party) {
        boost::system::error_code second_lock;
        bool second_try = true;
        party([&] {
            mutex m;
            m.lock();
            second_lock = test::code_of([&] { m.lock(); });
            second_try = m.try_lock();
            m.unlock();
        });
        party.join();
        BOOST_TEST((second_lock == errc::resource_deadlock_would_occur));
        BOOST_TEST(!second_try);
    });
}

BOOST_AUTO_TEST_CASE(unlocking_what_one_does_not_own_throws) {
    test::for_every_kind([](test::parties& party) {
        mutex m;
        boost::system::error_code by_another;
        m.lock();
        party([&] { by_another = test::code_of([&] { m.unlock(); }); });
        party.join();
        BOOST_TEST((by_another == errc::not_owner));
        m.unlock();
        BOOST_TEST((test::code_of([&] { m.unlock(); }) == errc::not_owner));
    });
}

BOOST_AUTO_TEST_CASE(a_timed_lock_gives_up_and_takes_nothing) {
    mutex m;
    bool timed = true, tried = true;
    m.lock();
    std::jthread([&] {
        timed = m.try_lock_for(duration(1'000));
        tried = m.try_lock();
    }).join();
    BOOST_TEST(!timed);
    BOOST_TEST(!tried);
    m.unlock();
    BOOST_TEST(m.try_lock());
    m.unlock();
}

BOOST_AUTO_TEST_CASE(a_cancelled_lock_takes_nothing_and_does_not_stop_the_next) {
    run([] {
        mutex m;
        m.lock();
        bool second_locked = false;
        auto first = spawn([&] { m.lock(); });
        auto second = spawn([&] {
            std::lock_guard guard(m);
            second_locked = true;
        });
        yield();
        first.cancel();
        first.wait();
        m.unlock();
        second.join();
        BOOST_TEST(second_locked);
    });
}

BOOST_AUTO_TEST_CASE(several_mutexes_are_locked_together_without_deadlock) {
    test::for_every_kind([](test::parties& party) {
        mutex a, b;
        int count = 0;
        for (int i = 0; i < 4; ++i)
            party([&, i] {
                for (int n = 0; n < 500; ++n) {
                    if (i % 2) {
                        std::scoped_lock both(a, b);
                        ++count;
                    } else {
                        std::scoped_lock both(b, a);
                        ++count;
                    }
                }
            });
        party.join();
        BOOST_TEST(count == 2'000);
    });
}

BOOST_AUTO_TEST_CASE(the_last_one_that_held_a_mutex_may_destroy_it) {
    test::for_every_kind([](test::parties& party) {
        struct shared {
            mutex m;
            int users = 3;
        };
        for (int round = 0; round < 300; ++round) {
            auto* s = new shared;
            for (int i = 0; i < 3; ++i)
                party([s] {
                    while (!s->m.try_lock_for(duration(0))) // leaves the unlock nobody to wake, but a look for one
                        continue;
                    bool last = --s->users == 0;
                    s->m.unlock();
                    if (last) delete s;
                });
            party.join();
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
