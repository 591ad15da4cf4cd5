// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The faces of pools, task groups and offload() that complete with a token.

#include "support/code_in.hpp"

#include <plait/coro/run.hpp>
#include <plait/runtime/async.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/offload.hpp>
#include <plait/runtime/task_group.hpp>
#include <plait/runtime/thread_pool.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

using namespace plait;
namespace asio = boost::asio;
using boost::system::error_code;
using test::code_in;

namespace {

/// What a handler of `context` was called with.
struct outcome {
    std::optional<std::exception_ptr> of_handler;

    auto handler(asio::io_context& context) {
        return asio::bind_executor(context, [this](std::exception_ptr e) { of_handler = std::move(e); });
    }
    [[nodiscard]] bool is_there() const { return of_handler.has_value(); }
    [[nodiscard]] error_code code() const { return code_in(*of_handler); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(pool_async_suite)

BOOST_AUTO_TEST_CASE(a_handler_is_called_when_everything_of_a_group_has_ended) {
    asio::io_context context;
    thread_pool pool({.threads = 2});
    task_group group(pool);
    event go;
    std::atomic<int> calls{0};
    for (int i = 0; i < 10; ++i)
        group.run([&] {
            go.wait();
            ++calls;
        });
    outcome end;
    group.async_wait(end.handler(context));
    context.poll();
    BOOST_TEST(!end.is_there());
    go.set();
    context.run();
    BOOST_REQUIRE(end.is_there());
    BOOST_TEST(end.code() == error_code());
    BOOST_TEST(calls == 10);
}

BOOST_AUTO_TEST_CASE(a_handler_of_a_group_gets_its_first_failure) {
    asio::io_context context;
    thread_pool pool({.threads = 1});
    task_group group(pool);
    group.run([] { throw std::out_of_range("x"); });
    outcome end;
    group.async_wait(end.handler(context));
    context.run();
    BOOST_REQUIRE(end.is_there());
    BOOST_CHECK_THROW(std::rethrow_exception(*end.of_handler), std::out_of_range);
    BOOST_CHECK_NO_THROW(group.wait()); // it can be used again
}

BOOST_AUTO_TEST_CASE(cancelling_the_wait_for_a_group_cancels_it_and_waits_for_what_has_begun) {
    asio::io_context context;
    thread_pool pool({.threads = 1});
    task_group group(pool);
    event begun, go;
    bool second_was_called = false;
    group.run([&] {
        begun.set();
        go.wait();
    });
    group.run([&] { second_was_called = true; });
    begun.wait();
    asio::cancellation_signal stop;
    outcome end;
    group.async_wait(asio::bind_cancellation_slot(stop.slot(), end.handler(context)));
    stop.emit(asio::cancellation_type::total);
    context.poll();
    BOOST_TEST(!end.is_there());
    go.set();
    context.run();
    BOOST_REQUIRE(end.is_there());
    BOOST_TEST(end.code() == asio::error::operation_aborted);
    BOOST_TEST(!second_was_called);
}

BOOST_AUTO_TEST_CASE(cancelling_the_wait_for_a_group_that_has_ended_changes_nothing) {
    asio::io_context context;
    thread_pool pool({.threads = 1});
    task_group group(pool);
    asio::cancellation_signal stop;
    outcome end;
    group.async_wait(asio::bind_cancellation_slot(stop.slot(), end.handler(context)));
    stop.emit(asio::cancellation_type::total);
    context.run();
    BOOST_TEST(end.code() == error_code());
    BOOST_TEST(!group.is_cancelled());
}

BOOST_AUTO_TEST_CASE(an_asio_coroutine_offloads_a_call_and_gets_its_result) {
    asio::io_context context;
    std::unique_ptr<int> got;
    bool elsewhere = false, caught = false;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            auto here = std::this_thread::get_id();
            got = co_await async_offload(
                [&] {
                    elsewhere = here != std::this_thread::get_id();
                    return std::make_unique<int>(3);
                },
                asio::use_awaitable);
            try {
                co_await async_offload([] { throw std::out_of_range("x"); }, asio::use_awaitable);
            } catch (const std::out_of_range&) {
                caught = true;
            }
        },
        asio::detached);
    context.run();
    BOOST_TEST(elsewhere);
    BOOST_TEST(caught);
    BOOST_REQUIRE(got != nullptr);
    BOOST_TEST(*got == 3);
}

BOOST_AUTO_TEST_CASE(cancelling_an_offloaded_call_that_runs_reaches_its_next_wait_and_waits_for_its_end) {
    asio::io_context context;
    thread_pool pool({.threads = 1});
    event begun, never;
    bool was_interrupted = false;
    asio::cancellation_signal stop;
    outcome end;
    async_offload(
        pool,
        [&] {
            begun.set();
            try {
                never.wait();
            } catch (const cancelled&) {
                was_interrupted = true;
                throw;
            }
        },
        asio::bind_cancellation_slot(stop.slot(), end.handler(context)));
    begun.wait();
    stop.emit(asio::cancellation_type::total);
    context.run();
    BOOST_REQUIRE(end.is_there());
    BOOST_TEST(end.code() == asio::error::operation_aborted);
    BOOST_TEST(was_interrupted);
}

BOOST_AUTO_TEST_CASE(an_offloaded_call_that_has_not_begun_when_it_is_cancelled_is_not_called) {
    asio::io_context context;
    thread_pool pool({.threads = 1});
    event begun, go;
    pool.post([&] {
        begun.set();
        go.wait();
    });
    begun.wait();
    bool was_called = false;
    asio::cancellation_signal stop;
    outcome end;
    async_offload(
        pool, [&] { was_called = true; }, asio::bind_cancellation_slot(stop.slot(), end.handler(context)));
    stop.emit(asio::cancellation_type::total);
    context.run();
    BOOST_TEST(end.code() == asio::error::operation_aborted);
    go.set();
    pool.shutdown();
    BOOST_TEST(!was_called);
}

BOOST_AUTO_TEST_CASE(a_handler_is_called_when_the_last_task_of_a_pool_that_shuts_down_has_ended) {
    asio::io_context context;
    thread_pool pool({.threads = 2});
    event go;
    std::atomic<int> calls{0};
    for (int i = 0; i < 5; ++i)
        pool.post([&] {
            go.wait();
            ++calls;
        });
    std::optional<error_code> end;
    pool.async_shutdown(asio::bind_executor(context, [&](error_code ec) { end = ec; }));
    BOOST_CHECK_THROW(pool.post([] {}), error);
    context.poll();
    BOOST_TEST(!end.has_value());
    go.set();
    context.run();
    BOOST_REQUIRE(end.has_value());
    BOOST_TEST(!*end);
    BOOST_TEST(calls == 5);
}

BOOST_AUTO_TEST_CASE(a_handler_may_wait_for_a_shutdown_that_drops_what_has_not_begun) {
    asio::io_context context;
    thread_pool pool({.threads = 1});
    event begun, go;
    pool.post([&] {
        begun.set();
        go.wait();
    });
    begun.wait();
    auto dropped = pool.submit([] {});
    bool ended = false;
    pool.async_shutdown(unstarted_tasks::drop, asio::bind_executor(context, [&](error_code) { ended = true; }));
    go.set();
    context.run();
    BOOST_TEST(ended);
    BOOST_TEST(dropped.is_cancelled());
}

BOOST_AUTO_TEST_CASE(a_pool_goes_on_shutting_down_when_the_wait_for_that_is_cancelled) {
    asio::io_context context;
    thread_pool pool({.threads = 1});
    event go;
    bool done = false;
    pool.post([&] {
        go.wait();
        done = true;
    });
    asio::cancellation_signal stop;
    error_code end;
    pool.async_shutdown(
        asio::bind_cancellation_slot(stop.slot(), asio::bind_executor(context, [&](error_code ec) { end = ec; })));
    stop.emit(asio::cancellation_type::total);
    context.run();
    BOOST_TEST(end == asio::error::operation_aborted);
    go.set();
    pool.shutdown();
    BOOST_TEST(done);
}

BOOST_AUTO_TEST_SUITE_END()
