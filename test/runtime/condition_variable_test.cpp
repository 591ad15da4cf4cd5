// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/async.hpp>
#include <plait/runtime/condition_variable.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/mutex.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

using namespace plait;
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

void wait_for_waiters(const condition_variable& c, std::size_t n) {
    while (c.waiters() != n)
        yield();
}

// The lock, as a handler of `context` owns it.
mutex::async_guard locked(asio::io_context& context, mutex& m) {
    mutex::async_guard got;
    m.async_lock(asio::bind_executor(context, [&](error_code, mutex::async_guard g) { got = std::move(g); }));
    while (!got)
        context.run_one();
    context.restart(); // it may have run out of work
    return got;
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

BOOST_AUTO_TEST_CASE(a_handler_gives_its_lock_up_while_it_waits_and_has_it_again_when_it_is_called) {
    asio::io_context context;
    mutex m;
    condition_variable changed;
    auto lock = locked(context, m);
    bool called = false;
    changed.async_wait(lock, asio::bind_executor(context, [&](error_code ec) { called = !ec; }));
    BOOST_TEST(changed.waiters() == 1u);
    BOOST_TEST(!lock.owns_lock());
    {
        std::lock_guard here(m); // it is free
        changed.notify_one();
        context.poll();
        BOOST_TEST(!called);
    }
    context.run();
    BOOST_TEST(called);
    BOOST_TEST(lock.owns_lock());
    BOOST_TEST(!m.try_lock());
    BOOST_TEST(changed.waiters() == 0u);
}

BOOST_AUTO_TEST_CASE(an_asio_coroutine_waits_for_a_state_that_a_thread_brings_about) {
    asio::io_context context;
    mutex m;
    condition_variable changed;
    int guests = 0;
    bool seen = false;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            auto lock = co_await m.async_lock(asio::use_awaitable);
            co_await changed.async_wait(
                lock, [&] { return guests == 3; }, asio::use_awaitable);
            seen = lock.owns_lock() && guests == 3;
        },
        asio::detached);
    std::jthread brings([&] {
        for (int i = 0; i < 3; ++i) {
            std::lock_guard lock(m);
            ++guests;
            changed.notify_one();
        }
    });
    context.run();
    BOOST_TEST(seen);
    BOOST_TEST(m.try_lock()); // the guard has gone
    m.unlock();
}

BOOST_AUTO_TEST_CASE(a_handler_whose_state_is_there_is_not_called_from_within_the_call) {
    asio::io_context context;
    mutex m;
    condition_variable changed;
    auto lock = locked(context, m);
    bool called = false;
    changed.async_wait(
        lock, [] { return true; }, asio::bind_executor(context, [&](error_code ec) { called = !ec; }));
    BOOST_TEST(!called);
    context.run();
    BOOST_TEST(called);
    BOOST_TEST(lock.owns_lock());
}

BOOST_AUTO_TEST_CASE(a_handler_s_wait_that_is_cancelled_takes_the_lock_again_and_uses_up_no_notification) {
    asio::io_context context;
    mutex m;
    condition_variable changed;
    asio::cancellation_signal stop;
    auto lock = locked(context, m);
    error_code end;
    changed.async_wait(lock, asio::bind_cancellation_slot(stop.slot(), asio::bind_executor(context, [&](error_code ec) {
                                                              end = ec;
                                                          })));
    auto other = locked(context, m);
    bool other_was_notified = false;
    changed.async_wait(other, asio::bind_executor(context, [&](error_code ec) { other_was_notified = !ec; }));
    stop.emit(asio::cancellation_type::total);
    changed.notify_one();
    context.poll();
    BOOST_TEST(end == asio::error::operation_aborted);
    BOOST_TEST(lock.owns_lock());
    BOOST_TEST(!other_was_notified); // its notification came, and it waits for the lock
    lock.unlock();
    context.run();
    BOOST_TEST(other_was_notified);
    BOOST_TEST(changed.waiters() == 0u);
}

BOOST_AUTO_TEST_CASE(a_handler_that_is_cancelled_while_it_takes_the_lock_again_looks_once_more_and_then_gives_up) {
    for (bool comes_true : {false, true}) {
        asio::io_context context;
        mutex m;
        condition_variable changed;
        asio::cancellation_signal stop;
        bool ready = false;
        auto lock = locked(context, m);
        std::optional<error_code> end;
        changed.async_wait(
            lock, [&] { return ready; },
            asio::bind_cancellation_slot(stop.slot(), asio::bind_executor(context, [&](error_code ec) { end = ec; })));
        {
            std::lock_guard here(m);
            changed.notify_one();
            context.poll(); // it waits for the lock now
            stop.emit(asio::cancellation_type::total);
            ready = comes_true;
        }
        context.run();
        BOOST_REQUIRE(end.has_value());
        BOOST_TEST(*end == (comes_true ? error_code() : error_code(asio::error::operation_aborted)));
        BOOST_TEST(lock.owns_lock());
    }
}

BOOST_AUTO_TEST_CASE(a_notification_for_a_handler_whose_executor_has_gone_is_passed_on) {
    mutex m;
    condition_variable changed;
    asio::io_context stays;
    auto first = std::make_unique<asio::io_context>();
    auto lock = locked(*first, m);
    changed.async_wait(lock, asio::bind_executor(*first, [](error_code) {}));
    auto other = locked(stays, m);
    bool other_was_notified = false;
    changed.async_wait(other, asio::bind_executor(stays, [&](error_code ec) { other_was_notified = !ec; }));
    changed.notify_one();
    first.reset();
    stays.run();
    BOOST_TEST(other_was_notified);
}

BOOST_AUTO_TEST_CASE(a_guard_that_owns_nothing_cannot_wait) {
    condition_variable changed;
    mutex::async_guard nothing;
    BOOST_CHECK_EXCEPTION(changed.async_wait(nothing, [](error_code) {}), error, [](const error& e) {
        return e.code() == errc::not_owner;
    });
}

BOOST_AUTO_TEST_SUITE_END()
