// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A coroutine is kept by its run and by its handle: whichever goes last gives the stack back.
#include <plait/coro/run.hpp>
#include <plait/coro/scope.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/coro/stack.hpp>
#include <plait/runtime/await.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>

using namespace plait;

namespace {

constexpr std::size_t rare_size = 4 * 1024 * 1024; // that nothing else uses

std::size_t stacks_in_use() {
    for (const stack_stats& s : stack_statistics())
        if (s.stack_bytes == rare_size) return s.in_use;
    return 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(task_lifetime_suite)

BOOST_AUTO_TEST_CASE(a_stack_goes_back_whichever_of_run_and_handle_is_first_on_two_threads) {
    run(
        [] {
            for (int i = 0; i < 4'000; ++i) {
                auto t = spawn([] {}, {.stack_bytes = rare_size, .on = loops()[1]});
                for (int pause = i / 4 % 50; pause > 0; --pause) // so that the end comes before, after and meanwhile
                    yield();
                switch (i % 4) {
                case 0: t.join(); break;
                case 1: t.detach(); break;
                case 2: t.cancel(); break;
                default: std::thread([t = std::move(t)]() mutable { t = {}; }).join();
                }
            }
        },
        {.loops = 2});
    BOOST_TEST(stacks_in_use() == 0u);
}

BOOST_AUTO_TEST_CASE(what_a_failure_cancels_may_drop_the_task_that_failed) {
    // An operation whose cancellation, which begins while the other child ends, lets the handle of that one go.
    scoped_task<void> bad;
    auto wait_for_cancellation = [&bad](auto&& token) {
        return boost::asio::async_initiate<decltype(token), void(boost::system::error_code)>(
            [&bad](auto handler) {
                auto slot = boost::asio::get_associated_cancellation_slot(handler);
                auto kept = std::make_shared<decltype(handler)>(std::move(handler));
                slot.assign([&bad, kept](boost::asio::cancellation_type) {
                    bad = {};
                    auto executor = boost::asio::get_associated_executor(*kept);
                    boost::asio::post(executor, [kept] { (*kept)(boost::asio::error::operation_aborted); });
                });
            },
            token);
    };
    run([&] {
        BOOST_CHECK_THROW(
            in_scope([&](scope& s) {
                s.spawn([&] { wait_for_cancellation(await); });
                yield();
                bad = s.spawn([] { throw std::out_of_range("bad"); });
            }),
            std::out_of_range);
        BOOST_TEST(!bad.valid());
    });
}

BOOST_AUTO_TEST_SUITE_END()
