// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/async.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/mutex.hpp>
#include <plait/runtime/observe.hpp>
#include <plait/runtime/recursive_mutex.hpp>
#include <plait/runtime/shared_mutex.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace plait;
namespace asio = boost::asio;
using boost::system::error_code;

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

BOOST_AUTO_TEST_CASE(it_counts_who_waited_and_who_was_handed_the_lock) {
    run([] {
        mutex m;
        m.lock();
        auto waits = spawn([&] { std::lock_guard guard(m); });
        yield();
        m.unlock(); // wakes it
        m.lock();   // past it
        yield();    // woken in vain
        BOOST_TEST(m.stats().waits == 1u);
        BOOST_TEST(m.stats().hand_overs == 0u);
        m.unlock();
        waits.join();
        BOOST_TEST(m.stats().waits == 1u);
        BOOST_TEST(m.stats().hand_overs == 1u);
    });
}

BOOST_AUTO_TEST_CASE(a_named_one_is_shown_with_its_counters) {
    named<mutex> accounts("accounts");
    BOOST_TEST(dump_all().find("lock 'accounts': waits 0, hand-overs 0") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(one_that_has_a_name_is_shown_while_it_lives) {
    {
        mutex accounts("accounts");
        recursive_mutex till("till");
        shared_mutex prices("prices");
        std::string all = dump_all();
        for (auto* line :
             {"\nmutex 'accounts': waits 0", "\nrecursive_mutex 'till': waits 0", "\nshared_mutex 'prices': waits 0"})
            BOOST_TEST(("\n" + all).find(line) != std::string::npos, all);
    }
    BOOST_TEST(dump_all().find("accounts") == std::string::npos);
}

namespace {

// Holds the lock for at least a millisecond, by the clock that measures it.
template <class Lock, class Unlock>
void hold_for_a_millisecond(Lock lock, Unlock unlock) {
    lock();
    auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
    while (std::chrono::steady_clock::now() < until)
        ;
    unlock();
}

struct observed {
    observed() { observe(true); }
    ~observed() { observe(false); }
};

} // namespace

BOOST_AUTO_TEST_CASE(the_longest_hold_is_measured_while_observation_is_on) {
    constexpr auto one = std::chrono::milliseconds(1);
    mutex m;
    recursive_mutex r;
    shared_mutex s;
    auto hold_all = [&] {
        hold_for_a_millisecond([&] { m.lock(); }, [&] { m.unlock(); });
        hold_for_a_millisecond([&] { r.lock(); }, [&] { r.unlock(); });
        hold_for_a_millisecond([&] { s.lock(); }, [&] { s.unlock(); });
    };
    hold_all();
    BOOST_TEST((m.stats().longest_hold == duration::zero()));
    {
        observed on;
        hold_all();
        duration longest = m.stats().longest_hold;
        BOOST_TEST((longest >= one));
        BOOST_TEST((r.stats().longest_hold >= one));
        BOOST_TEST((s.stats().longest_hold >= one));
        m.lock();
        m.unlock();
        BOOST_TEST((m.stats().longest_hold >= longest));
    }
    duration longest = m.stats().longest_hold;
    hold_all();
    BOOST_TEST((m.stats().longest_hold == longest));
}

BOOST_AUTO_TEST_CASE(a_hold_is_measured_whichever_way_the_lock_was_taken_and_though_observation_ends_meanwhile) {
    constexpr auto one = std::chrono::milliseconds(1);
    mutex m, timed;
    shared_mutex readers;
    {
        observed on;
        hold_for_a_millisecond([&] { BOOST_TEST(m.try_lock()); }, [&] { m.unlock(); });
        hold_for_a_millisecond([&] { readers.lock_shared(); }, [&] { readers.unlock_shared(); });
        BOOST_TEST(timed.try_lock_for(std::chrono::hours(1)));
    }
    hold_for_a_millisecond([] {}, [&] { timed.unlock(); });
    BOOST_TEST((m.stats().longest_hold >= one));
    BOOST_TEST((timed.stats().longest_hold >= one));
    BOOST_TEST((readers.stats().longest_hold == duration::zero())); // nobody knows who of them held it
    BOOST_TEST(timed.try_lock());
    timed.unlock();
}

BOOST_AUTO_TEST_CASE(locks_that_are_held_while_observation_comes_and_goes_stay_locks) {
    std::atomic<bool> over{false};
    std::jthread onlooker([&] {
        while (!over.load(std::memory_order_relaxed)) {
            observe(true);
            static_cast<void>(dump_all());
            observe(false);
        }
    });
    mutex m("busy");
    long sum = 0; // guarded by m
    {
        std::vector<std::jthread> adders;
        for (int t = 0; t < 2; ++t)
            adders.emplace_back([&] {
                for (int i = 0; i < 5000; ++i) {
                    std::lock_guard guard(m);
                    ++sum;
                }
            });
    }
    over.store(true, std::memory_order_relaxed);
    BOOST_TEST(sum == 10'000);
}

BOOST_AUTO_TEST_CASE(a_handler_gets_a_guard_that_is_the_ownership) {
    asio::io_context context;
    mutex m;
    mutex::async_guard held;
    m.async_lock(asio::bind_executor(context, [&](error_code ec, mutex::async_guard guard) {
        BOOST_TEST(!ec);
        held = std::move(guard);
    }));
    context.run();
    BOOST_TEST(held.owns_lock());
    BOOST_TEST(!m.try_lock());
    BOOST_TEST((test::code_of([&] { m.unlock(); }) == errc::not_owner));
    std::jthread([guard = std::move(held)] {}).join(); // destroyed on any thread
    BOOST_TEST(m.try_lock());
    m.unlock();
    BOOST_TEST((test::code_of([&] { held.unlock(); }) == errc::not_owner));
}

BOOST_AUTO_TEST_CASE(a_handler_that_is_cancelled_has_not_got_the_lock) {
    asio::io_context context;
    asio::cancellation_signal stop;
    mutex m;
    error_code seen;
    bool owns = true;
    m.lock();
    m.async_lock(asio::bind_cancellation_slot(
        stop.slot(), asio::bind_executor(context, [&](error_code ec, mutex::async_guard guard) {
            seen = ec;
            owns = guard.owns_lock();
        })));
    stop.emit(asio::cancellation_type::total);
    context.run();
    BOOST_TEST(seen == asio::error::operation_aborted);
    BOOST_TEST(!owns);
    m.unlock();
    BOOST_TEST(m.try_lock());
    m.unlock();
}

BOOST_AUTO_TEST_CASE(an_awaitable_coroutines_and_threads_exclude_each_other) {
    test::for_every_kind([](test::parties& party) {
        mutex m;
        long count = 0;
        constexpr int parties = 3, rounds = 500;
        event awaitable_is_over;
        asio::co_spawn(
            loops()[0]->context(),
            [&]() -> asio::awaitable<void> {
                for (int n = 0; n < rounds; ++n) {
                    auto guard = co_await m.async_lock(asio::use_awaitable);
                    ++count;
                }
                awaitable_is_over.set();
            },
            asio::detached);
        for (int i = 0; i < parties; ++i)
            party([&] {
                for (int n = 0; n < rounds; ++n) {
                    std::lock_guard guard(m);
                    long seen = count;
                    if (n % 16 == 0) yield();
                    count = seen + 1;
                }
            });
        awaitable_is_over.wait();
        party.join();
        BOOST_TEST(count == (parties + 1) * rounds);
    });
}

BOOST_AUTO_TEST_CASE(a_handler_whose_executor_goes_gives_back_what_it_got) {
    mutex m;
    {
        asio::io_context context;
        m.async_lock(asio::bind_executor(context, [](error_code, mutex::async_guard) {}));
        BOOST_TEST(!m.try_lock());
    }
    BOOST_TEST(m.try_lock());
    m.unlock();
}

BOOST_AUTO_TEST_CASE(a_handler_whose_executor_goes_passes_its_wake_up_on) {
    run([] {
        mutex m;
        bool next_got_it = false;
        m.lock();
        auto context = std::make_unique<asio::io_context>();
        m.async_lock(asio::bind_executor(*context, [](error_code, mutex::async_guard) {}));
        auto next = spawn([&] {
            std::lock_guard guard(m);
            next_got_it = true;
        });
        yield();
        m.unlock(); // wakes the handler
        context.reset();
        next.join();
        BOOST_TEST(next_got_it);
    });
}

BOOST_AUTO_TEST_CASE(a_handler_whose_executor_goes_passes_on_the_lock_that_it_was_handed) {
    run([] {
        mutex m;
        bool next_got_it = false;
        m.lock();
        auto context = std::make_unique<asio::io_context>();
        m.async_lock(asio::bind_executor(*context, [](error_code, mutex::async_guard) {}));
        auto next = spawn([&] {
            std::lock_guard guard(m);
            next_got_it = true;
        });
        yield();
        m.unlock();      // wakes the handler
        m.lock();        // past it
        context->poll(); // it was woken in vain
        m.unlock();      // and is handed the lock
        BOOST_TEST(!m.try_lock());
        context.reset();
        next.join();
        BOOST_TEST(next_got_it);
    });
}

BOOST_AUTO_TEST_SUITE_END()
