// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/async.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/queue.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace plait;
namespace asio = boost::asio;
using boost::system::error_code;

BOOST_AUTO_TEST_SUITE(async_suite)

BOOST_AUTO_TEST_CASE(a_handler_is_called_once_what_it_waits_for_has_come) {
    asio::io_context context;
    event e;
    std::optional<error_code> seen;
    e.async_wait(asio::bind_executor(context, [&](error_code ec) { seen = ec; }));
    context.poll();
    BOOST_TEST(!seen.has_value());
    e.set();
    BOOST_TEST(!seen.has_value()); // waking never runs the woken
    context.run();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST(!*seen);
}

BOOST_AUTO_TEST_CASE(a_handler_is_never_called_from_within_the_call_that_starts_the_wait) {
    asio::io_context context;
    event e;
    e.set();
    bool called = false;
    e.async_wait(asio::bind_executor(context, [&](error_code) { called = true; }));
    BOOST_TEST(!called);
    context.run();
    BOOST_TEST(called);
}

BOOST_AUTO_TEST_CASE(a_wait_keeps_its_executor_running) {
    asio::io_context context;
    event e;
    bool called = false;
    e.async_wait(asio::bind_executor(context, [&](error_code) { called = true; }));
    std::jthread setter([&] { e.set(); });
    context.run(); // returns only when the handler has run
    BOOST_TEST(called);
}

BOOST_AUTO_TEST_CASE(an_asio_coroutine_awaits_it) {
    asio::io_context context;
    event asked, answered;
    std::vector<int> order;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            order.push_back(1);
            asked.set();
            co_await answered.async_wait(asio::use_awaitable);
            order.push_back(3);
        },
        asio::detached);
    std::jthread answers([&] {
        asked.wait();
        order.push_back(2);
        answered.set();
    });
    context.run();
    BOOST_TEST(order == (std::vector{1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_an_executor_the_handler_runs_on_the_caller_s_loop) {
    run([] {
        event e;
        event called;
        loop* where = nullptr;
        e.async_wait([&](error_code) {
            where = loop::current();
            called.set();
        });
        e.set();
        called.wait();
        BOOST_TEST(where == loops()[0]);
    });
}

BOOST_AUTO_TEST_CASE(a_cancellation_slot_ends_the_wait_with_operation_aborted) {
    asio::io_context context;
    event e;
    asio::cancellation_signal stop;
    std::optional<error_code> seen;
    e.async_wait(
        asio::bind_cancellation_slot(stop.slot(), asio::bind_executor(context, [&](error_code ec) { seen = ec; })));
    stop.emit(asio::cancellation_type::total);
    stop.emit(asio::cancellation_type::total); // the second finds nothing to do
    e.set();
    context.run();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST(*seen == asio::error::operation_aborted);
}

BOOST_AUTO_TEST_CASE(a_result_that_came_before_the_cancellation_wins) {
    asio::io_context context;
    event e;
    asio::cancellation_signal stop;
    std::optional<error_code> seen;
    e.async_wait(
        asio::bind_cancellation_slot(stop.slot(), asio::bind_executor(context, [&](error_code ec) { seen = ec; })));
    e.set();
    stop.emit(asio::cancellation_type::total);
    context.run();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST(!*seen);
}

BOOST_AUTO_TEST_CASE(an_attempt_that_throws_leaves_the_cancellation_slot_empty) {
    struct fragile {
        fragile() = default;
        explicit fragile(const bool& fails) : told_to_fail(&fails) {}
        fragile(fragile&& other) : told_to_fail(other.told_to_fail) {
            if (told_to_fail && *told_to_fail) throw std::runtime_error("it cannot be moved now");
        }
        fragile& operator=(fragile&&) = delete;
        const bool* told_to_fail = nullptr;
    };
    asio::io_context context;
    queue<fragile> items(1);
    asio::cancellation_signal stop;
    bool fails = false, called = false;
    items.async_get(asio::bind_cancellation_slot(
        stop.slot(), asio::bind_executor(context, [&](error_code, const fragile&) { called = true; })));
    items.put(fragile(fails));
    fails = true;
    BOOST_CHECK_THROW(context.run(), std::runtime_error);
    BOOST_TEST(!called);
    BOOST_TEST(!stop.slot().has_handler()); // the operation it would cancel is no more
    fails = false;
    BOOST_TEST(items.try_get().has_value());
}

BOOST_AUTO_TEST_CASE(an_executor_that_goes_takes_its_pending_handlers_along) {
    event e;
    auto held = std::make_shared<int>(0);
    {
        asio::io_context context;
        e.async_wait(asio::bind_executor(context, [held](error_code) {}));
        e.set(); // posted, and never run
        BOOST_TEST(held.use_count() == 2);
    }
    BOOST_TEST(held.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
