// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"
#include "support/unhandled.hpp"

#include <plait/runtime/async.hpp>
#include <plait/runtime/future.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace plait;
namespace asio = boost::asio;

namespace {
bool is(const error& e, errc code) { return e.code() == code; }
} // namespace

BOOST_AUTO_TEST_SUITE(future_suite)

BOOST_AUTO_TEST_CASE(a_value_arrives_whoever_waits) {
    test::for_every_kind([](test::parties& party) {
        promise<std::string> p;
        future<std::string> f = p.get_future();
        std::string got;
        party([&] { got = f.get(); });
        party([&] { p.set_value("done"); });
        party.join();
        BOOST_TEST(got == "done");
    });
}

BOOST_AUTO_TEST_CASE(an_exception_arrives_with_its_type) {
    promise<int> p;
    auto f = p.get_future();
    p.set_exception(std::make_exception_ptr(std::out_of_range("too far")));
    BOOST_CHECK_THROW(f.get(), std::out_of_range);
    BOOST_CHECK_THROW(f.get(), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(an_abandoned_promise_breaks_its_future) {
    future<int> f;
    {
        promise<int> p;
        f = p.get_future();
    }
    BOOST_CHECK_EXCEPTION(f.get(), error, [](const error& e) { return is(e, errc::broken_promise); });
}

BOOST_AUTO_TEST_CASE(get_on_an_lvalue_gives_a_reference_and_on_an_rvalue_the_value) {
    promise<std::unique_ptr<int>> p;
    auto f = p.get_future();
    p.set_value(std::make_unique<int>(3));
    BOOST_TEST(*f.get() == 3);
    BOOST_TEST(&f.get() == &f.get());
    std::unique_ptr<int> taken = std::move(f).get();
    BOOST_TEST(*taken == 3);
    BOOST_TEST(!f.valid());
}

BOOST_AUTO_TEST_CASE(a_result_can_be_set_only_once) {
    promise<void> p;
    auto f = p.get_future();
    p.set_value();
    BOOST_CHECK_EXCEPTION(p.set_value(), error, [](const error& e) { return is(e, errc::already_satisfied); });
    f.get();
}

BOOST_AUTO_TEST_CASE(a_second_future_and_an_empty_one_are_errors) {
    promise<int> p;
    auto f = p.get_future();
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(p.get_future()), error, [](const error& e) { return is(e, errc::no_state); });
    future<int> empty;
    BOOST_CHECK_EXCEPTION(empty.get(), error, [](const error& e) { return is(e, errc::no_state); });
}

BOOST_AUTO_TEST_CASE(a_timed_get_throws_and_a_timed_wait_says_no) {
    promise<int> p;
    auto f = p.get_future();
    BOOST_TEST(!f.wait_for(duration(0)));
    BOOST_CHECK_THROW(static_cast<void>(f.get_for(duration(0))), timeout_error);
    BOOST_CHECK_EXCEPTION(static_cast<void>(f.get_for(duration(-1))), error, [](const error& e) {
        return is(e, errc::invalid_argument);
    });
}

BOOST_AUTO_TEST_CASE(a_value_that_could_not_be_made_can_be_set_again) {
    struct picky {
        explicit picky(bool good) {
            if (!good) throw std::runtime_error("bad");
        }
    };
    promise<picky> p;
    auto f = p.get_future();
    BOOST_CHECK_THROW(p.set_value(false), std::runtime_error);
    BOOST_TEST(!f.is_done());
    p.set_value(true);
    BOOST_TEST(f.is_done());
}

BOOST_AUTO_TEST_CASE(a_null_exception_is_refused) {
    promise<int> p;
    auto f = p.get_future();
    BOOST_TEST((test::code_of([&] { p.set_exception(nullptr); }) == errc::invalid_argument));
    BOOST_TEST(!f.is_done());
}

BOOST_AUTO_TEST_CASE(ready_and_failed_futures_need_no_promise) {
    BOOST_TEST(make_ready_future(3).get() == 3);
    make_ready_future().get();
    BOOST_CHECK_THROW(make_failed_future<int>(std::out_of_range("too far")).get(), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(a_moved_from_promise_and_an_empty_future_say_so) {
    promise<int> p;
    promise<int> moved = std::move(p);
    BOOST_TEST((test::code_of([&] { p.set_value(1); }) == errc::no_state));
    BOOST_TEST((test::code_of([&] { static_cast<void>(p.get_future()); }) == errc::no_state));
    future<int> empty;
    for (auto use : std::vector<std::function<void()>>{
             [&] { static_cast<void>(empty.is_done()); }, [&] { static_cast<void>(empty.is_cancelled()); },
             [&] { empty.wait(); }, [&] { empty.cancel(); }, [&] { empty.on_done([] {}); },
             [&] { static_cast<void>(std::move(empty).share()); },
             [&] { static_cast<void>(std::move(empty).then([](future<int>) {})); }})
        BOOST_TEST((test::code_of(use) == errc::no_state));
}

BOOST_AUTO_TEST_CASE(a_timed_read_that_failed_leaves_the_future_as_it_was) {
    promise<int> p;
    auto f = p.get_future();
    BOOST_CHECK_THROW(static_cast<void>(std::move(f).get_for(duration(0))), timeout_error);
    p.set_value(1);
    BOOST_TEST(std::move(f).get() == 1);
}

BOOST_AUTO_TEST_CASE(several_parties_wait_for_one_shared_future) {
    test::for_every_kind([](test::parties& party) {
        promise<std::vector<int>> p;
        shared_future<std::vector<int>> f = p.get_future();
        std::atomic<int> sum{0};
        for (int i = 0; i < 4; ++i)
            party([copy = f, &sum] { sum += copy.get().front(); });
        party([&] { p.set_value(1u, 5); });
        party.join();
        BOOST_TEST(sum == 20);
        BOOST_TEST(&f.get() == &f.get());
    });
}

BOOST_AUTO_TEST_CASE(a_result_is_what_a_function_returns_or_throws) {
    promise<int> returns, throws, is_cancelled, reads_cancelled;
    returns.set_result_of([] { return 2; });
    throws.set_result_of([]() -> int { throw std::out_of_range("too far"); });
    is_cancelled.set_result_of([]() -> int { throw cancelled(); });
    auto cancelled_one = is_cancelled.get_future();
    reads_cancelled.set_result_of([&] { return cancelled_one.get(); });
    BOOST_TEST(returns.get_future().get() == 2);
    BOOST_CHECK_THROW(throws.get_future().get(), std::out_of_range);
    BOOST_TEST(cancelled_one.is_cancelled());
    BOOST_TEST(reads_cancelled.get_future().is_cancelled());
}

// Cancellation

BOOST_AUTO_TEST_CASE(a_cancelled_producer_leaves_a_cancelled_future) {
    promise<int> p;
    auto f = p.get_future();
    BOOST_TEST(!f.is_cancelled());
    p.set_cancelled();
    BOOST_TEST(f.is_cancelled());
    BOOST_TEST((test::code_of([&] { f.get(); }) == errc::task_cancelled));
}

BOOST_AUTO_TEST_CASE(a_producer_is_asked_to_stop_once_and_decides_itself) {
    promise<int> p;
    auto f = p.get_future();
    int asked = 0;
    p.on_cancel([&] { ++asked; });
    BOOST_TEST(!p.is_cancel_requested());
    BOOST_TEST(f.cancel());
    BOOST_TEST(f.cancel()); // still not done
    BOOST_TEST(asked == 1);
    BOOST_TEST(p.is_cancel_requested());
    BOOST_TEST(!f.is_done());
    p.set_value(7);
    BOOST_TEST(f.get() == 7);
    BOOST_TEST(!f.is_cancelled());
}

BOOST_AUTO_TEST_CASE(a_producer_that_comes_to_listen_after_the_request_hears_it_at_once) {
    promise<int> p;
    auto f = p.get_future();
    f.cancel();
    int asked = 0;
    p.on_cancel([&] { ++asked; });
    BOOST_TEST(asked == 1);
}

BOOST_AUTO_TEST_CASE(a_producer_that_has_finished_is_not_asked_to_stop) {
    promise<int> p;
    auto f = p.get_future();
    auto token = std::make_shared<int>(0);
    p.on_cancel([token] { ++*token; });
    p.set_value(1);
    BOOST_TEST(token.use_count() == 1); // the hook is gone
    BOOST_TEST(!f.cancel());
    p.on_cancel([token] { ++*token; });
    BOOST_TEST(*token == 0);
}

BOOST_AUTO_TEST_CASE(only_the_last_listener_is_asked) {
    promise<int> p;
    auto f = p.get_future();
    int first = 0, second = 0;
    p.on_cancel([&] { ++first; });
    p.on_cancel([&] { ++second; });
    f.cancel();
    BOOST_TEST(first == 0);
    BOOST_TEST(second == 1);
}

BOOST_AUTO_TEST_CASE(a_producer_may_end_the_future_while_it_is_asked_to_stop) {
    promise<int> p;
    auto f = p.get_future();
    f.on_done([&] { f = {}; }); // the last handle goes while cancel() is still at work on it
    p.on_cancel([&] { p.set_cancelled(); });
    BOOST_TEST(f.cancel());
    BOOST_TEST(!f.valid());
}

BOOST_AUTO_TEST_CASE(a_producer_s_own_state_holds_the_task_and_hears_the_request) {
    struct task_state : detail::future_state<int> {
        int asked = 0;
        void request_cancel() noexcept override {
            ++asked;
            set_cancelled();
        }
    };
    boost::intrusive_ptr<task_state> state(new task_state);
    future<int> f(state);
    BOOST_TEST(f.cancel());
    BOOST_TEST(!f.cancel());
    BOOST_TEST(state->asked == 1);
    BOOST_TEST(f.is_cancelled());
}

BOOST_AUTO_TEST_CASE(the_result_and_the_request_to_stop_may_meet) {
    test::for_every_kind([](test::parties& party) {
        for (int round = 0; round < 200; ++round) {
            promise<int> p;
            auto f = p.get_future();
            auto asked = std::make_shared<std::atomic<int>>(0);
            p.on_cancel([asked] { ++*asked; });
            bool was_in_time = false;
            party([&] { was_in_time = f.cancel(); });
            party([&] { p.set_value(round); });
            party.join();
            BOOST_TEST_REQUIRE(f.get() == round);
            BOOST_TEST_REQUIRE(*asked <= (was_in_time ? 1 : 0));
        }
    });
}

// Callbacks

BOOST_AUTO_TEST_CASE(callbacks_of_a_plain_thread_are_called_in_order_and_at_once_when_it_is_done) {
    std::vector<int> order;
    promise<int> p;
    auto f = p.get_future();
    f.on_done([&] { order.push_back(1); });
    f.on_done([&] { order.push_back(2); });
    BOOST_TEST(order.empty());
    p.set_value(0);
    f.on_done([&] { order.push_back(3); });
    BOOST_TEST(order == (std::vector{1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(callbacks_of_a_loop_are_called_on_it_later_and_in_order) {
    run([] {
        std::vector<int> order;
        event last;
        promise<int> p;
        auto f = p.get_future();
        std::jthread::id called_on;
        f.on_done([&] { order.push_back(1); });
        f.on_done([&] { order.push_back(2); });
        std::jthread([&] { p.set_value(0); }).join();
        BOOST_TEST(order.empty());
        f.on_done([&] {
            order.push_back(3);
            called_on = std::this_thread::get_id();
            last.set();
        });
        BOOST_TEST(order.empty());
        last.wait();
        BOOST_TEST(order == (std::vector{1, 2, 3}), boost::test_tools::per_element());
        BOOST_CHECK(called_on == std::this_thread::get_id());
    });
}

BOOST_AUTO_TEST_CASE(callbacks_are_called_each_once_whoever_finishes) {
    test::for_every_kind([](test::parties& party) {
        constexpr int many = 50;
        std::vector<promise<int>> promises(many);
        std::vector<future<int>> futures;
        for (auto& p : promises)
            futures.push_back(p.get_future());
        std::atomic<int> called{0};
        event all;
        auto count = [&] {
            if (++called == 2 * many) all.set();
        };
        for (int i = 0; i < 2; ++i)
            party([&] {
                for (auto& f : futures)
                    f.on_done(count);
            });
        party([&] {
            for (auto& p : promises)
                p.set_value(1);
        });
        all.wait();
        party.join();
        BOOST_TEST(called == 2 * many);
    });
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_callback_is_reported_and_stops_no_other) {
    test::unhandled_exceptions reported;
    bool other_called = false;
    promise<int> p;
    auto f = p.get_future();
    f.on_done([] { throw std::runtime_error("first"); });
    f.on_done([&] { other_called = true; });
    p.on_cancel([] { throw std::runtime_error("hook"); });
    f.cancel();
    p.set_value(0);
    BOOST_TEST(other_called);
    BOOST_TEST(
        reported.seen() == (std::vector<std::string>{"callback: hook", "callback: first"}),
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_callback_on_a_loop_that_waits_is_refused_and_reported) {
    test::unhandled_exceptions reported;
    run([] {
        event never, after;
        auto f = make_ready_future(1);
        f.on_done([&] { never.wait(); });
        f.on_done([&] { after.set(); });
        after.wait();
    });
    BOOST_TEST(reported.seen().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_callback_whose_loop_is_gone_is_destroyed_uncalled) {
    promise<int> p;
    auto f = p.get_future();
    auto token = std::make_shared<int>(0);
    run([&] { f.on_done([token] { ++*token; }); });
    BOOST_TEST(token.use_count() == 2);
    p.set_value(1);
    BOOST_TEST(token.use_count() == 1);
    BOOST_TEST(*token == 0);
}

BOOST_AUTO_TEST_CASE(a_callback_that_its_loop_did_not_come_to_is_destroyed_with_the_loop) {
    auto token = std::make_shared<int>(0);
    promise<int> p;
    auto f = p.get_future();
    {
        loop l;
        spawn(
            [&] {
                f.on_done([token] { ++*token; });
                l.stop();
            },
            {.on = &l})
            .detach();
        l.run();
        p.set_value(1);
        BOOST_TEST(token.use_count() == 2);
    }
    BOOST_TEST(token.use_count() == 1);
    BOOST_TEST(*token == 0);
}

// Continuations

BOOST_AUTO_TEST_CASE(a_continuation_gets_the_finished_future_and_makes_the_next) {
    promise<int> p;
    future<std::string> next = p.get_future().then([](future<int> f) { return f.get() + 1; }).then([](future<int> f) {
        return std::to_string(f.get());
    });
    BOOST_TEST(!next.is_done());
    p.set_value(41);
    BOOST_TEST(next.get() == "42");
}

BOOST_AUTO_TEST_CASE(a_failure_passes_through_continuations_that_read_it_and_stops_at_one_that_handles_it) {
    promise<int> p;
    auto reads = p.get_future().then([](future<int> f) { return f.get(); });
    auto handles = std::move(reads).then([](future<int> f) {
        try {
            return f.get();
        } catch (const std::out_of_range&) {
            return -1;
        }
    });
    p.set_exception(std::make_exception_ptr(std::out_of_range("too far")));
    BOOST_TEST(handles.get() == -1);
}

BOOST_AUTO_TEST_CASE(cancelling_a_continuation_asks_the_first_producer) {
    promise<int> p;
    auto first = p.get_future();
    auto next = std::move(first).then([](future<int> f) { return f.get(); }).then([](future<int> f) { f.get(); });
    BOOST_TEST(!first.valid());
    next.cancel();
    BOOST_TEST(p.is_cancel_requested());
    p.set_cancelled();
    BOOST_TEST(next.is_cancelled());
}

BOOST_AUTO_TEST_CASE(a_continuation_of_a_loop_runs_on_it) {
    run([] {
        promise<int> p;
        auto next = p.get_future().then([](future<int>) { return std::this_thread::get_id(); });
        std::jthread([&] { p.set_value(1); }).join();
        BOOST_TEST(!next.is_done());
        BOOST_CHECK(next.get() == std::this_thread::get_id());
    });
}

BOOST_AUTO_TEST_CASE(a_continuation_whose_loop_is_gone_breaks_its_promise) {
    promise<int> p;
    future<int> next;
    run([&] { next = p.get_future().then([](future<int> f) { return f.get(); }); });
    p.set_value(1);
    BOOST_TEST((test::code_of([&] { next.get(); }) == errc::broken_promise));
}

// Completion tokens

BOOST_AUTO_TEST_CASE(a_handler_gets_the_value_or_the_exception) {
    asio::io_context context;
    promise<std::string> good;
    promise<void> bad;
    std::string value;
    bool failed = false;
    good.get_future().async_get(asio::bind_executor(context, [&](std::exception_ptr e, std::string s) {
        BOOST_TEST(!e);
        value = std::move(s);
    }));
    bad.get_future().async_get(asio::bind_executor(context, [&](std::exception_ptr e) { failed = e != nullptr; }));
    context.poll();
    good.set_value("done");
    bad.set_exception(std::make_exception_ptr(std::out_of_range("too far")));
    BOOST_TEST(value.empty());
    context.run();
    BOOST_TEST(value == "done");
    BOOST_TEST(failed);
}

BOOST_AUTO_TEST_CASE(a_cancelled_async_wait_leaves_the_result_in_the_future) {
    asio::io_context context;
    asio::cancellation_signal stop;
    promise<int> p;
    auto f = p.get_future();
    boost::system::error_code seen;
    f.async_wait(asio::bind_executor(
        context, asio::bind_cancellation_slot(stop.slot(), [&](boost::system::error_code ec) { seen = ec; })));
    stop.emit(asio::cancellation_type::terminal);
    context.run();
    BOOST_TEST((seen == asio::error::operation_aborted));
    p.set_value(4);
    BOOST_TEST(f.get() == 4);
}

BOOST_AUTO_TEST_CASE(several_asio_coroutines_read_one_shared_future) {
    asio::io_context context;
    promise<int> p;
    shared_future<int> f = p.get_future();
    int sum = 0;
    for (int i = 0; i < 3; ++i)
        asio::co_spawn(
            context, [&]() -> asio::awaitable<void> { sum += co_await f.async_get(asio::use_awaitable); },
            asio::detached);
    context.poll();
    p.set_value(2);
    context.run();
    BOOST_TEST(sum == 6);
}

// Lifetime

BOOST_AUTO_TEST_CASE(the_one_that_read_the_result_may_destroy_both_ends) {
    test::for_every_kind([](test::parties& party) {
        for (int round = 0; round < 300; ++round) {
            auto p = std::make_unique<promise<int>>();
            auto f = p->get_future();
            party([raw = p.get()] { raw->set_value(1); });
            while (!f.is_done())
                yield();
            BOOST_REQUIRE(f.get() == 1);
            p.reset();
            f = {};
            party.join();
        }
    });
}

BOOST_AUTO_TEST_CASE(a_chain_of_continuations_may_be_of_any_length) {
    constexpr int length = 200'000;
    promise<int> first;
    auto last = first.get_future();
    for (int i = 0; i < length; ++i)
        last = std::move(last).then([](future<int> f) { return std::move(f).get() + 1; });
    bool was_asked = false;
    first.on_cancel([&] { was_asked = true; });
    last.cancel();
    BOOST_TEST(was_asked);
    first.set_value(0);
    BOOST_TEST(last.get() == length);
}

BOOST_AUTO_TEST_SUITE_END()
