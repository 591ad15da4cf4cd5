// Copyright 2026 the plait authors. Boost Software License 1.0
//
// plait and the coroutines of Asio: each waits for the other.
#include <plait/coro/async_spawn.hpp>
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/async.hpp>
#include <plait/runtime/await.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/offload.hpp>
#include <plait/runtime/queue.hpp>
#include <plait/runtime/timeout.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using boost::asio::use_awaitable;

namespace {

asio::io_context& here() { return loop::current()->context(); }

asio::awaitable<void> sleeps_long(event& begun) {
    asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
    begun.set();
    co_await timer.async_wait(use_awaitable);
}

} // namespace

BOOST_AUTO_TEST_SUITE(interoperation_suite)

BOOST_AUTO_TEST_CASE(an_awaitable_gets_items_of_a_queue_and_the_result_of_a_task) {
    run([] {
        queue<int> items(1);
        auto producer = spawn([&] {
            for (int i = 1; i <= 3; ++i)
                items.put(i);
            return std::string("done");
        });
        event over;
        std::vector<int> got;
        std::string end;
        asio::co_spawn(
            here(),
            [&]() -> asio::awaitable<void> {
                for (int i = 0; i < 3; ++i)
                    got.push_back(co_await items.async_get(use_awaitable));
                end = co_await producer.async_join(use_awaitable);
                over.set();
            },
            asio::detached);
        over.wait();
        BOOST_TEST(got == (std::vector{1, 2, 3}), boost::test_tools::per_element());
        BOOST_TEST(end == "done");
    });
}

BOOST_AUTO_TEST_CASE(an_awaitable_catches_what_a_task_has_thrown) {
    run([] {
        auto fails = spawn([]() -> int { throw std::out_of_range("no"); });
        bool caught = asio::co_spawn(
            here(),
            [&]() -> asio::awaitable<bool> {
                try {
                    co_await fails.async_join(use_awaitable);
                } catch (const std::out_of_range&) {
                    co_return true;
                }
                co_return false;
            },
            await);
        BOOST_TEST(caught);
    });
}

BOOST_AUTO_TEST_CASE(a_coroutine_runs_an_awaitable_on_its_loop_and_gets_its_result) {
    run([] {
        auto f = [](int n) -> asio::awaitable<std::string> {
            asio::steady_timer timer(co_await asio::this_coro::executor, 1us);
            co_await timer.async_wait(use_awaitable);
            co_return std::to_string(n);
        };
        bool others_ran = false;
        auto other = spawn([&] { others_ran = true; });
        BOOST_TEST(asio::co_spawn(here(), f(7), await) == "7");
        BOOST_TEST(others_ran);
    });
}

BOOST_AUTO_TEST_CASE(an_exception_that_leaves_an_awaitable_reaches_the_coroutine_that_runs_it) {
    run([] {
        auto f = []() -> asio::awaitable<void> {
            co_await asio::this_coro::executor;
            throw std::out_of_range("no");
        };
        BOOST_CHECK_THROW(asio::co_spawn(here(), f(), await), std::out_of_range);
    });
}

BOOST_AUTO_TEST_CASE(cancelling_a_coroutine_cancels_the_awaitable_that_it_runs) {
    run([] {
        event begun;
        bool was_cancelled = false;
        auto t = spawn([&] {
            try {
                asio::co_spawn(here(), sleeps_long(begun), await);
            } catch (const cancelled&) {
                was_cancelled = true;
                throw;
            }
        });
        begun.wait();
        t.cancel();
        t.wait();
        BOOST_TEST(was_cancelled);
        BOOST_TEST(t.is_cancelled());
    });
}

BOOST_AUTO_TEST_CASE(a_timeout_ends_the_awaitable_that_runs_inside_it) {
    run([] {
        event begun;
        BOOST_CHECK_THROW(timeout(1us, [&] { asio::co_spawn(here(), sleeps_long(begun), await); }), timeout_error);
    });
}

BOOST_AUTO_TEST_CASE(a_result_that_an_awaitable_returns_although_it_was_cancelled_is_not_lost) {
    run([] {
        event begun;
        int got = 0;
        auto t = spawn([&] {
            got = asio::co_spawn(
                here(),
                [&]() -> asio::awaitable<int> {
                    try {
                        co_await sleeps_long(begun);
                    } catch (const boost::system::system_error&) {
                    }
                    co_return 5;
                },
                await);
            yield();
        });
        begun.wait();
        t.cancel();
        t.wait();
        BOOST_TEST(got == 5);
        BOOST_TEST(t.is_cancelled()); // the next wait has thrown
    });
}

BOOST_AUTO_TEST_CASE(cancelling_an_awaitable_cancels_the_coroutine_that_it_has_spawned) {
    run([] {
        event begun;
        bool was_cancelled = false;
        auto t = spawn([&] {
            asio::co_spawn(
                here(),
                [&]() -> asio::awaitable<void> {
                    co_await async_spawn(
                        [&] {
                            begun.set();
                            try {
                                sleep_for(1h);
                            } catch (const cancelled&) {
                                was_cancelled = true;
                                throw;
                            }
                        },
                        use_awaitable);
                },
                await);
        });
        begun.wait();
        t.cancel();
        t.wait();
        BOOST_TEST(was_cancelled);
    });
}

BOOST_AUTO_TEST_CASE(an_awaitable_that_is_cancelled_already_begins_neither_a_coroutine_nor_a_call) {
    run([] {
        event begun;
        std::atomic<bool> ran{false};
        auto t = spawn([&] {
            asio::co_spawn(
                here(),
                [&]() -> asio::awaitable<void> {
                    try {
                        co_await sleeps_long(begun);
                    } catch (const boost::system::system_error&) {
                    }
                    auto call = async_offload([&] { ran = true; }, use_awaitable);
                    auto child = async_spawn([&] { ran = true; }, use_awaitable);
                    try {
                        co_await std::move(call);
                    } catch (const boost::system::system_error&) {
                    }
                    co_await std::move(child);
                },
                await);
        });
        begun.wait();
        t.cancel();
        t.wait();
        yield();
        BOOST_TEST(t.is_cancelled());
        BOOST_TEST(!ran);
    });
}

BOOST_AUTO_TEST_CASE(of_two_things_that_an_awaitable_waits_for_the_slower_one_takes_nothing) {
    using namespace asio::experimental::awaitable_operators;
    run([] {
        queue<int> quick(1), slow(1);
        quick.put(1);
        auto which = asio::co_spawn(
            here(),
            [&]() -> asio::awaitable<std::size_t> {
                auto got = co_await (slow.async_get(use_awaitable) || quick.async_get(use_awaitable));
                co_return got.index();
            },
            await);
        BOOST_TEST(which == 1u);
        slow.put(2);
        BOOST_TEST(slow.get() == 2);
    });
}

BOOST_AUTO_TEST_CASE(an_awaitable_on_a_pool_of_asio_s_and_a_coroutine_talk_through_queues) {
    asio::thread_pool pool(2);
    run([&] {
        queue<int> questions(2), answers(2);
        asio::co_spawn(
            pool,
            [&]() -> asio::awaitable<void> {
                try {
                    for (;;)
                        co_await answers.async_put(2 * co_await questions.async_get(use_awaitable), use_awaitable);
                } catch (const boost::system::system_error&) { // closed
                }
                answers.close();
            },
            asio::detached);
        for (int i = 0; i < 100; ++i) {
            questions.put(i);
            BOOST_TEST(answers.get() == 2 * i);
        }
        questions.close();
        BOOST_CHECK_THROW(static_cast<void>(answers.get()), queue_closed);
        pool.join();
    });
}

BOOST_AUTO_TEST_CASE(a_plain_thread_runs_an_awaitable_on_a_context_that_another_one_drives) {
    asio::io_context context;
    auto work = asio::make_work_guard(context);
    std::jthread driver([&] { context.run(); });
    auto f = []() -> asio::awaitable<int> { co_return 3; };
    BOOST_TEST(asio::co_spawn(context, f(), await) == 3);
    work.reset();
}

BOOST_AUTO_TEST_SUITE_END()
