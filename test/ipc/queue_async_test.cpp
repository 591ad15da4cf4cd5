// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The faces for Asio's handlers: any completion token, on any executor, with other processes at the other end.
#include "conversation.hpp"
#include "support/child_program.hpp"
#include "support/fails_with.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/runtime/async.hpp>
#include <plait/runtime/await.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/pool_executor.hpp>
#include <plait/runtime/thread_pool.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <future>
#include <thread>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;
using boost::system::error_code;
using ipc::segment;
using plait::test::fails_with;
namespace asio = boost::asio;

namespace {

using numbers = ipc::queue<int>;

const ::test::child_function answers("answers", [](segment& s, const auto&) { return ::test::answer_each(s); });
const ::test::child_function works("works", [](segment& s, const std::vector<std::string>&) {
    auto in = numbers::open(s, "jobs");
    try {
        for (;;) {
            static_cast<void>(in.get());
            in.task_done();
        }
    } catch (const queue_closed&) {
    }
    return 0;
});

struct fixture : ::test::conversation {
    asio::io_context context;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(asynchronous_queue, fixture)

BOOST_AUTO_TEST_CASE(handlers_of_an_io_context_talk_with_another_process) {
    ::test::child c(answers, s);
    int left = 1000, wrong = 0;
    std::function<void()> ask = [&] {
        in.async_put(left, asio::bind_executor(context, [&](error_code ec) {
                         if (ec) return;
                         out.async_get(asio::bind_executor(context, [&](error_code failed, int n) {
                             wrong += failed || n != left + 1;
                             if (--left > 0) ask();
                         }));
                     }));
    };
    ask();
    context.run(); // returns when nothing is left to do: nobody listens then
    BOOST_TEST(left == 0);
    BOOST_TEST(wrong == 0);
    in.close();
    BOOST_TEST(c.wait() == 0);
}

BOOST_AUTO_TEST_CASE(an_awaitable_talks_with_another_process) {
    ::test::child c(answers, s);
    int sum = 0;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            for (int i = 0; i < 100; ++i) {
                co_await in.async_put(i, asio::use_awaitable);
                sum += co_await out.async_get(asio::use_awaitable);
            }
        },
        asio::detached);
    context.run();
    BOOST_TEST(sum == 100 * 101 / 2);
    in.close();
    BOOST_TEST(c.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_future_of_the_system_executor_is_fulfilled_without_a_loop) {
    ::test::child c(answers, s);
    for (int i = 0; i < 20; ++i) {
        auto answer = out.async_get(asio::use_future);
        in.async_put(i, asio::use_future).get();
        BOOST_TEST(answer.get() == i + 1);
    }
    in.close();
    BOOST_TEST(c.wait() == 0);
}

BOOST_AUTO_TEST_CASE(strands_pools_and_type_erased_executors_are_served) {
    ::test::child c(answers, s);
    asio::thread_pool threads(2);
    plait::thread_pool pool;
    auto guard = asio::make_work_guard(context);
    std::thread runs([&] { context.run(); });
    auto asks_on = [&](auto executor) {
        std::promise<int> answer;
        out.async_get(asio::bind_executor(executor, [&](error_code, int n) { answer.set_value(n); }));
        in.put(1);
        return answer.get_future().get();
    };
    BOOST_TEST(asks_on(asio::make_strand(context)) == 2);
    BOOST_TEST(asks_on(asio::any_io_executor(context.get_executor())) == 2);
    BOOST_TEST(asks_on(asio::any_io_executor(asio::make_strand(context))) == 2);
    BOOST_TEST(asks_on(threads.get_executor()) == 2);
    BOOST_TEST(asks_on(pool.get_executor()) == 2);
    guard.reset();
    runs.join();
    in.close();
    BOOST_TEST(c.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_coroutine_awaits_the_asynchronous_face) {
    ::test::child c(answers, s);
    run([&] {
        for (int i = 0; i < 100; ++i) {
            in.async_put(i, await);
            BOOST_REQUIRE(out.async_get(await) == i + 1);
        }
    });
    in.close();
    BOOST_TEST(c.wait() == 0);
}

BOOST_AUTO_TEST_CASE(several_threads_run_the_context_of_many_handlers) {
    ::test::child c(answers, s);
    std::atomic<int> left{200}, sum{0};
    std::function<void()> get = [&] {
        out.async_get(asio::bind_executor(context, [&](error_code, int n) {
            sum += n;
            if (--left >= 8) get();
        }));
    };
    for (int i = 0; i < 8; ++i)
        get();
    std::thread first([&] { context.run(); }), second([&] { context.run(); });
    for (int i = 0; i < 200; ++i)
        in.put(i);
    first.join();
    second.join();
    BOOST_TEST(left == 0);
    BOOST_TEST(sum == 200 * 201 / 2);
    in.close();
    BOOST_TEST(c.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_cancelled_handler_has_taken_nothing) {
    asio::cancellation_signal stop;
    error_code seen;
    out.async_get(asio::bind_cancellation_slot(
        stop.slot(), asio::bind_executor(context, [&](error_code ec, int) { seen = ec; })));
    asio::post(context, [&] { stop.emit(asio::cancellation_type::total); });
    context.run();
    BOOST_TEST((seen == asio::error::operation_aborted));
    out.put(1);
    BOOST_TEST(out.try_get().value() == 1);
}

BOOST_AUTO_TEST_CASE(a_message_that_a_cancelled_handler_was_woken_for_goes_to_another) {
    asio::cancellation_signal stop;
    std::vector<int> got;
    auto note = [&](error_code ec, int n) {
        if (!ec) got.push_back(n);
    };
    out.async_get(asio::bind_cancellation_slot(stop.slot(), asio::bind_executor(context, note)));
    std::thread other([&] { in.put(out.get()); });
    asio::post(context, [&] {
        out.put(5); // chooses one of the two
        stop.emit(asio::cancellation_type::total);
    });
    context.run();
    if (!got.empty()) out.put(6);
    other.join();
    got.push_back(in.get());
    BOOST_TEST((got == std::vector<int>{5} || got == std::vector<int>{5, 6}));
}

BOOST_AUTO_TEST_CASE(a_handler_waits_for_room) {
    for (int i = 0; i < 4; ++i)
        in.put(i);
    error_code seen = errc::timed_out;
    in.async_put(4, asio::bind_executor(context, [&](error_code ec) { seen = ec; }));
    ::test::child c(answers, s);
    context.run();
    BOOST_TEST(!seen);
    for (int i = 0; i < 5; ++i)
        BOOST_TEST(out.get() == i + 1);
    in.close();
    BOOST_TEST(c.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_close_reaches_handlers) {
    std::array<error_code, 3> seen;
    for (int i = 0; i < 4; ++i)
        in.put(i);
    in.async_put(4, asio::bind_executor(context, [&](error_code ec) { seen[0] = ec; }));
    out.async_get(asio::bind_executor(context, [&](error_code ec, int) { seen[1] = ec; }));
    out.async_receive(asio::bind_executor(context, [&](error_code ec, ipc::lease<int>) { seen[2] = ec; }));
    asio::post(context, [&] { in.close(), out.close_now(); });
    context.run();
    for (auto& ec : seen)
        BOOST_TEST((ec == errc::queue_closed));
}

BOOST_AUTO_TEST_CASE(a_handler_gets_a_lease_and_what_it_does_not_acknowledge_comes_back) {
    std::vector<unsigned> deliveries;
    auto note = [&](error_code, ipc::lease<int> held) { deliveries.push_back(held.deliveries()); };
    out.async_receive(asio::bind_executor(context, note));
    out.async_receive(asio::bind_executor(context, note));
    out.put(1);
    context.run();
    BOOST_TEST(deliveries == (std::vector<unsigned>{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_handler_gets_room_to_fill) {
    auto bytes = out.bytes();
    bytes.async_prepare(4, asio::bind_executor(context, [](error_code ec, ipc::loan room) {
                            if (ec) return;
                            int value = 7;
                            std::memcpy(room.data().data(), &value, sizeof value);
                            std::move(room).send();
                        }));
    context.run();
    BOOST_TEST(out.try_get().value() == 7);
}

BOOST_AUTO_TEST_CASE(handlers_put_and_take_batches) {
    std::vector<int> all{1, 2, 3, 4, 5, 6}, got;
    std::size_t put = 0;
    in.async_put_many(all, asio::bind_executor(context, [&](error_code, std::size_t n) { put = n; }));
    in.async_get_many(10, asio::bind_executor(context, [&](error_code, std::vector<int> v) { got = std::move(v); }));
    context.run();
    BOOST_TEST(put == 4U);
    BOOST_TEST(got == (std::vector<int>{1, 2, 3, 4}), boost::test_tools::per_element());
    BOOST_TEST(fails_with(errc::invalid_argument, [&] { in.async_get_many(0, asio::detached); }));
}

BOOST_AUTO_TEST_CASE(a_message_too_large_is_told_to_the_handler) {
    std::string large(2 << 20, 'x');
    error_code seen;
    in.bytes().async_put(
        std::as_bytes(std::span(large)), asio::bind_executor(context, [&](error_code ec) { seen = ec; }));
    context.run();
    BOOST_TEST((seen == errc::message_too_large));
}

BOOST_AUTO_TEST_CASE(a_handler_joins) {
    auto jobs = numbers::create(s, "jobs", {.joinable = true});
    for (int i = 0; i < 100; ++i)
        jobs.put(i);
    bool joined = false;
    jobs.async_join(asio::bind_executor(context, [&](error_code ec) { joined = !ec; }));
    ::test::child a(works, s), b(works, s);
    context.run();
    BOOST_TEST(joined);
    BOOST_TEST(jobs.try_join());
    jobs.close();
    BOOST_TEST(a.wait() == 0);
    BOOST_TEST(b.wait() == 0);
}

BOOST_AUTO_TEST_CASE(what_a_handler_got_is_done_by_a_task_done_in_a_handler) {
    auto jobs = numbers::create(s, "jobs", {.joinable = true});
    jobs.put(1);
    jobs.put(2);
    static_cast<void>(jobs.get()); // by this thread; the handler runs elsewhere
    jobs.async_get(asio::bind_executor(context, [&](error_code, int) { jobs.task_done(); }));
    std::thread([&] { context.run(); }).join();
    jobs = in; // the last handle is gone
    BOOST_TEST(numbers::open(s, "jobs").get() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
