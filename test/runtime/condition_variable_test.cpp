// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/condition_variable.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/mutex.hpp>

#include <deque>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

using namespace plait;

namespace {

void wait_for_waiters(const condition_variable& c, std::size_t n) {
    while (c.waiters() != n)
        yield();
}

} // namespace

BOOST_AUTO_TEST_SUITE(condition_variable_suite)

BOOST_AUTO_TEST_CASE(every_item_reaches_one_consumer) {
    test::for_every_kind([](test::parties& party) {
        mutex m;
        condition_variable changed;
        std::deque<int> items;
        long sum = 0;
        constexpr int consumers = 3, each = 400;
        for (int i = 0; i < consumers; ++i)
            party([&] {
                for (int n = 0; n < each; ++n) {
                    std::unique_lock lock(m);
                    changed.wait(lock, [&] { return !items.empty(); });
                    sum += items.front();
                    items.pop_front();
                }
            });
        party([&] {
            for (int n = 1; n <= consumers * each; ++n) {
                {
                    std::lock_guard lock(m);
                    items.push_back(n);
                }
                changed.notify_one();
            }
        });
        party.join();
        BOOST_TEST(sum == 1200L * 1201 / 2);
        BOOST_TEST(changed.waiters() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_wait_gives_the_lock_up_and_returns_with_it) {
    test::for_every_kind([](test::parties& party) {
        mutex m;
        condition_variable c;
        bool had_lock = false;
        party([&] {
            std::unique_lock lock(m);
            c.wait(lock);
            had_lock = lock.owns_lock() && test::code_of([&] { m.lock(); }) == errc::resource_deadlock_would_occur;
        });
        wait_for_waiters(c, 1);
        {
            std::lock_guard free_while_it_waits(m);
            c.notify_one();
        }
        party.join();
        BOOST_TEST(had_lock);
    });
}

BOOST_AUTO_TEST_CASE(the_one_that_has_waited_longest_is_woken_first) {
    run([] {
        mutex m;
        condition_variable c;
        std::string order;
        std::vector<task<void>> waiting;
        for (char name : {'a', 'b', 'c'})
            waiting.push_back(spawn([&, name] {
                std::unique_lock lock(m);
                c.wait(lock);
                order += name;
            }));
        wait_for_waiters(c, 3);
        c.notify_one();
        c.notify(2);
        for (auto& w : waiting)
            w.join();
        BOOST_TEST(order == "abc");
    });
}

BOOST_AUTO_TEST_CASE(a_timed_wait_gives_up_and_has_the_lock) {
    test::for_every_kind([](test::parties& party) {
        mutex m;
        condition_variable c;
        bool notified = true, ready = true, had_lock = false;
        party([&] {
            std::unique_lock lock(m);
            notified = c.wait_for(lock, duration(1'000));
            ready = c.wait_for(lock, duration(1'000), [] { return false; });
            had_lock = lock.owns_lock();
        });
        party.join();
        BOOST_TEST(!notified);
        BOOST_TEST(!ready);
        BOOST_TEST(had_lock);
        BOOST_TEST(c.waiters() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_predicate_that_became_true_in_time_is_reported) {
    virtual_clock clock;
    run(
        [] {
            mutex m;
            condition_variable c;
            bool ready = false;
            auto setter = spawn([&] {
                sleep_for(duration(100));
                std::lock_guard lock(m);
                ready = true; // and nobody is told
            });
            std::unique_lock lock(m);
            BOOST_TEST(c.wait_for(lock, duration(200), [&] { return ready; }));
        },
        {.clock = &clock});
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_throws_with_the_lock_held) {
    run([] {
        mutex m;
        condition_variable c;
        bool had_lock = false, threw = false;
        auto waits = spawn([&] {
            std::unique_lock lock(m);
            try {
                c.wait(lock);
            } catch (const cancelled&) {
                threw = true;
                had_lock = lock.owns_lock() && !m.try_lock();
                throw;
            }
        });
        wait_for_waiters(c, 1);
        std::unique_lock held(m);
        waits.cancel();
        yield();
        BOOST_TEST(!threw); // it waits for the lock, shielded
        held.unlock();
        waits.wait();
        BOOST_TEST(threw);
        BOOST_TEST(had_lock);
        BOOST_TEST(c.waiters() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_waiter_does_not_absorb_a_notification) {
    run([] {
        mutex m;
        condition_variable c;
        auto wait = [&] {
            std::unique_lock lock(m);
            c.wait(lock);
        };
        auto first = spawn(wait), second = spawn(wait);
        wait_for_waiters(c, 2);
        first.cancel(); // it has not run since
        c.notify_one();
        first.wait();
        second.join();
        BOOST_TEST(c.waiters() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_notification_that_came_before_the_cancellation_wins) {
    run([] {
        mutex m;
        condition_variable c;
        bool returned = false;
        auto waits = spawn([&] {
            std::unique_lock lock(m);
            c.wait(lock);
            returned = true;
        });
        wait_for_waiters(c, 1);
        c.notify_one();
        waits.cancel();
        waits.wait();
        BOOST_TEST(returned);
    });
}

BOOST_AUTO_TEST_CASE(no_notification_is_lost_among_waiters_that_time_out) {
    test::for_every_kind([](test::parties& party) {
        mutex m;
        condition_variable c;
        int items = 0, taken = 0;
        constexpr int all = 400;
        for (int i = 0; i < 4; ++i)
            party([&, i] {
                std::unique_lock lock(m);
                while (taken < all) {
                    bool impatient = i % 2 == 0;
                    if (impatient)
                        static_cast<void>(c.wait_for(lock, duration(500), [&] { return items > 0 || taken == all; }));
                    else
                        c.wait(lock, [&] { return items > 0 || taken == all; });
                    if (items == 0) continue;
                    --items;
                    if (++taken == all) c.notify_all();
                }
            });
        party([&] {
            for (int n = 0; n < all; ++n) {
                std::lock_guard lock(m);
                ++items;
                c.notify_one();
            }
        });
        party.join();
        BOOST_TEST(taken == all);
        BOOST_TEST(c.waiters() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_lock_that_cannot_be_unlocked_leaves_no_waiter) {
    mutex m;
    condition_variable c;
    std::unique_lock not_locked(m, std::defer_lock);
    BOOST_CHECK_THROW(c.wait(not_locked), std::system_error);
    BOOST_TEST(c.waiters() == 0u);
}

BOOST_AUTO_TEST_CASE(any_kind_of_lock_will_do) {
    std::mutex m;
    condition_variable c;
    bool ready = false;
    std::jthread setter([&] {
        std::lock_guard lock(m);
        ready = true;
        c.notify_all();
    });
    std::unique_lock lock(m);
    c.wait(lock, [&] { return ready; });
    BOOST_TEST(ready);
}

BOOST_AUTO_TEST_CASE(the_one_that_was_notified_may_destroy_the_condition) {
    test::for_every_kind([](test::parties& party) {
        struct shared {
            mutex m;
            condition_variable c;
        };
        for (int round = 0; round < 200; ++round) {
            auto* s = new shared;
            party([s] {
                {
                    std::unique_lock lock(s->m);
                    s->c.wait(lock);
                }
                delete s;
            });
            wait_for_waiters(s->c, 1);
            party([s] { s->c.notify_one(); });
            party.join();
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
