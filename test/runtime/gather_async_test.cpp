// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Waiting for several results with a completion token.

#include "support/code_in.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/async.hpp>
#include <plait/runtime/future.hpp>
#include <plait/runtime/gather.hpp>

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
#include <vector>

using namespace plait;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using boost::system::error_code;
using test::code_in;

namespace {

/// Promises, and the futures that belong to them.
template <class T>
struct results {
    explicit results(std::size_t n) : promises(n) {
        for (auto& p : promises)
            futures.push_back(p.get_future());
    }
    std::vector<promise<T>> promises;
    std::vector<future<T>> futures;
};

/// What the handler of gather was called with.
template <class T>
struct gathered {
    bool called = false;
    std::exception_ptr failure;
    std::vector<T> values;

    auto handler(asio::io_context& context) {
        return asio::bind_executor(context, [this](std::exception_ptr e, std::vector<T> v) {
            called = true;
            failure = std::move(e);
            values = std::move(v);
        });
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(gather_async_suite)

BOOST_AUTO_TEST_CASE(a_handler_gets_all_values_in_the_order_of_the_range) {
    asio::io_context context;
    results<int> of(3);
    gathered<int> end;
    async_gather(of.futures, end.handler(context));
    of.promises[2].set_value(2);
    of.promises[0].set_value(0);
    context.poll();
    BOOST_TEST(!end.called);
    of.promises[1].set_value(1);
    context.run();
    BOOST_TEST(!end.failure);
    BOOST_TEST(end.values == (std::vector{0, 1, 2}), boost::test_tools::per_element());
    BOOST_TEST(of.futures[2].get() == 2); // it stayed with the caller
}

BOOST_AUTO_TEST_CASE(values_of_futures_that_were_moved_in_are_moved_out) {
    asio::io_context context;
    results<std::unique_ptr<int>> of(2);
    gathered<std::unique_ptr<int>> end;
    async_gather(std::move(of.futures), end.handler(context));
    of.promises[0].set_value(std::make_unique<int>(0));
    of.promises[1].set_value(std::make_unique<int>(1));
    context.run();
    BOOST_REQUIRE(end.values.size() == 2u);
    BOOST_TEST(*end.values[1] == 1);
}

BOOST_AUTO_TEST_CASE(of_nothing_a_handler_gets_nothing_at_once_but_not_from_within_the_call) {
    asio::io_context context;
    std::vector<future<int>> none;
    gathered<int> end;
    async_gather(none, end.handler(context));
    BOOST_TEST(!end.called);
    context.run();
    BOOST_TEST(end.called);
    BOOST_TEST(!end.failure);
}

BOOST_AUTO_TEST_CASE(when_one_fails_the_others_are_cancelled_and_the_handler_gets_the_failure_when_they_have_ended) {
    asio::io_context context;
    results<int> of(3);
    gathered<int> end;
    async_gather(of.futures, end.handler(context));
    of.promises[1].set_exception(std::make_exception_ptr(std::out_of_range("x")));
    context.poll();
    BOOST_TEST(!end.called);
    BOOST_TEST(of.promises[0].is_cancel_requested());
    of.promises[0].set_cancelled();
    of.promises[2].set_value(2);
    context.run();
    BOOST_REQUIRE(end.failure != nullptr);
    BOOST_CHECK_THROW(std::rethrow_exception(end.failure), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(cancelling_a_gather_cancels_what_was_moved_in_alone) {
    for (bool moved : {false, true}) {
        asio::io_context context;
        asio::cancellation_signal stop;
        results<int> of(2);
        gathered<int> end;
        auto handler = asio::bind_cancellation_slot(stop.slot(), end.handler(context));
        if (moved)
            async_gather(std::move(of.futures), std::move(handler));
        else
            async_gather(of.futures, std::move(handler));
        stop.emit(asio::cancellation_type::total);
        context.run();
        BOOST_TEST(code_in(end.failure) == asio::error::operation_aborted);
        BOOST_TEST(of.promises[0].is_cancel_requested() == moved);
    }
}

BOOST_AUTO_TEST_CASE(an_awaitable_gathers_tasks_without_values) {
    run([] {
        std::vector<task<void>> tasks;
        int ran = 0;
        for (int i = 0; i < 3; ++i)
            tasks.push_back(spawn([&] { ++ran; }));
        asio::io_context context;
        bool done = false;
        asio::co_spawn(
            context,
            [&]() -> asio::awaitable<void> {
                co_await async_gather(tasks, asio::use_awaitable);
                done = ran == 3;
            },
            asio::detached);
        while (!done) {
            yield();
            context.poll();
        }
        BOOST_TEST(done);
    });
}

BOOST_AUTO_TEST_CASE(a_handler_waits_for_the_first_of_several) {
    asio::io_context context;
    results<int> of(3);
    std::optional<wait_result<future<int>>> seen;
    async_wait(of.futures, first_completed, asio::bind_executor(context, [&](error_code, wait_result<future<int>> r) {
                   seen = std::move(r);
               }));
    context.poll();
    BOOST_TEST(!seen.has_value());
    of.promises[1].set_value(1);
    context.run();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST(seen->done == (std::vector{&of.futures[1]}), boost::test_tools::per_element());
    BOOST_TEST(seen->pending.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_handler_waits_for_all_of_several_and_giving_that_up_leaves_them_alone) {
    asio::io_context context;
    asio::cancellation_signal stop;
    results<int> of(2);
    error_code given_up;
    async_wait(
        of.futures, asio::bind_cancellation_slot(
                        stop.slot(),
                        asio::bind_executor(context, [&](error_code ec, wait_result<future<int>>) { given_up = ec; })));
    stop.emit(asio::cancellation_type::total);
    std::size_t done = 0;
    async_wait(of.futures, asio::bind_executor(context, [&](error_code, const wait_result<future<int>>& r) {
                   done = r.done.size();
               }));
    of.promises[0].set_value(0);
    of.promises[1].set_value(1);
    context.run();
    BOOST_TEST(given_up == asio::error::operation_aborted);
    BOOST_TEST(done == 2u);
}

BOOST_AUTO_TEST_CASE(an_awaitable_takes_results_in_the_order_in_which_they_come) {
    asio::io_context context;
    results<int> of(3);
    std::vector<int> order;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            auto completed = as_completed(of.futures);
            while (auto* next = co_await completed.async_next(asio::use_awaitable))
                order.push_back(next->get());
        },
        asio::detached);
    for (std::size_t i : {2u, 0u, 1u}) {
        of.promises[i].set_value(static_cast<int>(i));
        context.poll();
        context.restart();
    }
    context.run();
    BOOST_TEST(order == (std::vector{2, 0, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
