// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Semaphores, conditions, events and barriers: what users of threading and of C++'s synchronisation rely on.
#include "support/parties.hpp"

#include <plait/runtime/barrier.hpp>
#include <plait/runtime/condition_variable.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/mutex.hpp>
#include <plait/runtime/once.hpp>
#include <plait/runtime/semaphore.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

using namespace plait;

namespace {

template <class Condition>
void yield_until(Condition condition) {
    while (!condition())
        yield();
}

} // namespace

BOOST_AUTO_TEST_SUITE(sync_conformance)

// conformance 34
BOOST_AUTO_TEST_CASE(a_semaphore_counts) {
    test::for_every_kind([](test::parties& party) {
        counting_semaphore s(2);
        bool first = false, second = false, third = true, after_release = false;
        party([&] {
            s.acquire();
            first = second = s.try_acquire();
            third = s.try_acquire_for(duration(0));
            s.release(2);
            after_release = s.try_acquire();
            s.release();
        });
        party.join();
        BOOST_TEST(first);
        BOOST_TEST(second);
        BOOST_TEST(!third);
        BOOST_TEST(after_release);
        s.release(); // one more than acquired
        BOOST_TEST(s.available() == 3);
    });
}

// conformance 34
BOOST_AUTO_TEST_CASE(one_release_too_many_of_a_bounded_semaphore_is_an_error) {
    test::for_every_kind([](test::parties& party) {
        bounded_semaphore s(2);
        boost::system::error_code of_both, one_too_many;
        party([&] {
            s.acquire();
            s.acquire();
            of_both = test::code_of([&] { s.release(2); });
            one_too_many = test::code_of([&] { s.release(); });
        });
        party.join();
        BOOST_TEST(!of_both);
        BOOST_TEST((one_too_many == errc::over_released));
        BOOST_TEST(s.available() == 2);
    });
}

// conformance 35
BOOST_AUTO_TEST_CASE(a_notification_of_n_wakes_exactly_n) {
    test::for_every_kind([](test::parties& party) {
        mutex m;
        condition_variable c;
        std::size_t woken = 0;
        constexpr std::size_t waiting = 6;
        for (std::size_t i = 0; i < waiting; ++i)
            party([&] {
                std::unique_lock lock(m);
                c.wait(lock);
                ++woken;
            });
        yield_until([&] { return c.waiters() == waiting; });
        std::size_t expected = 0;
        for (std::size_t n : {1u, 3u, 0u}) {
            c.notify(n);
            expected += n;
            BOOST_TEST(c.waiters() == waiting - expected);
            yield_until([&] {
                std::lock_guard lock(m);
                return woken >= expected;
            });
            std::lock_guard lock(m);
            BOOST_TEST(woken == expected);
        }
        c.notify_all();
        party.join();
        BOOST_TEST(woken == waiting);
        BOOST_TEST(c.waiters() == 0u);
    });
}

// conformance 35
BOOST_AUTO_TEST_CASE(a_notification_that_nobody_waits_for_is_lost) {
    test::for_every_kind([](test::parties& party) {
        mutex m;
        condition_variable c;
        bool notified = true;
        c.notify_one();
        c.notify_all();
        party([&] {
            std::unique_lock lock(m);
            notified = c.wait_for(lock, duration(0));
        });
        party.join();
        BOOST_TEST(!notified);
        BOOST_TEST(c.waiters() == 0u);
    });
}

// conformance 35
BOOST_AUTO_TEST_CASE(a_wait_with_a_predicate_ends_when_it_is_true_or_the_time_is_over) {
    test::for_every_kind([](test::parties& party) {
        mutex m;
        condition_variable c;
        int state = 0;
        bool came = false, never_came = true;
        party([&] {
            std::unique_lock lock(m);
            came = c.wait_for(lock, std::chrono::hours(1), [&] { return state == 4; });
            never_came = c.wait_for(lock, duration(1'000), [&] { return state == 5; });
        });
        party([&] {
            for (int i = 0; i < 4; ++i) {
                {
                    std::lock_guard lock(m);
                    ++state;
                }
                c.notify_one();
            }
        });
        party.join();
        BOOST_TEST(came);
        BOOST_TEST(!never_came);
    });
}

// conformance 36
BOOST_AUTO_TEST_CASE(an_event_is_set_cleared_and_waited_for) {
    test::for_every_kind([](test::parties& party) {
        event e;
        BOOST_TEST(!e.is_set());
        std::atomic<int> through{0};
        bool cleared_times_out = false;
        for (int i = 0; i < 5; ++i)
            party([&] {
                e.wait();
                e.wait(); // it stays set
                through += e.is_set();
            });
        e.set();
        party.join();
        BOOST_TEST(through == 5);
        e.clear();
        BOOST_TEST(!e.is_set());
        party([&] { cleared_times_out = !e.wait_for(duration(1'000)); });
        party.join();
        BOOST_TEST(cleared_times_out);
    });
}

// conformance 37
BOOST_AUTO_TEST_CASE(exactly_one_party_gets_zero_and_the_action_runs_once_in_a_thousand_rounds) {
    test::for_every_kind([](test::parties& party) {
        constexpr std::size_t parties = 4, rounds = 1'000;
        std::size_t actions = 0;
        barrier b(parties, [&] { ++actions; });
        std::vector<std::vector<std::size_t>> places(parties);
        for (auto& mine : places)
            party([&] {
                for (std::size_t round = 0; round < rounds; ++round)
                    mine.push_back(b.arrive_and_wait());
            });
        party.join();
        BOOST_TEST(actions == rounds);
        std::size_t wrong = 0;
        for (std::size_t round = 0; round < rounds; ++round)
            for (std::size_t place = 0; place < parties; ++place)
                wrong += std::ranges::count_if(places, [&](auto& of) { return of[round] == place; }) != 1;
        BOOST_TEST(wrong == 0u);
    });
}

// conformance 37
BOOST_AUTO_TEST_CASE(a_barrier_is_broken_by_abort_and_by_a_timeout_and_whole_after_reset) {
    test::for_every_kind([](test::parties& party) {
        constexpr std::size_t parties = 4;
        barrier b(parties);
        auto all_but_one = [&](auto breaks_it) {
            std::atomic<std::size_t> broken{0};
            for (std::size_t i = 1; i < parties; ++i)
                party([&] { broken += test::code_of([&] { b.arrive_and_wait(); }) == errc::barrier_broken; });
            yield_until([&] { return b.n_waiting() == parties - 1; });
            breaks_it();
            party.join();
            return broken.load();
        };
        BOOST_TEST(all_but_one([&] { b.abort(); }) == parties - 1);
        BOOST_TEST(b.broken());
        b.reset();
        BOOST_TEST(all_but_one([&] { b.reset(); }) == parties - 1);
        BOOST_TEST(!b.broken());

        std::atomic<std::size_t> timed_out{0}, broken{0}, through{0};
        for (std::size_t i = 1; i < parties; ++i)
            party([&] {
                boost::system::error_code code = test::code_of([&] { b.arrive_and_wait_for(duration(1'000)); });
                timed_out += code == errc::timed_out;
                broken += code == errc::barrier_broken;
            });
        party.join();
        BOOST_TEST(timed_out >= 1u);
        BOOST_TEST(timed_out + broken == parties - 1);
        BOOST_TEST(b.broken());
        b.reset();
        for (std::size_t i = 0; i < parties; ++i)
            party([&] {
                b.arrive_and_wait();
                ++through;
            });
        party.join();
        BOOST_TEST(through == parties);
    });
}

// conformance A: bounded semaphore (22 workers, 5 at a time)
BOOST_AUTO_TEST_CASE(of_22_workers_at_most_5_work_at_a_time) {
    test::for_every_kind([](test::parties& party) {
        bounded_semaphore desks(5);
        std::atomic<int> working{0}, too_many{0}, done{0};
        for (int worker = 0; worker < 22; ++worker)
            party([&] {
                permit desk(desks);
                too_many += ++working > 5;
                yield();
                --working;
                ++done;
            });
        party.join();
        BOOST_TEST(too_many == 0);
        BOOST_TEST(done == 22);
        BOOST_TEST(desks.available() == 5);
    });
}

// conformance A: singleton under a lock
BOOST_AUTO_TEST_CASE(a_singleton_is_made_once_under_a_lock_and_with_call_once) {
    test::for_every_kind([](test::parties& party) {
        struct registry {
            explicit registry(std::atomic<int>& made) {
                yield(); // the others come while it is being made
                ++made;
            }
        };
        std::atomic<int> made_under_lock{0}, made_once{0}, differing{0};
        mutex lock;
        once_flag flag;
        std::unique_ptr<registry> under_lock, once;
        auto instance_under_lock = [&]() -> registry* {
            std::lock_guard guard(lock);
            if (!under_lock) under_lock = std::make_unique<registry>(made_under_lock);
            return under_lock.get();
        };
        auto instance_once = [&]() -> registry* {
            call_once(flag, [&] { once = std::make_unique<registry>(made_once); });
            return once.get();
        };
        for (int i = 0; i < 10; ++i)
            party([&] {
                differing += instance_under_lock() != instance_under_lock();
                differing += instance_once() != instance_once();
            });
        party.join();
        BOOST_TEST(made_under_lock == 1);
        BOOST_TEST(made_once == 1);
        BOOST_TEST(differing == 0);
    });
}

BOOST_AUTO_TEST_SUITE_END()
