// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/await.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/queue.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using namespace plait;
namespace asio = boost::asio;

BOOST_AUTO_TEST_SUITE(loop_suite)

BOOST_AUTO_TEST_CASE(a_program_s_own_io_context_drives_coroutines) {
    asio::io_context context;
    loop guest(context);
    std::vector<int> order;
    auto t = spawn(
        [&] {
            order.push_back(1);
            yield();
            order.push_back(3);
        },
        {.on = &guest});
    asio::post(context, [&] { order.push_back(2); });
    context.run();
    BOOST_TEST(t.is_done());
    BOOST_TEST(order.size() == 3u);
    BOOST_TEST(order.front() == 1);
}

BOOST_AUTO_TEST_CASE(a_second_thread_on_one_loop_is_detected) {
    asio::io_context context;
    loop guest(context);
    auto first = spawn([] {}, {.on = &guest});
    context.run();
    auto second = spawn([] {}, {.on = &guest});
    boost::system::error_code code;
    std::thread([&] {
        context.restart();
        try {
            context.run();
        } catch (const error& e) {
            code = e.code();
        }
    }).join();
    BOOST_TEST((code == errc::two_threads_on_one_loop));
    // The loop's own thread goes on with what the other one may not run.
    auto third = spawn([] {}, {.on = &guest});
    context.restart();
    context.run();
    BOOST_TEST(second.is_done());
    BOOST_TEST(third.is_done());
}

BOOST_AUTO_TEST_CASE(a_busy_coroutine_that_yields_lets_the_io_have_its_turn) {
    run([] {
        bool handler_ran = false;
        asio::post(loop::current()->context(), [&] { handler_ran = true; });
        long yields = 0;
        while (!handler_ran) {
            yield();
            BOOST_REQUIRE(++yields < 1'000'000);
        }
    });
}

BOOST_AUTO_TEST_CASE(other_threads_hand_over_work_without_losing_any) {
    loop l;
    constexpr int per_thread = 5'000;
    std::atomic<int> ran{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < per_thread; ++n)
                spawn(
                    [&] {
                        if (ran.fetch_add(1) + 1 == 3 * per_thread) l.stop();
                    },
                    {.stack_bytes = 16 * 1024, .on = &l})
                    .detach();
        });
    l.run();
    BOOST_TEST(ran == 3 * per_thread);
}

BOOST_AUTO_TEST_CASE(a_stop_before_the_run_is_not_lost) {
    loop l;
    l.stop();
    l.run();
    BOOST_TEST(loop::current() == nullptr);
}

BOOST_AUTO_TEST_CASE(one_thread_may_run_several_loops_in_turn) {
    asio::io_context first_context, second_context;
    loop first(first_context);
    auto second = std::make_unique<loop>(second_context);
    std::vector<int> order;
    auto yields = [&](int name) {
        return [&order, name] {
            order.push_back(name);
            yield();
            order.push_back(-name);
        };
    };
    auto once = [&](loop& l, asio::io_context& context, int name) {
        auto t = spawn(yields(name), {.on = &l});
        context.restart();
        context.run();
        BOOST_TEST(t.is_done());
    };
    once(first, first_context, 1);
    once(*second, second_context, 2);
    once(first, first_context, 3);
    second.reset();
    once(first, first_context, 4);
    BOOST_TEST(order == (std::vector{1, -1, 2, -2, 3, -3, 4, -4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_thread_that_ran_a_loop_is_a_plain_thread_again) {
    auto l = std::make_unique<loop>();
    event ran, gone;
    bool waited = false;
    std::jthread runner([&] {
        l->stop();
        l->run();
        ran.set();
        gone.wait();
        waited = loop::current() == nullptr;
    });
    ran.wait();
    l.reset(); // on another thread than the one that ran it
    gone.set();
    runner.join();
    BOOST_TEST(waited);
}

BOOST_AUTO_TEST_CASE(a_loop_may_go_as_soon_as_its_last_coroutine_was_woken_from_outside) {
    for (int round = 0; round < 300; ++round) {
        queue<int> q;
        std::jthread putter;
        int got = 0;
        run([&] {
            bool over = false;
            auto busy = spawn([&] { // keeps the loop awake, so that nobody has to ring
                while (!over)
                    yield();
            });
            putter = std::jthread([&] { q.put(1); });
            got = q.get();
            over = true;
        });
        BOOST_REQUIRE(got == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_loop_may_go_while_a_coroutine_of_its_awaits_something) {
    loop l;
    spawn(
        [&] {
            l.stop();
            asio::post(l.context(), await); // behind the stop
        },
        {.on = &l})
        .detach();
    l.run();
}

BOOST_AUTO_TEST_CASE(a_handler_that_comes_after_its_loop_went_wakes_nobody) {
    asio::io_context context;
    auto guest = std::make_unique<loop>(context);
    bool went_on = false;
    spawn(
        [&] {
            asio::post(context, await);
            asio::post(context, await);
            went_on = true;
        },
        {.on = guest.get()})
        .detach();
    context.run_one();
    guest.reset();
    context.run();
    BOOST_TEST(!went_on);
}

BOOST_AUTO_TEST_SUITE_END()
