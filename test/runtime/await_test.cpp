// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/await.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

using namespace plait;
namespace asio = boost::asio;
using stream = asio::local::stream_protocol::socket;

namespace {

// An operation that completes inside its own initiation.
template <class Token>
auto async_at_once(int value, Token&& token) {
    return asio::async_initiate<Token, void(boost::system::error_code, int, std::string)>(
        [value](auto handler) { handler(boost::system::error_code(), value, std::string("text")); }, token);
}

// An operation that completes with the next handler of its executor and counts how often it is asked to stop.
template <class Executor>
struct counts_stops {
    using executor_type = Executor;
    executor_type executor;
    int& asked;

    executor_type get_executor() const noexcept { return executor; }
    template <class Handler>
    void operator()(Handler handler) const {
        asio::get_associated_cancellation_slot(handler).assign([&n = asked](asio::cancellation_type) { ++n; });
        asio::post(executor, [h = std::move(handler)]() mutable { h(boost::system::error_code()); });
    }
};
template <class Executor>
void async_counting_stops(Executor executor, int& asked, await_t token) {
    asio::async_initiate<await_t, void(boost::system::error_code)>(counts_stops<Executor>{executor, asked}, token);
}

struct connected_pair {
    stream here{loop::current()->context()}, there{loop::current()->context()};
    connected_pair() { asio::local::connect_pair(here, there); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(await_suite)

BOOST_AUTO_TEST_CASE(an_operation_returns_its_result) {
    run([] {
        connected_pair pair;
        auto writer = spawn([&] { asio::async_write(pair.there, asio::buffer("hello", 5), await); });
        std::array<char, 5> bytes{};
        std::size_t n = asio::async_read(pair.here, asio::buffer(bytes), await);
        BOOST_TEST(n == 5u);
        BOOST_TEST(std::string(bytes.data(), 5) == "hello");
        writer.join();
    });
}

BOOST_AUTO_TEST_CASE(an_operation_that_completes_at_once_returns_all_its_results) {
    run([] {
        auto [number, text] = async_at_once(7, await);
        BOOST_TEST(number == 7);
        BOOST_TEST(text == "text");
    });
}

BOOST_AUTO_TEST_CASE(a_failure_is_thrown_with_its_code) {
    run([] {
        connected_pair pair;
        pair.there.close();
        char byte;
        BOOST_CHECK_EXCEPTION(
            pair.here.async_read_some(asio::buffer(&byte, 1), await), boost::system::system_error,
            [](const auto& e) { return e.code() == asio::error::eof; });
    });
}

BOOST_AUTO_TEST_CASE(a_failure_is_reported_through_ec_if_one_is_given) {
    run([] {
        connected_pair pair;
        pair.there.close();
        char byte;
        boost::system::error_code ec;
        BOOST_TEST(pair.here.async_read_some(asio::buffer(&byte, 1), await(ec)) == 0u);
        BOOST_TEST((ec == asio::error::eof));
    });
}

BOOST_AUTO_TEST_CASE(cancelling_stops_the_operation_and_throws_cancelled) {
    run([] {
        connected_pair pair;
        bool was_cancelled = false;
        auto reader = spawn([&] {
            char byte;
            try {
                pair.here.async_read_some(asio::buffer(&byte, 1), await);
            } catch (const cancelled&) {
                was_cancelled = true;
                throw;
            }
        });
        yield();
        reader.cancel();
        reader.wait();
        BOOST_TEST(was_cancelled);
    });
}

BOOST_AUTO_TEST_CASE(a_result_that_arrived_before_the_cancellation_wins) {
    run([] {
        connected_pair pair;
        std::size_t got = 0;
        bool next_park_threw = false;
        auto reader = spawn([&] {
            char byte;
            got = pair.here.async_read_some(asio::buffer(&byte, 1), await);
            try {
                yield();
            } catch (const cancelled&) {
                next_park_threw = true;
            }
        });
        yield();
        asio::write(pair.there, asio::buffer("x", 1));
        // One look at the I/O queues the completion; the reader is cancelled before it can go on.
        asio::post(loop::current()->context(), await);
        reader.cancel();
        reader.wait();
        BOOST_TEST(got == 1u);
        BOOST_TEST(next_park_threw);
    });
}

BOOST_AUTO_TEST_CASE(a_shield_keeps_an_operation_going) {
    run([] {
        connected_pair pair;
        std::size_t got = 0;
        auto reader = spawn([&] {
            shield s;
            char byte;
            got = pair.here.async_read_some(asio::buffer(&byte, 1), await);
        });
        yield();
        reader.cancel();
        yield();
        asio::write(pair.there, asio::buffer("x", 1));
        reader.wait();
        BOOST_TEST(got == 1u);
    });
}

BOOST_AUTO_TEST_CASE(a_plain_thread_can_await_what_another_thread_runs) {
    asio::io_context context;
    auto work = asio::make_work_guard(context);
    std::jthread runner([&] { context.run(); });
    asio::steady_timer timer(context, std::chrono::milliseconds(1));
    timer.async_wait(await);
    BOOST_TEST((timer.expiry() <= std::chrono::steady_clock::now()));
    work.reset();
}

BOOST_AUTO_TEST_CASE(an_executor_that_is_destroyed_wakes_the_thread_that_awaits_it) {
    auto context = std::make_unique<asio::io_context>();
    std::jthread destroyer;
    boost::system::error_code code;
    await_t token = await;
    try {
        // The initiation runs on this thread and has linked the operation when it starts the destroyer.
        asio::async_initiate<await_t, void(boost::system::error_code)>(
            [&](auto handler) {
                auto posted = [handler = std::move(handler)]() mutable { handler(boost::system::error_code()); };
                asio::post(*context, std::move(posted));
                destroyer = std::jthread([&] { context.reset(); });
            },
            token);
    } catch (const error& e) {
        code = e.code();
    }
    destroyer.join();
    BOOST_TEST((code == errc::loop_stopped));
}

BOOST_AUTO_TEST_CASE(awaiting_in_a_handler_on_the_loop_s_thread_is_refused) {
    run([] {
        boost::system::error_code code;
        asio::post(loop::current()->context(), [&] {
            try {
                asio::steady_timer timer(loop::current()->context(), std::chrono::hours(1));
                timer.async_wait(await);
            } catch (const error& e) {
                code = e.code();
            }
        });
        asio::post(loop::current()->context(), await);
        BOOST_TEST((code == errc::would_block_loop));
    });
}

BOOST_AUTO_TEST_CASE(an_operation_whose_handler_has_run_is_not_asked_to_stop) {
    run([] {
        int asked = 0;
        auto awaiting = spawn([&] { async_counting_stops(loop::current()->context().get_executor(), asked, await); });
        yield();
        // After the handler, before the coroutine goes on.
        asio::post(loop::current()->context(), [&] { awaiting.cancel(); });
        awaiting.wait();
        BOOST_TEST(asked == 0);
    });
}

BOOST_AUTO_TEST_CASE(an_operation_of_another_executor_is_not_asked_to_stop) {
    run([] {
        asio::io_context other;
        int asked = 0;
        bool done = false;
        auto awaiting = spawn([&] {
            async_counting_stops(other.get_executor(), asked, await);
            done = true;
        });
        yield();
        awaiting.cancel();
        other.run();
        awaiting.wait();
        BOOST_TEST(done);
        BOOST_TEST(asked == 0);
    });
}

BOOST_AUTO_TEST_CASE(an_operation_that_a_plain_thread_awaits_is_not_asked_to_stop) {
    asio::io_context context;
    auto work = asio::make_work_guard(context);
    std::promise<detail::thread_party*> awaiting;
    std::promise<void> over;
    int asked = 0;
    std::jthread t([&] {
        auto names_no_executor = [&](auto handler) {
            asio::get_associated_cancellation_slot(handler).assign([&](asio::cancellation_type) { ++asked; });
            awaiting.set_value(&detail::thread_party::of_this_thread());
            asio::post(context, [h = std::move(handler)]() mutable { h(boost::system::error_code()); });
        };
        asio::async_initiate<const await_t&, void(boost::system::error_code)>(names_no_executor, await);
        work.reset();
        over.get_future().wait(); // the party must outlive who cancels it
    });
    awaiting.get_future().get()->cancel();
    context.run();
    over.set_value();
    t.join();
    BOOST_TEST(asked == 0);
}

BOOST_AUTO_TEST_CASE(a_result_that_cannot_be_kept_wakes_the_one_that_awaits_it) {
    struct unkeepable {
        unkeepable() = default;
        unkeepable(const unkeepable&) { throw std::runtime_error("no copy"); }
    };
    asio::io_context context;
    loop guest(context);
    boost::system::error_code code;
    auto awaiting = spawn(
        [&] {
            try {
                asio::async_initiate<const await_t&, void(unkeepable)>(
                    [&](auto handler) { asio::post(context, [h = std::move(handler)]() mutable { h(unkeepable()); }); },
                    await);
            } catch (const error& e) {
                code = e.code();
            }
        },
        {.on = &guest});
    BOOST_CHECK_THROW(context.run(), std::runtime_error);
    context.restart();
    context.run();
    BOOST_TEST(awaiting.is_done());
    BOOST_TEST((code == errc::loop_stopped));
}

BOOST_AUTO_TEST_SUITE_END()
