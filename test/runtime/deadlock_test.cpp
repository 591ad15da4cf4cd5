// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/async.hpp>
#include <plait/runtime/detail/lock_graph.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/mutex.hpp>
#include <plait/runtime/recursive_mutex.hpp>
#include <plait/runtime/shared_mutex.hpp>

#include <atomic>
#include <deque>
#include <mutex>
#include <regex>
#include <shared_mutex>
#include <string>

#include <pthread.h>

using namespace plait;

namespace {

// Those who come wait here until all have come.
class meeting {
public:
    explicit meeting(int parties) : missing_(parties) {}
    void arrive() {
        if (missing_.fetch_sub(1, std::memory_order_acq_rel) == 1) all_have_come_.set();
        all_have_come_.wait();
    }

private:
    std::atomic<int> missing_;
    event all_have_come_;
};

template <class Body>
void for_every_kind_watched(Body body) {
    test::for_every_kind([&](test::parties& party) {
        detail::deadlock_search watched(true);
        body(party);
    });
}

// True if `f` was refused because it would have waited for ever.
template <class F>
bool would_deadlock(F f) {
    return test::code_of(f) == errc::resource_deadlock_would_occur;
}

// Functions that a report can name: they are still on the stack while the lock is waited for.
__attribute__((noinline)) void take_the_fork(mutex& fork) {
    fork.lock();
    asm volatile(""); // no tail call
}
__attribute__((noinline)) void take_the_knife(mutex& knife) {
    knife.lock();
    asm volatile(""); // no tail call
}

} // namespace

BOOST_AUTO_TEST_SUITE(deadlock_suite)

BOOST_AUTO_TEST_CASE(a_cycle_is_reported_to_exactly_one_and_the_others_go_on) {
    for_every_kind_watched([](test::parties& party) {
        constexpr int parties = 4;
        std::deque<mutex> locks(parties);
        meeting have_one(parties);
        std::atomic<int> reports{0}, have_both{0};
        for (int i = 0; i < parties; ++i)
            party([&, i] {
                auto code = test::code_of([&] {
                    std::lock_guard first(locks[static_cast<std::size_t>(i)]);
                    have_one.arrive();
                    std::lock_guard second(locks[static_cast<std::size_t>((i + 1) % parties)]);
                    ++have_both;
                });
                if (code == errc::resource_deadlock_would_occur) ++reports;
            });
        party.join();
        BOOST_TEST(reports == 1);
        BOOST_TEST(have_both == parties - 1);
    });
}

BOOST_AUTO_TEST_CASE(the_report_tells_who_waits_for_what_and_where_it_was_taken) {
    std::string report;
    run(
        [&] {
            mutex fork("fork"), knife("knife");
            meeting both_have_one(2);
            auto eat = [&](auto take_first, mutex& first, auto take_second, mutex& second) {
                take_first(first);
                both_have_one.arrive();
                try {
                    take_second(second);
                    second.unlock();
                } catch (const error& e) {
                    report = e.what();
                }
                first.unlock();
            };
            std::thread bob([&] {
                pthread_setname_np(pthread_self(), "bob");
                eat(take_the_knife, knife, take_the_fork, fork);
            });
            auto ann = spawn([&] { eat(take_the_fork, fork, take_the_knife, knife); }, {.name = "ann"});
            ann.join();
            bob.join();
        },
        {.detect_deadlocks = true});
    for (auto part :
         {"'ann' waits for mutex 'knife' at .*take_the_knife", "'bob' took at .*take_the_knife",
          "'bob' waits for mutex 'fork' at .*take_the_fork", "'ann' took at .*take_the_fork"})
        BOOST_TEST(std::regex_search(report, std::regex(part)), "no \"" << part << "\" in\n" << report);
}

BOOST_AUTO_TEST_CASE(without_the_search_only_a_second_lock_by_the_owner_is_an_error) {
    run([] {
        mutex m;
        m.lock();
        BOOST_TEST(!detail::looking_for_deadlocks());
        BOOST_TEST(would_deadlock([&] { m.lock(); }));
        m.unlock();
    });
}

BOOST_AUTO_TEST_CASE(a_wait_with_a_deadline_ends_by_itself_and_is_not_reported) {
    for_every_kind_watched([](test::parties& party) {
        mutex a, b;
        meeting have_one(2);
        bool timed_got_it = true, is_reported = true;
        party([&] {
            std::lock_guard first(a);
            have_one.arrive();
            timed_got_it = b.try_lock_for(std::chrono::milliseconds(2));
        });
        party([&] {
            std::lock_guard first(b);
            have_one.arrive();
            is_reported = would_deadlock([&] { std::lock_guard second(a); });
        });
        party.join();
        BOOST_TEST(!timed_got_it);
        BOOST_TEST(!is_reported);
    });
}

BOOST_AUTO_TEST_CASE(one_that_is_cancelled_already_is_not_part_of_a_cycle) {
    run(
        [] {
            mutex a, b;
            b.lock();
            auto other = spawn([&] {
                std::lock_guard first(a);
                std::lock_guard second(b);
            });
            yield();
            other.cancel(); // it is about to leave, and has not had its turn yet
            BOOST_TEST(!would_deadlock([&] { std::lock_guard second(a); }));
            b.unlock();
            other.wait();
        },
        {.detect_deadlocks = true});
}

BOOST_AUTO_TEST_CASE(one_that_is_woken_already_is_not_part_of_a_cycle) {
    run(
        [] {
            mutex a, b;
            b.lock();
            auto other = spawn([&] {
                std::lock_guard first(a);
                std::lock_guard second(b);
            });
            yield();
            b.unlock(); // wakes it, and it has not had its turn yet
            BOOST_TEST(!would_deadlock([&] { std::lock_guard second(a); }));
            other.join();
        },
        {.detect_deadlocks = true});
}

BOOST_AUTO_TEST_CASE(one_that_was_woken_in_vain_closes_the_cycle) {
    run(
        [] {
            mutex a, b;
            bool is_reported = false;
            b.lock();
            auto other = spawn([&] {
                std::lock_guard first(a);
                is_reported = would_deadlock([&] { std::lock_guard second(b); });
            });
            yield();
            b.unlock();
            b.lock(); // past the one that was woken
            std::lock_guard second(a);
            b.unlock();
            other.join();
            BOOST_TEST(is_reported);
        },
        {.detect_deadlocks = true});
}

BOOST_AUTO_TEST_CASE(a_lock_that_a_handler_holds_is_not_part_of_a_cycle) {
    run(
        [] {
            mutex a, b;
            mutex::async_guard held;
            event is_held;
            a.async_lock([&](boost::system::error_code, mutex::async_guard guard) {
                held = std::move(guard);
                is_held.set();
            });
            is_held.wait();
            b.lock();
            event handler_was_called;
            b.async_lock([&](boost::system::error_code, mutex::async_guard) { handler_was_called.set(); });
            auto releases = spawn([&] { held.unlock(); });
            BOOST_TEST(!would_deadlock([&] { std::lock_guard second(a); }));
            b.unlock();
            handler_was_called.wait(); // the mutex has to outlive that
        },
        {.detect_deadlocks = true});
}

BOOST_AUTO_TEST_CASE(recursive_locks_are_part_of_a_cycle_and_do_not_wait_for_themselves) {
    for_every_kind_watched([](test::parties& party) {
        recursive_mutex a, b;
        meeting have_one(2);
        std::atomic<int> reports{0};
        for (bool in_order : {true, false})
            party([&, in_order] {
                recursive_mutex &first = in_order ? a : b, &second = in_order ? b : a;
                std::lock_guard once(first);
                have_one.arrive();
                std::lock_guard twice(first);
                if (would_deadlock([&] { std::lock_guard both(second); })) ++reports;
            });
        party.join();
        BOOST_TEST(reports == 1);
    });
}

BOOST_AUTO_TEST_CASE(readers_and_writers_are_part_of_a_cycle) {
    for_every_kind_watched([](test::parties& party) {
        shared_mutex table;
        mutex fork;
        meeting have_one(3);
        std::atomic<int> reports{0};
        party([&] {
            std::lock_guard first(fork);
            have_one.arrive();
            if (would_deadlock([&] { std::lock_guard writes(table); })) ++reports;
        });
        party([&] {
            std::shared_lock first(table);
            have_one.arrive();
            if (would_deadlock([&] { std::lock_guard second(fork); })) ++reports;
        });
        party([&] {
            std::shared_lock uninvolved(table);
            have_one.arrive();
        });
        party.join();
        BOOST_TEST(reports == 1);
    });
}

BOOST_AUTO_TEST_CASE(a_reader_that_wants_to_write_waits_for_itself) {
    for_every_kind_watched([](test::parties& party) {
        bool is_reported = false;
        party([&] {
            shared_mutex m;
            std::shared_lock reads(m);
            is_reported = would_deadlock([&] { std::lock_guard writes(m); });
        });
        party.join();
        BOOST_TEST(is_reported);
    });
}

BOOST_AUTO_TEST_CASE(a_reader_that_locks_again_behind_a_writer_waits_for_itself) {
    run(
        [] {
            shared_mutex m;
            bool writer_got_it = false;
            m.lock_shared();
            auto writer = spawn([&] {
                std::lock_guard writes(m);
                writer_got_it = true;
            });
            yield();
            BOOST_TEST(would_deadlock([&] { m.lock_shared(); }));
            m.unlock_shared();
            writer.join();
            BOOST_TEST(writer_got_it);
        },
        {.detect_deadlocks = true});
}

BOOST_AUTO_TEST_CASE(a_reader_that_locks_again_behind_a_writer_with_a_deadline_waits_for_that) {
    run(
        [] {
            shared_mutex m;
            m.lock_shared();
            auto writer = spawn([&] { return m.try_lock_for(std::chrono::milliseconds(2)); });
            yield();
            BOOST_TEST(!would_deadlock([&] { m.lock_shared(); }));
            m.unlock_shared();
            m.unlock_shared();
            BOOST_TEST(!writer.join());
        },
        {.detect_deadlocks = true});
}

BOOST_AUTO_TEST_CASE(a_writer_that_bars_a_reader_from_its_own_lock_closes_the_cycle) {
    run(
        [] {
            shared_mutex m;
            bool is_reported = false;
            m.lock_shared();
            auto timed_writer = spawn([&] { return m.try_lock_for(std::chrono::milliseconds(2)); });
            auto writer = spawn([&] {
                yield(); // until the reader waits as well
                is_reported = would_deadlock([&] { m.lock(); });
            });
            yield();
            BOOST_TEST(!would_deadlock([&] { m.lock_shared(); }));
            BOOST_TEST(is_reported);
            m.unlock_shared();
            m.unlock_shared();
            timed_writer.join();
        },
        {.detect_deadlocks = true});
}

BOOST_AUTO_TEST_CASE(an_unlock_by_one_that_is_no_reader_is_found) {
    for_every_kind_watched([](test::parties& party) {
        shared_mutex m;
        boost::system::error_code by_another;
        m.lock_shared();
        party([&] { by_another = test::code_of([&] { m.unlock_shared(); }); });
        party.join();
        m.unlock_shared();
        BOOST_TEST((by_another == errc::not_owner));
    });
}

BOOST_AUTO_TEST_CASE(locks_may_be_held_when_the_search_begins_and_when_it_ends) {
    mutex before, after;
    shared_mutex shared_before, shared_after;
    before.lock();
    shared_before.lock_shared();
    {
        detail::deadlock_search watched(true);
        before.unlock();
        shared_before.unlock_shared();
        after.lock();
        shared_after.lock_shared();
    }
    after.unlock();
    shared_after.unlock_shared();
    for (auto* m : {&before, &after}) {
        BOOST_TEST(m->try_lock());
        m->unlock();
    }
    for (auto* m : {&shared_before, &shared_after}) {
        BOOST_TEST(m->try_lock());
        m->unlock();
    }
}

BOOST_AUTO_TEST_CASE(locks_taken_in_one_order_are_never_reported) {
    for_every_kind_watched([](test::parties& party) {
        std::deque<mutex> locks(4);
        shared_mutex last;
        std::atomic<int> reports{0};
        for (unsigned i = 0; i < 6; ++i)
            party([&, i] {
                for (unsigned n = 0; n < 150; ++n) {
                    std::size_t low = (n + i) % 3, high = low + 1 + (n * 7 + i) % (3 - low);
                    if (would_deadlock([&] {
                            std::lock_guard first(locks[low]);
                            if (n % 8 == 0) yield();
                            if (n % 5 == 0 && !locks[high].try_lock_for(duration(20'000))) return;
                            std::unique_lock second(locks[high], std::defer_lock);
                            n % 5 == 0 ? second = std::unique_lock(locks[high], std::adopt_lock)
                                       : (second.lock(), second);
                            std::shared_lock reads(last, std::defer_lock);
                            std::unique_lock writes(last, std::defer_lock);
                            n % 3 == 0 ? writes.lock() : reads.lock();
                        }))
                        ++reports;
                }
            });
        party.join();
        BOOST_TEST(reports == 0);
    });
}

BOOST_AUTO_TEST_CASE(locks_taken_in_any_order_never_stop_the_program) {
    for_every_kind_watched([](test::parties& party) {
        constexpr unsigned parties = 6, meals = 100;
        std::deque<mutex> locks(3);
        std::atomic<unsigned> eaten{0};
        for (unsigned i = 0; i < parties; ++i)
            party([&, i] {
                for (unsigned n = 0; n < meals; ++n) {
                    std::size_t first = (n + i) % 3, second = (first + 1 + (n / 2 + i) % 2) % 3;
                    unsigned eaten_before = eaten;
                    while (would_deadlock([&] {
                        std::lock_guard one(locks[first]);
                        if ((n + i) % 2 == 0) yield();
                        std::lock_guard other(locks[second]);
                        ++eaten;
                    })) {
                        // Only one of a cycle gets the error, so one of the others will eat. Who tries again at once may
                        // meet the same others in the same places, for ever.
                        while (eaten == eaten_before)
                            yield();
                        eaten_before = eaten;
                    }
                }
            });
        party.join();
        BOOST_TEST(eaten == parties * meals);
    });
}

BOOST_AUTO_TEST_SUITE_END()
