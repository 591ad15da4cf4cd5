// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/async.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/semaphore.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <optional>
#include <vector>

using namespace plait;
namespace asio = boost::asio;

BOOST_AUTO_TEST_SUITE(semaphore_suite)

BOOST_AUTO_TEST_CASE(never_more_are_inside_than_there_are_permits) {
    test::for_every_kind([](test::parties& party) {
        counting_semaphore s(3);
        std::atomic<int> inside{0}, most{0};
        for (int i = 0; i < 7; ++i)
            party([&] {
                for (int n = 0; n < 500; ++n) {
                    permit p(s);
                    int now = ++inside;
                    for (int before = most; before < now && !most.compare_exchange_weak(before, now);)
                        continue;
                    if (n % 8 == 0) yield(); // the permit is kept across a park
                    --inside;
                }
            });
        party.join();
        BOOST_TEST(most <= 3);
        BOOST_TEST(s.available() == 3);
    });
}

BOOST_AUTO_TEST_CASE(one_party_acquires_what_another_releases) {
    test::for_every_kind([](test::parties& party) {
        counting_semaphore items(0), room(2);
        int passed_on = 0, received = 0;
        party([&] {
            for (int i = 1; i <= 500; ++i) {
                room.acquire();
                passed_on = i;
                items.release();
            }
        });
        party([&] {
            for (int i = 1; i <= 500; ++i) {
                items.acquire();
                ++received;
                room.release();
            }
        });
        party.join();
        BOOST_TEST(passed_on == 500);
        BOOST_TEST(received == 500);
        BOOST_TEST(items.available() == 0);
        BOOST_TEST(room.available() == 2);
    });
}

BOOST_AUTO_TEST_CASE(a_release_of_several_lets_as_many_through) {
    run([] {
        counting_semaphore s(0);
        int through = 0;
        std::vector<task<void>> waiting;
        for (int i = 0; i < 5; ++i)
            waiting.push_back(spawn([&] {
                s.acquire();
                ++through;
            }));
        yield();
        s.release(3);
        for (int i = 0; i < 3; ++i)
            yield();
        BOOST_TEST(through == 3);
        s.release(3);
        for (auto& w : waiting)
            w.join();
        BOOST_TEST(through == 5);
        BOOST_TEST(s.available() == 1);
    });
}

BOOST_AUTO_TEST_CASE(a_timed_acquire_gives_up_and_takes_nothing) {
    test::for_every_kind([](test::parties& party) {
        counting_semaphore s(0);
        bool timed = true, tried = true;
        party([&] {
            timed = s.try_acquire_for(duration(1'000));
            tried = s.try_acquire();
        });
        party.join();
        BOOST_TEST(!timed);
        BOOST_TEST(!tried);
        s.release();
        BOOST_TEST(s.available() == 1);
        BOOST_TEST(s.try_acquire());
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_acquire_takes_nothing_and_does_not_stop_the_next) {
    run([] {
        counting_semaphore s(0);
        auto first = spawn([&] { s.acquire(); });
        auto second = spawn([&] { s.acquire(); });
        yield();
        first.cancel();
        s.release();
        first.wait();
        second.join();
        BOOST_TEST(s.available() == 0);
    });
}

BOOST_AUTO_TEST_CASE(one_that_was_woken_in_vain_is_handed_the_next_permit) {
    run([] {
        counting_semaphore s(0);
        bool acquired = false;
        auto patient = spawn([&] {
            s.acquire();
            acquired = true;
        });
        yield();
        s.release();
        s.acquire(); // faster than the one that was woken
        yield();
        BOOST_TEST(!acquired);
        s.release();
        BOOST_TEST(!s.try_acquire());
        patient.join();
        BOOST_TEST(acquired);
    });
}

BOOST_AUTO_TEST_CASE(permits_survive_any_mix_of_timeouts_and_cancellations) {
    test::for_every_kind([](test::parties& party) {
        bounded_semaphore s(2);
        for (int i = 0; i < 6; ++i)
            party([&, i] {
                for (int n = 0; n < 300; ++n) {
                    if (s.try_acquire_for(duration((i + n) % 3 * 500))) {
                        if (n % 4 == 0) yield();
                        s.release();
                    }
                    if (n % 50 == 0) {
                        task<void> given_up = spawn(
                            [&] {
                                permit p(s);
                                yield();
                            },
                            {.on = loops()[0]});
                        given_up.cancel();
                    }
                }
            });
        party.join();
        BOOST_TEST(s.available() == 2);
    });
}

BOOST_AUTO_TEST_CASE(releasing_beyond_the_maximum_throws_and_releases_nothing) {
    counting_semaphore s(1, 3);
    BOOST_TEST((test::code_of([&] { s.release(3); }) == errc::over_released));
    BOOST_TEST(s.available() == 1);
    s.release(2);
    BOOST_TEST((test::code_of([&] { s.release(); }) == errc::over_released));
    BOOST_TEST(s.available() == 3);
}

BOOST_AUTO_TEST_CASE(a_permit_on_its_way_to_a_waiter_counts_for_the_maximum) {
    run([] {
        bounded_semaphore s(1);
        s.acquire();
        auto patient = spawn([&] { s.acquire(); });
        yield();
        s.release();
        s.acquire();
        yield();     // the patient one was woken in vain
        s.release(); // and is handed this one
        BOOST_TEST((test::code_of([&] { s.release(); }) == errc::over_released));
        patient.join();
        s.release();
        BOOST_TEST(s.available() == 1);
    });
}

BOOST_AUTO_TEST_CASE(senseless_numbers_are_refused) {
    BOOST_TEST((test::code_of([] { counting_semaphore s(-1); }) == errc::invalid_argument));
    BOOST_TEST((test::code_of([] { counting_semaphore s(4, 3); }) == errc::invalid_argument));
    BOOST_TEST((test::code_of([] { bounded_semaphore s(0); }) == errc::invalid_argument));
    counting_semaphore s(0);
    BOOST_TEST((test::code_of([&] { s.release(-1); }) == errc::invalid_argument));
    BOOST_TEST((test::code_of([&] { static_cast<void>(s.try_acquire_for(duration(-1))); }) == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_permit_is_released_with_the_last_one_that_holds_it) {
    counting_semaphore s(2);
    {
        permit first(s);
        permit moved(std::move(first));
        BOOST_TEST(!first);
        BOOST_TEST(s.available() == 1);
        permit other(s);
        other = std::move(moved);
        BOOST_TEST(s.available() == 1);
    }
    BOOST_TEST(s.available() == 2);
    permit(s).detach();
    BOOST_TEST(s.available() == 1);
}

BOOST_AUTO_TEST_CASE(a_handler_is_given_its_permit) {
    asio::io_context context;
    counting_semaphore s(0);
    permit held;
    s.async_acquire(asio::bind_executor(context, [&](boost::system::error_code ec, permit p) {
        if (!ec) held = std::move(p);
    }));
    context.poll();
    BOOST_TEST(!held);
    s.release();
    context.run();
    BOOST_TEST(!!held);
    BOOST_TEST(s.available() == 0);
    held.release();
    BOOST_TEST(s.available() == 1);
}

BOOST_AUTO_TEST_CASE(a_cancelled_handler_gets_no_permit) {
    asio::io_context context;
    counting_semaphore s(0);
    asio::cancellation_signal stop;
    std::optional<boost::system::error_code> seen;
    bool had_permit = true;
    s.async_acquire(asio::bind_cancellation_slot(
        stop.slot(), asio::bind_executor(context, [&](boost::system::error_code ec, permit p) {
            seen = ec;
            had_permit = static_cast<bool>(p);
        })));
    stop.emit(asio::cancellation_type::total);
    s.release();
    context.run();
    BOOST_TEST((seen == asio::error::operation_aborted));
    BOOST_TEST(!had_permit);
    BOOST_TEST(s.available() == 1);
}

BOOST_AUTO_TEST_CASE(an_executor_that_goes_gives_its_permits_back) {
    counting_semaphore s(1);
    {
        asio::io_context context;
        for (int i = 0; i < 2; ++i) // the first has its permit, the second waits for one
            s.async_acquire(asio::bind_executor(context, [](boost::system::error_code, permit) {}));
        s.release(); // the second is woken
    }
    BOOST_TEST(s.available() == 2);
}

BOOST_AUTO_TEST_CASE(the_one_that_acquired_the_last_permit_may_destroy_the_semaphore) {
    test::for_every_kind([](test::parties& party) {
        for (int round = 0; round < 300; ++round) {
            auto* s = new counting_semaphore(0);
            party([s] { s->release(); });
            party([s] {
                s->acquire();
                delete s;
            });
            party.join();
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
