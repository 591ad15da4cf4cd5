// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/error.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <stdexcept>
#include <vector>

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

BOOST_AUTO_TEST_SUITE_END()
