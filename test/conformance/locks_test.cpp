// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Locks: what users of threading.Lock, RLock and C++'s mutexes rely on.
#include "support/parties.hpp"

#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/mutex.hpp>
#include <plait/runtime/recursive_mutex.hpp>
#include <plait/runtime/shared_mutex.hpp>

#include <atomic>
#include <mutex>
#include <shared_mutex>

using namespace plait;

namespace {

/// Calls `body(parties&, lock)` for each kind of parties and each kind of lock.
template <class Body>
void for_every_lock(Body body) {
    test::for_every_kind([&](test::parties& party) {
        mutex plain;
        recursive_mutex recursive;
        shared_mutex shared;
        BOOST_TEST_CONTEXT("mutex") { body(party, plain); }
        BOOST_TEST_CONTEXT("recursive_mutex") { body(party, recursive); }
        BOOST_TEST_CONTEXT("shared_mutex") { body(party, shared); }
    });
}

// Calls `f` on a party that is cancelled meanwhile. True if that ended it.
template <class F>
bool is_cancelled_in(F f) {
    try {
        f();
    } catch (const cancelled&) {
        return true;
    }
    return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(locks_conformance)

// conformance 32
BOOST_AUTO_TEST_CASE(a_second_try_lock_is_false) {
    for_every_lock([](test::parties& party, auto& lock) {
        bool first = false, second = true, after_unlock = false;
        first = lock.try_lock();
        party([&] { second = lock.try_lock(); });
        party.join();
        lock.unlock();
        party([&] {
            after_unlock = lock.try_lock();
            lock.unlock();
        });
        party.join();
        BOOST_TEST(first);
        BOOST_TEST(!second);
        BOOST_TEST(after_unlock);
    });
}

// conformance 32
BOOST_AUTO_TEST_CASE(unlock_by_one_that_is_not_the_owner_is_an_error) {
    for_every_lock([](test::parties& party, auto& lock) {
        boost::system::error_code of_another_s, of_nobody_s;
        lock.lock();
        party([&] { of_another_s = test::code_of([&] { lock.unlock(); }); });
        party.join();
        lock.unlock();
        party([&] { of_nobody_s = test::code_of([&] { lock.unlock(); }); });
        party.join();
        BOOST_TEST((of_another_s == errc::not_owner));
        BOOST_TEST((of_nobody_s == errc::not_owner));
    });
}

// conformance 33
BOOST_AUTO_TEST_CASE(recursion_is_counted) {
    test::for_every_kind([](test::parties& party) {
        recursive_mutex lock;
        constexpr int depth = 5;
        int refused = 0;
        bool after_all = false;
        for (int i = 0; i < depth; ++i)
            lock.lock();
        for (int i = 0; i < depth; ++i) {
            party([&] { refused += !lock.try_lock(); });
            party.join();
            lock.unlock();
        }
        party([&] {
            after_all = lock.try_lock();
            lock.unlock();
        });
        party.join();
        BOOST_TEST(refused == depth);
        BOOST_TEST(after_all);
    });
}

// conformance 33
BOOST_AUTO_TEST_CASE(one_unlock_too_many_is_an_error) {
    test::for_every_kind([](test::parties& party) {
        recursive_mutex lock;
        boost::system::error_code third_unlock;
        party([&] {
            lock.lock();
            lock.lock();
            lock.unlock();
            lock.unlock();
            third_unlock = test::code_of([&] { lock.unlock(); });
        });
        party.join();
        BOOST_TEST((third_unlock == errc::not_owner));
    });
}

// conformance 38
BOOST_AUTO_TEST_CASE(writers_are_not_starved_by_readers_that_overlap) {
    test::for_every_kind([](test::parties& party) {
        shared_mutex lock;
        std::atomic<int> inside{0};
        std::atomic<bool> has_written{false};
        for (int i = 0; i < 3; ++i)
            party([&] {
                // Nobody leaves before another has come, unless the writer stops them: without it, they are never all out.
                while (!has_written) {
                    std::shared_lock reads(lock);
                    ++inside;
                    int looks = 0;
                    do
                        yield();
                    while (inside < 2 && !has_written && ++looks < 1'000);
                    --inside;
                }
            });
        party([&] {
            while (inside == 0)
                yield();
            std::lock_guard writes(lock);
            has_written = true;
        });
        party.join();
        BOOST_TEST(has_written);
    });
}

// conformance 38
BOOST_AUTO_TEST_CASE(readers_are_not_starved_by_writers_that_overlap) {
    test::for_every_kind([](test::parties& party) {
        shared_mutex lock;
        std::atomic<bool> has_read{false}, has_begun{false};
        for (int i = 0; i < 3; ++i)
            party([&] {
                while (!has_read) {
                    std::lock_guard writes(lock);
                    has_begun = true;
                    yield(); // the other writers wait by now
                }
            });
        party([&] {
            while (!has_begun)
                yield();
            std::shared_lock reads(lock);
            has_read = true;
        });
        party.join();
        BOOST_TEST(has_read);
    });
}

// conformance 76
BOOST_AUTO_TEST_CASE(one_that_is_cancelled_while_it_holds_a_lock_gives_it_back) {
    for_every_lock([](test::parties& party, auto& lock) {
        event holds, never;
        bool was_cancelled = false;
        party([&] {
            was_cancelled = is_cancelled_in([&] {
                std::lock_guard guard(lock);
                holds.set();
                detail::party::current().deliver_cancellation();
                never.wait();
            });
        });
        holds.wait();
        lock.lock();
        lock.unlock();
        party.join();
        BOOST_TEST(was_cancelled);
    });
}

// conformance 76
BOOST_AUTO_TEST_CASE(one_that_is_cancelled_while_it_waits_for_a_lock_has_not_taken_it) {
    for_every_lock([](test::parties& party, auto& lock) {
        bool was_cancelled = false, next_got_it = false;
        event is_over;
        lock.lock();
        party([&] {
            detail::party::current().deliver_cancellation();
            was_cancelled = is_cancelled_in([&] { std::lock_guard guard(lock); });
            is_over.set();
        });
        party([&] {
            std::lock_guard guard(lock);
            next_got_it = true;
        });
        is_over.wait();
        lock.unlock();
        party.join();
        BOOST_TEST(was_cancelled);
        BOOST_TEST(next_got_it);
    });
}

// conformance 81
BOOST_AUTO_TEST_CASE(no_wake_up_is_lost_however_short_the_lock_is_held) {
    for_every_lock([](test::parties& party, auto& lock) {
        constexpr int parties = 6, rounds = 3'000;
        long count = 0;
        for (int i = 0; i < parties; ++i)
            party([&] {
                for (int n = 0; n < rounds; ++n) {
                    std::lock_guard guard(lock);
                    long seen = count;
                    if (n % 64 == 0) yield();
                    count = seen + 1;
                }
            });
        party.join();
        BOOST_TEST(count == parties * rounds);
    });
}

BOOST_AUTO_TEST_SUITE_END()
