// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/async.hpp>
#include <plait/runtime/barrier.hpp>
#include <plait/runtime/error.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <optional>
#include <stdexcept>
#include <vector>

using namespace plait;
namespace asio = boost::asio;

namespace {

boost::system::error_code arrival_code(barrier& b) {
    return test::code_of([&] { b.arrive_and_wait(); });
}

void wait_for_waiting(const barrier& b, std::size_t n) {
    while (b.n_waiting() != n)
        yield();
}

} // namespace

BOOST_AUTO_TEST_SUITE(barrier_suite)

BOOST_AUTO_TEST_CASE(nobody_goes_on_before_all_have_arrived) {
    test::for_every_kind([](test::parties& party) {
        constexpr std::size_t parties = 4;
        barrier b(parties);
        std::atomic<std::size_t> arrived{0}, too_early{0};
        for (std::size_t i = 0; i < parties; ++i)
            party([&] {
                for (std::size_t phase = 1; phase <= 200; ++phase) {
                    ++arrived;
                    b.arrive_and_wait();
                    too_early += arrived < phase * parties;
                }
            });
        party.join();
        BOOST_TEST(too_early == 0u);
    });
}

BOOST_AUTO_TEST_CASE(the_action_runs_once_a_phase_before_anybody_goes_on) {
    test::for_every_kind([](test::parties& party) {
        int actions = 0;
        std::atomic<int> wrong{0};
        barrier b(3, [&] {
            yield(); // an action may wait
            ++actions;
        });
        for (int i = 0; i < 3; ++i)
            party([&] {
                for (int phase = 1; phase <= 100; ++phase) {
                    b.arrive_and_wait();
                    wrong += actions != phase;
                }
            });
        party.join();
        BOOST_TEST(wrong == 0);
        BOOST_TEST(actions == 100);
    });
}

BOOST_AUTO_TEST_CASE(an_action_that_throws_breaks_the_barrier) {
    test::for_every_kind([](test::parties& party) {
        barrier b(3, [] { throw std::runtime_error("no"); });
        std::atomic<int> threw{0}, broken{0};
        for (int i = 0; i < 3; ++i)
            party([&] {
                try {
                    broken += arrival_code(b) == errc::barrier_broken;
                } catch (const std::runtime_error&) {
                    ++threw;
                }
            });
        party.join();
        BOOST_TEST(threw == 1);
        BOOST_TEST(broken == 2);
        BOOST_TEST(b.broken());
    });
}

BOOST_AUTO_TEST_CASE(a_deadline_breaks_the_barrier_for_everybody) {
    test::for_every_kind([](test::parties& party) {
        barrier b(3);
        boost::system::error_code waiting, late;
        bool timed_out = false;
        party([&] { waiting = arrival_code(b); });
        wait_for_waiting(b, 1);
        party([&] {
            try {
                b.arrive_and_wait_for(duration(1'000));
            } catch (const timeout_error&) {
                timed_out = true;
            }
            late = arrival_code(b);
        });
        party.join();
        BOOST_TEST(timed_out);
        BOOST_TEST((waiting == errc::barrier_broken));
        BOOST_TEST((late == errc::barrier_broken));
        BOOST_TEST(b.n_waiting() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_party_breaks_the_barrier) {
    run([] {
        barrier b(3);
        boost::system::error_code seen;
        auto cancelled_one = spawn([&] { b.arrive_and_wait(); });
        auto other = spawn([&] { seen = arrival_code(b); });
        wait_for_waiting(b, 2);
        cancelled_one.cancel();
        other.join();
        BOOST_TEST((seen == errc::barrier_broken));
        BOOST_TEST((test::code_of([&] { cancelled_one.join(); }) == errc::task_cancelled));
    });
}

BOOST_AUTO_TEST_CASE(a_phase_that_was_complete_before_the_cancellation_stays_complete) {
    run([] {
        barrier b(2);
        bool through = false;
        auto first = spawn([&] {
            b.arrive_and_wait();
            through = true;
        });
        wait_for_waiting(b, 1);
        b.arrive_and_wait();
        first.cancel();
        first.wait();
        BOOST_TEST(through);
        BOOST_TEST(!b.broken());
    });
}

BOOST_AUTO_TEST_CASE(abort_breaks_it_and_reset_makes_it_whole) {
    test::for_every_kind([](test::parties& party) {
        barrier b(2);
        boost::system::error_code aborted, reset;
        party([&] { aborted = arrival_code(b); });
        wait_for_waiting(b, 1);
        b.abort();
        party.join();
        BOOST_TEST((aborted == errc::barrier_broken));
        BOOST_TEST(b.broken());

        b.reset();
        BOOST_TEST(!b.broken());
        party([&] { reset = arrival_code(b); });
        wait_for_waiting(b, 1);
        b.reset();
        std::atomic<int> through{0};
        for (int i = 0; i < 2; ++i)
            party([&] {
                b.arrive_and_wait();
                ++through;
            });
        party.join();
        BOOST_TEST((reset == errc::barrier_broken));
        BOOST_TEST(through == 2);
    });
}

BOOST_AUTO_TEST_CASE(an_abort_while_the_action_runs_breaks_the_phase_for_all) {
    run([] {
        event aborted;
        bool acting = false;
        barrier b(2, [&] {
            acting = true;
            aborted.wait();
        });
        boost::system::error_code first, last;
        auto one = spawn([&] { first = arrival_code(b); });
        auto other = spawn([&] { last = arrival_code(b); });
        while (!acting)
            yield();
        b.abort();
        aborted.set();
        one.join();
        other.join();
        BOOST_TEST((first == errc::barrier_broken));
        BOOST_TEST((last == errc::barrier_broken));
    });
}

BOOST_AUTO_TEST_CASE(more_than_the_parties_share_it_phase_by_phase) {
    test::for_every_kind([](test::parties& party) {
        std::atomic<int> acting{0}, overlapping{0}, actions{0};
        barrier b(2, [&] {
            overlapping += ++acting > 1;
            yield();
            --acting;
            ++actions;
        });
        std::atomic<int> arrivals_left{300}; // an even number, so nobody is left alone
        for (int i = 0; i < 6; ++i)
            party([&] {
                while (arrivals_left-- > 0)
                    b.arrive_and_wait();
            });
        party.join();
        BOOST_TEST(overlapping == 0);
        BOOST_TEST(actions == 150);
    });
}

BOOST_AUTO_TEST_CASE(trying_completes_a_phase_and_never_begins_one) {
    test::for_every_kind([](test::parties& party) {
        barrier b(2);
        BOOST_TEST(!b.try_arrive_and_wait().has_value());
        BOOST_TEST(b.n_waiting() == 0u);
        std::size_t first = 7;
        party([&] { first = b.arrive_and_wait(); });
        wait_for_waiting(b, 1);
        auto last = b.try_arrive_and_wait();
        party.join();
        BOOST_TEST((last == 1u));
        BOOST_TEST(first == 0u);
    });
}

BOOST_AUTO_TEST_CASE(handlers_are_parties_like_the_others) {
    asio::io_context context;
    int actions = 0;
    barrier b(2, [&] { ++actions; });
    std::vector<std::size_t> places;
    for (int i = 0; i < 4; ++i)
        b.async_arrive_and_wait(asio::bind_executor(context, [&](boost::system::error_code ec, std::size_t place) {
            if (!ec) places.push_back(place);
        }));
    context.run();
    BOOST_TEST(actions == 2);
    BOOST_TEST(places.size() == 4u);
    BOOST_TEST(std::count(places.begin(), places.end(), 0u) == 2);
}

BOOST_AUTO_TEST_CASE(a_cancelled_handler_breaks_the_barrier) {
    asio::io_context context;
    barrier b(3);
    asio::cancellation_signal stop;
    std::vector<boost::system::error_code> seen(2);
    auto note = [&](std::size_t i) {
        return asio::bind_executor(context, [&, i](boost::system::error_code ec, std::size_t) { seen[i] = ec; });
    };
    b.async_arrive_and_wait(asio::bind_cancellation_slot(stop.slot(), note(0)));
    b.async_arrive_and_wait(note(1));
    stop.emit(asio::cancellation_type::total);
    context.run();
    BOOST_TEST((seen[0] == asio::error::operation_aborted));
    BOOST_TEST((seen[1] == errc::barrier_broken));
}

BOOST_AUTO_TEST_CASE(a_last_handler_whose_executor_goes_breaks_the_barrier) {
    barrier b(1, [] {});
    {
        asio::io_context context;
        b.async_arrive_and_wait(asio::bind_executor(context, [](boost::system::error_code, std::size_t) {}));
    }
    BOOST_TEST(b.broken());
}

BOOST_AUTO_TEST_CASE(a_barrier_for_nobody_is_refused) {
    BOOST_TEST((test::code_of([] { barrier b(0); }) == errc::invalid_argument));
    barrier b(2);
    BOOST_TEST((test::code_of([&] { b.arrive_and_wait_for(duration(-1)); }) == errc::invalid_argument));
    BOOST_TEST(!b.broken());
}

BOOST_AUTO_TEST_CASE(the_one_that_returns_last_may_destroy_the_barrier) {
    test::for_every_kind([](test::parties& party) {
        struct shared {
            barrier b{3};
            std::atomic<int> returned{0};
        };
        for (int round = 0; round < 200; ++round) {
            auto* s = new shared;
            for (int i = 0; i < 3; ++i)
                party([s] {
                    s->b.arrive_and_wait();
                    if (++s->returned == 3) delete s;
                });
            party.join();
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
