// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/code_in.hpp"
#include "support/unhandled.hpp"

#include <plait/coro/async_spawn.hpp>
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/async.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

using namespace plait;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using boost::system::error_code;
using test::code_in;

BOOST_AUTO_TEST_SUITE(task_async_suite)

BOOST_AUTO_TEST_CASE(try_join_gives_the_value_once_it_is_there) {
    run([] {
        auto t = spawn([] { return std::string("value"); });
        BOOST_TEST(t.try_join() == nullptr);
        BOOST_TEST(!std::move(t).try_join().has_value());
        t.wait();
        BOOST_REQUIRE(t.try_join() != nullptr);
        BOOST_TEST(*t.try_join() == "value");
        BOOST_TEST(std::move(t).try_join().value() == "value");
        BOOST_TEST(t.try_join()->empty()); // it was moved out
    });
}

BOOST_AUTO_TEST_CASE(try_join_of_a_task_without_a_value_says_whether_it_has_ended) {
    run([] {
        auto t = spawn([] {});
        BOOST_TEST(!t.try_join());
        t.wait();
        BOOST_TEST(t.try_join());
    });
}

BOOST_AUTO_TEST_CASE(try_join_throws_what_the_coroutine_ended_with) {
    run([] {
        auto t = spawn([]() -> int { throw std::out_of_range("no"); });
        t.wait();
        BOOST_CHECK_THROW(static_cast<void>(t.try_join()), std::out_of_range);
    });
}

BOOST_AUTO_TEST_CASE(a_wait_with_a_deadline_says_whether_the_end_came) {
    run([] {
        event go;
        auto t = spawn([&] { go.wait(); });
        BOOST_TEST(!t.wait_for(0ns));
        BOOST_TEST(!t.wait_until(time_point::min()));
        go.set();
        BOOST_TEST(t.wait_for(1h));
        BOOST_CHECK_EXCEPTION(static_cast<void>(t.wait_for(-1ns)), error, [](const error& e) {
            return e.code() == errc::invalid_argument;
        });
    });
}

BOOST_AUTO_TEST_CASE(a_task_tells_whether_it_ended_by_being_cancelled) {
    run([] {
        auto ended = spawn([] {});
        auto stopped = spawn([] { sleep_for(1h); });
        BOOST_TEST(!stopped.is_cancelled());
        stopped.cancel();
        ended.wait();
        stopped.wait();
        BOOST_TEST(!ended.is_cancelled());
        BOOST_TEST(stopped.is_cancelled());
    });
}

BOOST_AUTO_TEST_CASE(an_empty_task_has_no_faces) {
    task<int> none;
    auto lacks_state = [](const error& e) { return e.code() == errc::no_state; };
    BOOST_CHECK_EXCEPTION(none.async_wait([](error_code) {}), error, lacks_state);
    BOOST_CHECK_EXCEPTION(none.async_join([](std::exception_ptr, int) {}), error, lacks_state);
    BOOST_CHECK_EXCEPTION(static_cast<void>(none.try_join()), error, lacks_state);
}

BOOST_AUTO_TEST_CASE(a_handler_gets_a_copy_of_the_value) {
    run([] {
        event called;
        std::string seen;
        auto t = spawn([] { return std::string("value"); });
        t.async_join([&](std::exception_ptr e, std::string value) {
            if (!e) seen = std::move(value);
            called.set();
        });
        called.wait();
        BOOST_TEST(seen == "value");
        BOOST_TEST(t.join() == "value");
    });
}

BOOST_AUTO_TEST_CASE(a_handler_gets_the_exception_and_that_counts_as_seen) {
    run([] {
        test::unhandled_exceptions unhandled;
        event called;
        std::exception_ptr seen;
        {
            auto t = spawn([] { throw std::out_of_range("no"); });
            t.async_join([&](std::exception_ptr e) {
                seen = e;
                called.set();
            });
            called.wait();
        }
        BOOST_REQUIRE(seen != nullptr);
        BOOST_CHECK_THROW(std::rethrow_exception(seen), std::out_of_range);
        BOOST_TEST(unhandled.seen().empty());
    });
}

BOOST_AUTO_TEST_CASE(a_handler_of_a_cancelled_task_gets_task_cancelled) {
    run([] {
        auto t = spawn([] { sleep_for(1h); });
        auto seen = t.async_join(asio::use_future);
        t.cancel();
        t.wait();
        yield(); // the handler's turn
        BOOST_CHECK_EXCEPTION(seen.get(), error, [](const error& e) { return e.code() == errc::task_cancelled; });
    });
}

BOOST_AUTO_TEST_CASE(a_task_that_was_joined_is_there_for_a_handler_at_once) {
    asio::io_context context;
    run([&] {
        auto t = spawn([] { return 7; });
        t.join();
        int seen = 0;
        t.async_join(asio::bind_executor(context, [&](std::exception_ptr, int value) { seen = value; }));
        BOOST_TEST(seen == 0); // never from within the call
        context.run();
        BOOST_TEST(seen == 7);
    });
}

BOOST_AUTO_TEST_CASE(the_handle_may_go_before_a_handler_that_waits_for_the_end) {
    asio::io_context context;
    bool called = false;
    run([&] {
        auto t = spawn([] { sleep_for(1h); });
        t.async_wait(asio::bind_executor(context, [&](error_code ec) { called = !ec; }));
    });
    context.run();
    BOOST_TEST(called);
}

BOOST_AUTO_TEST_CASE(a_handler_whose_task_was_destroyed_is_told) {
    asio::io_context context;
    error_code destroyed, cancelled;
    run([&] {
        auto ended = spawn([] { return std::string(100, 'x'); });
        auto goes_on = spawn([] {
            sleep_for(1h);
            return 1;
        });
        ended.async_join(asio::bind_executor(
            context, [&](const std::exception_ptr& e, const std::string&) { destroyed = code_in(e); }));
        goes_on.async_join(
            asio::bind_executor(context, [&](const std::exception_ptr& e, int) { cancelled = code_in(e); }));
        ended.wait();
    });
    context.run();
    BOOST_TEST(destroyed == make_error_code(errc::no_state));
    BOOST_TEST(cancelled == make_error_code(errc::task_cancelled));
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_leaves_the_task_alone) {
    asio::io_context context;
    run([&] {
        event go;
        auto t = spawn([&] {
            go.wait();
            return 7;
        });
        asio::cancellation_signal stop;
        std::exception_ptr joined;
        error_code waited;
        t.async_join(asio::bind_cancellation_slot(
            stop.slot(), asio::bind_executor(context, [&](std::exception_ptr e, int) { joined = e; })));
        stop.emit(asio::cancellation_type::total);
        t.async_wait(asio::bind_cancellation_slot(
            stop.slot(), asio::bind_executor(context, [&](error_code ec) { waited = ec; })));
        stop.emit(asio::cancellation_type::total);
        context.run();
        BOOST_TEST(code_in(joined) == asio::error::operation_aborted);
        BOOST_TEST(waited == asio::error::operation_aborted);
        go.set();
        BOOST_TEST(t.join() == 7);
    });
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_belongs_to_its_operation_hands_its_value_over) {
    run([] {
        event called;
        std::unique_ptr<int> seen;
        async_spawn(
            [] { return std::make_unique<int>(5); },
            [&](std::exception_ptr, std::unique_ptr<int> value) {
                seen = std::move(value);
                called.set();
            });
        called.wait();
        BOOST_REQUIRE(seen != nullptr);
        BOOST_TEST(*seen == 5);
    });
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_belongs_to_its_operation_has_the_name_and_the_loop_that_it_was_given) {
    asio::io_context context;
    run(
        [&] {
            std::string name;
            loop* where = nullptr;
            auto end = async_spawn(
                [&] {
                    name = detail::current_coroutine()->name();
                    where = loop::current();
                },
                {.name = "child", .on = loops()[1]}, asio::bind_executor(context, asio::use_future));
            context.run(); // this loop is held up; the other one is not
            end.get();
            BOOST_TEST(name == "child");
            BOOST_TEST(where == loops()[1]);
        },
        {.loops = 2});
}

BOOST_AUTO_TEST_CASE(cancelling_an_operation_that_has_a_coroutine_cancels_that_and_waits_for_its_end) {
    asio::io_context context;
    run([&] {
        event parked, released;
        asio::cancellation_signal stop;
        std::optional<error_code> seen;
        async_spawn(
            [&] {
                try {
                    parked.set();
                    sleep_for(1h);
                } catch (...) {
                    shield whatever_comes;
                    released.wait();
                    throw;
                }
            },
            asio::bind_cancellation_slot(
                stop.slot(), asio::bind_executor(context, [&](const std::exception_ptr& e) { seen = code_in(e); })));
        parked.wait();
        stop.emit(asio::cancellation_type::terminal);
        context.poll();
        BOOST_TEST(!seen.has_value()); // it has been asked to end, and has not
        released.set();
        while (!seen) {
            yield();
            context.poll();
        }
        BOOST_TEST(*seen == asio::error::operation_aborted);
    });
}

BOOST_AUTO_TEST_CASE(an_operation_whose_coroutine_returns_although_it_was_cancelled_has_its_value) {
    run([] {
        event parked, called;
        asio::cancellation_signal stop;
        int seen = 0;
        async_spawn(
            [&] {
                try {
                    parked.set();
                    sleep_for(1h);
                } catch (const cancelled&) {
                }
                return 3;
            },
            asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, int value) {
                seen = value;
                called.set();
            }));
        parked.wait();
        stop.emit(asio::cancellation_type::terminal);
        called.wait();
        BOOST_TEST(seen == 3);
    });
}

BOOST_AUTO_TEST_CASE(the_coroutine_of_an_operation_that_is_never_begun_is_never_spawned) {
    run([] {
        bool ran = false;
        static_cast<void>(async_spawn([&] { ran = true; }, asio::deferred));
        yield();
        BOOST_TEST(!ran);
    });
}

BOOST_AUTO_TEST_CASE(an_operation_s_coroutine_may_end_with_its_loop) {
    asio::io_context context;
    std::optional<error_code> seen;
    {
        loop of_its_own;
        async_spawn(
            [] { sleep_for(1h); }, {.on = &of_its_own},
            asio::bind_executor(context, [&](const std::exception_ptr& e) { seen = code_in(e); }));
    }
    context.run();
    BOOST_REQUIRE(seen.has_value());
    BOOST_TEST(*seen == make_error_code(errc::loop_stopped));
}

BOOST_AUTO_TEST_CASE(an_asio_coroutine_of_another_thread_joins_a_task) {
    run([] {
        event go;
        auto t = spawn([&] {
            go.wait();
            return 6;
        });
        event over;
        int seen = 0;
        std::jthread other([&] {
            asio::io_context context;
            asio::co_spawn(
                context,
                [&]() -> asio::awaitable<void> {
                    go.set();
                    seen = co_await t.async_join(asio::use_awaitable);
                    seen += co_await async_spawn([] { return 1; }, {.on = loops()[0]}, asio::use_awaitable);
                },
                [&](std::exception_ptr) { over.set(); });
            context.run();
        });
        over.wait();
        BOOST_TEST(seen == 7);
    });
}

BOOST_AUTO_TEST_SUITE_END()
