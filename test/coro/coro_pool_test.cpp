// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/interleavings.hpp"
#include "support/parties.hpp"
#include "support/unhandled.hpp"

#include <plait/coro/coro_pool.hpp>
#include <plait/coro/run.hpp>
#include <plait/runtime/async.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/future.hpp>
#include <plait/runtime/gather.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;
using test::require;

namespace {

// How many are inside at a time.
class crowd {
public:
    void pass_through() {
        most_ = std::max(most_, ++inside_);
        sleep_for(1s);
        --inside_;
    }
    [[nodiscard]] int most() const { return most_; }

private:
    int inside_ = 0, most_ = 0;
};

void sleep_for_ever() { sleep_for(1000h); }

} // namespace

BOOST_AUTO_TEST_SUITE(coro_pool_suite)

BOOST_AUTO_TEST_CASE(no_more_run_at_a_time_than_there_are_places_and_spawn_waits_for_one) {
    test::in_every_order([] {
        crowd c;
        coro_pool pool(5);
        for (int i = 0; i < 22; ++i) {
            pool.spawn([&] { c.pass_through(); });
            require(pool.running() <= 5, "more places are taken than there are");
        }
        pool.join();
        require(c.most() == 5, "not five at a time");
        require(pool.running() == 0, "a place was lost");
        require(loop::current()->now() == time_point(5s), "the places were not used");
    });
}

BOOST_AUTO_TEST_CASE(the_value_or_the_exception_is_read_from_the_handle) {
    run([] {
        coro_pool pool(2);
        auto value = pool.spawn([] { return std::make_unique<int>(7); }, {.name = "seven"});
        auto failure = pool.spawn([] { throw std::out_of_range("no"); });
        BOOST_TEST(value.name() == "seven");
        BOOST_TEST(**&value.join() == 7);
        BOOST_CHECK_THROW(failure.join(), std::out_of_range);
        BOOST_TEST(*pool.spawn([] { return std::make_unique<int>(8); }).join() == 8); // the others are none the worse
    });
}

BOOST_AUTO_TEST_CASE(an_exception_that_nobody_can_read_any_more_is_reported) {
    test::unhandled_exceptions reported;
    run([] {
        coro_pool pool(1);
        pool.spawn([] { throw std::runtime_error("lost"); }, {.name = "loser"});
        pool.join();
    });
    BOOST_REQUIRE(reported.seen().size() == 1u);
    BOOST_TEST(reported.seen().front() == "loser: lost");
}

BOOST_AUTO_TEST_CASE(spawn_with_a_deadline_gives_up_and_starts_nothing) {
    virtual_clock clock;
    run(
        [] {
            bool called = false;
            coro_pool pool(1);
            pool.spawn([] { sleep_for(2s); });
            BOOST_CHECK_THROW(pool.spawn_for(1s, [&] { called = true; }), timeout_error);
            BOOST_CHECK_THROW(pool.spawn_until(time_point(1500ms), [&] { called = true; }), timeout_error);
            BOOST_TEST(!called);
            pool.spawn_for(1s, [&] { called = true; }).join();
            BOOST_TEST(called);
        },
        {.clock = &clock});
}

BOOST_AUTO_TEST_CASE(try_spawn_does_not_wait) {
    run([] {
        coro_pool pool(1);
        auto held = std::make_unique<int>(7);
        auto first = pool.try_spawn([] { yield(); });
        BOOST_TEST(first.valid());
        auto f = [held = std::move(held)] { return *held; };
        auto refused = pool.try_spawn(std::move(f));
        BOOST_TEST(!refused.valid());
        first.join();
        BOOST_TEST(pool.try_spawn(std::move(f)).join() == 7); // was not moved from
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_spawn_has_started_nothing_and_its_place_goes_to_the_next) {
    test::in_every_order([] {
        bool impatient = false, patient = false;
        coro_pool pool(1);
        event go;
        pool.spawn([&] { go.wait(); });
        auto first = spawn([&] { pool.spawn([&] { impatient = true; }); });
        auto second = spawn([&] { pool.spawn([&] { patient = true; }); });
        sleep_for(1s);
        first.cancel();
        go.set();
        first.wait();
        second.join();
        pool.join();
        require(!impatient && patient, "not the patient one alone");
    });
}

BOOST_AUTO_TEST_CASE(async_spawn_calls_its_handler_with_the_handle_once_there_is_a_place) {
    run([] {
        coro_pool pool(1);
        event go;
        pool.spawn([&] { go.wait(); });
        promise<int> seen;
        pool.async_spawn(
            [] { return 7; },
            [&](boost::system::error_code ec, scoped_task<int> started) {
                spawn([&seen, ec, t = std::move(started)]() mutable { seen.set_value(ec ? -1 : t.join()); }).detach();
            },
            {.name = "async"});
        yield();
        BOOST_TEST(pool.running() == 1u);
        go.set();
        BOOST_TEST(seen.get_future().get() == 7);
    });
}

BOOST_AUTO_TEST_CASE(async_spawn_can_be_cancelled) {
    run([] {
        bool called = false;
        coro_pool pool(1);
        event go;
        pool.spawn([&] { go.wait(); });
        boost::asio::cancellation_signal stop;
        promise<boost::system::error_code> seen;
        pool.async_spawn(
            [&] { called = true; },
            boost::asio::bind_cancellation_slot(
                stop.slot(), [&](boost::system::error_code ec, const scoped_task<void>&) { seen.set_value(ec); }));
        stop.emit(boost::asio::cancellation_type::all);
        BOOST_TEST((seen.get_future().get() == boost::asio::error::operation_aborted));
        go.set();
        pool.join();
        BOOST_TEST(!called);
        BOOST_TEST(pool.running() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(map_returns_the_results_in_the_order_of_the_items) {
    test::in_every_order([] {
        crowd c;
        coro_pool pool(3);
        auto squares = pool.map(
            [&](int n) {
                c.pass_through();
                return n * n;
            },
            std::vector{1, 2, 3, 4, 5, 6, 7});
        require((squares == std::vector{1, 4, 9, 16, 25, 36, 49}), "wrong results, or order");
        require(c.most() == 3, "not three at a time");
    });
    run([] {
        coro_pool pool(3);
        BOOST_TEST(pool.map([](int n) { return n > 1; }, std::vector<int>()).empty());
        int sum = 0;
        pool.map([&](int n) { sum += n; }, std::vector{1, 2, 3});
        BOOST_TEST(sum == 6);
    });
}

BOOST_AUTO_TEST_CASE(a_failure_in_map_cancels_its_other_calls_and_takes_no_more_items) {
    test::in_every_order([] {
        coro_pool pool(2);
        auto other = pool.spawn([] { sleep_for(5s); });
        int called = 0;
        bool threw = false;
        try {
            pool.map(
                [&](int n) {
                    ++called;
                    sleep_for(1s);
                    if (n == 3) throw std::runtime_error("three");
                },
                std::vector{1, 2, 3, 4, 5, 6, 7});
        } catch (const std::runtime_error&) {
            threw = true;
        }
        require(threw && called == 3, "the failure did not end the map");
        other.join(); // who is no part of the map
        pool.spawn([] {}).join();
    });
}

BOOST_AUTO_TEST_CASE(an_exception_of_the_range_ends_map) {
    run([] {
        coro_pool pool(5);
        auto throwing = std::views::iota(0, 10) | std::views::transform([](int n) {
                            if (n == 3) throw std::range_error("three");
                            return n;
                        });
        BOOST_CHECK_THROW(pool.map([](int) { sleep_for_ever(); }, throwing), std::range_error);
        BOOST_TEST(pool.running() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(handles_can_be_read_as_they_are_done) {
    virtual_clock clock;
    run(
        [] {
            coro_pool pool(3);
            std::vector<scoped_task<int>> tasks;
            for (int n : {3, 1, 2})
                tasks.push_back(pool.spawn([n] {
                    sleep_for(n * 1s);
                    return n;
                }));
            std::string order;
            for (auto& t : as_completed(tasks))
                order += std::to_string(t.join());
            BOOST_TEST(order == "123");
        },
        {.clock = &clock});
}

BOOST_AUTO_TEST_CASE(cancel_ends_what_runs_and_the_pool_can_be_used_on) {
    run([] {
        coro_pool pool(3);
        auto first = pool.spawn(sleep_for_ever);
        auto second = pool.spawn(sleep_for_ever);
        yield();
        pool.cancel();
        pool.join();
        BOOST_TEST((test::code_of([&] { first.join(); }) == errc::task_cancelled));
        BOOST_TEST((test::code_of([&] { second.join(); }) == errc::task_cancelled));
        BOOST_TEST(pool.spawn([] { return 7; }).join() == 7);
    });
}

BOOST_AUTO_TEST_CASE(a_timed_join_gives_up_and_what_runs_goes_on) {
    virtual_clock clock;
    run(
        [] {
            coro_pool pool(1);
            BOOST_TEST(pool.join_for(0s));
            pool.spawn([] { sleep_for(2s); });
            BOOST_TEST(!pool.join_for(1s));
            BOOST_TEST(pool.join_until(time_point(3s)));
        },
        {.clock = &clock});
}

BOOST_AUTO_TEST_CASE(a_pool_that_goes_cancels_and_waits) {
    run([] {
        int ended = 0;
        {
            coro_pool pool(2);
            for (int i = 0; i < 2; ++i)
                pool.spawn([&] {
                    try {
                        sleep_for_ever();
                    } catch (const cancelled&) {
                        shield cleaning_up;
                        yield();
                        ++ended;
                        throw;
                    }
                });
            yield();
        }
        BOOST_TEST(ended == 2);
    });
}

BOOST_AUTO_TEST_CASE(on_several_loops_coroutines_are_spread_in_turn) {
    run(
        [] {
            coro_pool pool(7, loops());
            std::vector<std::atomic<int>> on(2);
            std::atomic<int> inside{0}, most{0};
            auto count = [&] {
                on[loop::current() == loops()[1]]++;
                int now = ++inside;
                int before = most;
                while (before < now && !most.compare_exchange_weak(before, now)) {
                }
                yield();
                --inside;
            };
            for (int i = 0; i < 1000; ++i)
                pool.spawn(count);
            pool.join();
            BOOST_TEST(on[0] == 500);
            BOOST_TEST(on[1] == 500);
            BOOST_TEST(most <= 7);
            auto squares = pool.map([](int n) { return n * n; }, std::views::iota(0, 1000));
            BOOST_TEST(squares.size() == 1000u);
            BOOST_TEST(squares.back() == 999 * 999);
        },
        {.loops = 2});
}

BOOST_AUTO_TEST_CASE(parties_of_any_kind_share_a_pool) {
    test::for_every_kind([](test::parties& party) {
        coro_pool pool(3, loops());
        std::atomic<int> inside{0}, called{0};
        std::atomic<bool> too_many{false};
        for (int p = 0; p < 4; ++p)
            party([&] {
                for (int i = 0; i < 50; ++i)
                    pool.spawn([&] {
                        if (++inside > 3) too_many = true;
                        yield();
                        --inside;
                        ++called;
                    });
            });
        party.join();
        pool.join();
        BOOST_TEST(called == 200);
        BOOST_TEST(!too_many);
    });
}

BOOST_AUTO_TEST_CASE(a_pool_without_a_place_is_refused) {
    BOOST_CHECK_EXCEPTION(coro_pool(0), error, [](const error& e) { return e.code() == errc::invalid_argument; });
}

BOOST_AUTO_TEST_SUITE_END()
