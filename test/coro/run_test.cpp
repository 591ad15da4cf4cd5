// Copyright 2026 the plait authors. Boost Software License 1.0
#include "coro/src/scheduler.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <pthread.h>

using namespace plait;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(run_suite)

BOOST_AUTO_TEST_CASE(run_returns_what_the_first_coroutine_returns) {
    BOOST_TEST(run([] { return 3; }) == 3);
    BOOST_TEST(run([] {}) == 0);
}

BOOST_AUTO_TEST_CASE(run_throws_what_the_first_coroutine_throws) {
    BOOST_CHECK_THROW(run([] { throw std::logic_error("first"); }), std::logic_error);
}

BOOST_AUTO_TEST_CASE(coroutines_that_are_left_are_cancelled_and_waited_for) {
    std::atomic<int> ended{0};
    run(
        [&] {
            for (int i = 0; i < 20; ++i)
                spawn(
                    [&] {
                        struct counts_at_end {
                            std::atomic<int>& n;
                            ~counts_at_end() { ++n; }
                        } guard{ended};
                        sleep_for(1h);
                    },
                    {.on = loops()[static_cast<std::size_t>(i) % 2]})
                    .detach();
            // The ones on the other loop begin in their own time; a cancelled coroutine that has not begun never does.
            while (ended.load() == 0 && loop::current() != loops()[0])
                yield();
            yield();
        },
        {.loops = 2});
    BOOST_TEST(ended >= 10);
}

BOOST_AUTO_TEST_CASE(a_coroutine_may_spawn_while_it_is_being_cancelled) {
    bool cleaned_up = false;
    run([&] {
        spawn([&] {
            try {
                sleep_for(1h);
            } catch (const cancelled&) {
                spawn([] { yield(); }).detach();
                cleaned_up = true;
                throw;
            }
        }).detach();
        yield();
    });
    BOOST_TEST(cleaned_up);
}

BOOST_AUTO_TEST_CASE(loops_names_the_loops_of_the_run) {
    BOOST_TEST(loops().empty());
    run(
        [] {
            BOOST_TEST(loops().size() == 3u);
            for (loop* l : loops())
                BOOST_TEST((spawn([] { return loop::current(); }, {.on = l}).join() == l));
        },
        {.loops = 3});
    BOOST_TEST(loops().empty());
}

BOOST_AUTO_TEST_CASE(zero_loops_are_refused) {
    BOOST_CHECK_THROW(run([] {}, {.loops = 0}), error);
}

BOOST_AUTO_TEST_CASE(a_run_inside_a_run_is_refused) {
    run([] { BOOST_CHECK_THROW(run([] {}), error); });
}

BOOST_AUTO_TEST_CASE(loops_whose_last_coroutines_end_at_the_same_moment_both_stop) {
    for (int round = 0; round < 300; ++round)
        run(
            [] {
                for (loop* l : loops())
                    spawn([] { sleep_for(1h); }, {.on = l}).detach();
            },
            {.loops = 2});
}

BOOST_AUTO_TEST_CASE(what_a_handler_throws_ends_the_run_and_is_thrown_by_it) {
    for (unsigned thrower : {0u, 1u}) {
        bool cancelled_main = false;
        BOOST_CHECK_THROW(
            run(
                [&] {
                    boost::asio::post(loops()[thrower]->context(), [] { throw std::logic_error("handler"); });
                    try {
                        sleep_for(1h);
                    } catch (const cancelled&) {
                        cancelled_main = true;
                        throw;
                    }
                },
                {.loops = 2}),
            std::logic_error);
        BOOST_TEST(cancelled_main);
    }
}

BOOST_AUTO_TEST_CASE(a_run_beside_a_run_is_refused) {
    run([] {
        boost::system::error_code code;
        event over;
        std::jthread other([&] {
            try {
                run([] {});
            } catch (const error& e) {
                code = e.code();
            }
            over.set();
        });
        over.wait();
        BOOST_TEST((code == errc::invalid_argument));
    });
}

BOOST_AUTO_TEST_CASE(the_threads_of_the_loops_have_names) {
    char before[16] = {}, first[16] = {}, second[16] = {};
    pthread_getname_np(pthread_self(), before, sizeof before);
    run(
        [&] {
            pthread_getname_np(pthread_self(), first, sizeof first);
            spawn([&] { pthread_getname_np(pthread_self(), second, sizeof second); }, {.on = loops()[1]}).join();
            BOOST_TEST(loops()[1]->name() == "loop 1");
        },
        {.loops = 2});
    BOOST_TEST(std::string(first) == before); // it is the caller's
    BOOST_TEST(std::string(second) == "plait-loop-1");
}

BOOST_AUTO_TEST_CASE(a_shutdown_that_takes_too_long_names_who_is_still_alive_and_waits_on) {
    std::vector<coroutine_info> alive;
    event reported;
    bool ended = false;
    run(
        [&] {
            spawn(
                [&] {
                    shield from_cancellation;
                    reported.wait();
                    ended = true;
                },
                {.name = "stays"})
                .detach();
            yield();
        },
        {.shutdown_timeout = 1ms, .on_shutdown_timeout = [&](const std::vector<coroutine_info>& who) {
             alive = who;
             reported.set();
         }});
    BOOST_TEST(ended);
    auto stays = std::find_if(alive.begin(), alive.end(), [](auto& info) { return info.name == "stays"; });
    BOOST_REQUIRE((stays != alive.end())); // "main" may be there too: it begins the shutdown, and then it ends
    BOOST_TEST((stays->state == coroutine_info::activity::waiting));
    BOOST_TEST(std::string(stays->waits_for) == "event.wait");
}

BOOST_AUTO_TEST_CASE(a_shutdown_that_takes_too_long_is_reported_though_a_loop_is_held) {
    std::atomic<bool> begun{false}, reported{false};
    std::vector<coroutine_info> alive;
    run(
        [&] {
            spawn(
                [&] {
                    begun = true;
                    while (!reported)
                        std::this_thread::yield(); // the thread, not the coroutine
                },
                {.name = "hog", .on = loops()[1]})
                .detach();
            while (!begun)
                yield();
        },
        {.loops = 2, .shutdown_timeout = 0ms, .on_shutdown_timeout = [&](const std::vector<coroutine_info>& who) {
             alive = who;
             reported = true;
         }});
    auto hog = std::find_if(alive.begin(), alive.end(), [](auto& info) { return info.name == "hog"; });
    BOOST_REQUIRE((hog != alive.end()));
    BOOST_TEST((hog->state == coroutine_info::activity::running));
}

BOOST_AUTO_TEST_CASE(a_shutdown_in_time_is_not_reported) {
    bool reported = false;
    run(
        [] {
            spawn([] { sleep_for(1h); }).detach();
            yield();
        },
        {.shutdown_timeout = 1h, .on_shutdown_timeout = [&](const auto&) { reported = true; }});
    BOOST_TEST(!reported);
}

BOOST_AUTO_TEST_CASE(a_negative_shutdown_timeout_is_refused) {
    BOOST_CHECK_EXCEPTION(run([] {}, {.shutdown_timeout = -1ms}), error, [](const error& e) {
        return e.code() == errc::invalid_argument;
    });
}

// A run ends when as many coroutines have ended as were spawned. The scheduler of the second loop most likely lies where that
// of the first one lay, which the thread has run.
BOOST_AUTO_TEST_CASE(spawns_by_a_thread_whose_own_loop_is_gone_are_all_counted) {
    constexpr std::uint64_t rounds = 30, each = 900;
    std::uint64_t spawned = 0;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        auto first = std::make_unique<loop>();
        std::unique_ptr<loop> second;
        spawn([] {}, {.on = first.get()}).detach();
        std::latch first_has_run(1), second_is_there(1), both_spawn(2);
        std::jthread thread([&] {
            static_cast<void>(first->run_to_standstill());
            first_has_run.count_down();
            second_is_there.wait();
            both_spawn.arrive_and_wait();
            for (std::uint64_t i = 0; i < each; ++i)
                spawn([] {}, {.on = second.get()}).detach();
        });
        first_has_run.wait();
        first.reset();
        second = std::make_unique<loop>();
        spawn(
            [&] {
                both_spawn.arrive_and_wait();
                for (std::uint64_t i = 1; i < each; ++i) {
                    spawn([] {}).detach();
                    yield();
                }
            },
            {.on = second.get()})
            .detach();
        second_is_there.count_down();
        static_cast<void>(second->run_to_standstill());
        thread.join();
        static_cast<void>(second->run_to_standstill());
        spawned += detail::coroutine_scheduler::of(*second).spawned();
    }
    BOOST_TEST(spawned == rounds * 2 * each);
}

BOOST_AUTO_TEST_SUITE_END()
