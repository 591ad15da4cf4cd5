// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"
#include "support/unhandled.hpp"

#include <plait/coro/task.hpp>
#include <plait/runtime/future.hpp>
#include <plait/runtime/gather.hpp>

#include <atomic>
#include <memory>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;

namespace {

struct failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::exception_ptr failed(const char* what) { return std::make_exception_ptr(failure(what)); }

/// Promises, and their futures.
struct pairs {
    explicit pairs(std::size_t n) : promises(n) {
        for (auto& p : promises)
            futures.push_back(p.get_future());
    }
    std::vector<promise<int>> promises;
    std::vector<future<int>> futures;
};

static_assert(awaitable<future<int>> && awaitable<shared_future<void>&> && awaitable<task<int>>);
static_assert(!awaitable<promise<int>> && !awaitable<int>);

} // namespace

BOOST_AUTO_TEST_SUITE(gather_suite)

BOOST_AUTO_TEST_CASE(several_results_come_as_a_tuple) {
    promise<void> p;
    auto nothing = p.get_future();
    p.set_value();
    auto [number, text, unit] = gather(make_ready_future(1), make_ready_future(std::string("two")), nothing);
    BOOST_TEST(number == 1);
    BOOST_TEST(text == "two");
    static_assert(std::is_same_v<decltype(unit), std::monostate>);
    BOOST_TEST(nothing.valid());
}

BOOST_AUTO_TEST_CASE(a_range_s_results_come_as_a_vector_in_its_order) {
    pairs p(3);
    for (int i : {2, 0, 1})
        p.promises[static_cast<std::size_t>(i)].set_value(i * 10);
    BOOST_TEST(gather(p.futures) == (std::vector{0, 10, 20}), boost::test_tools::per_element());
    BOOST_TEST(p.futures[1].get() == 10); // an lvalue's stay
    BOOST_TEST(gather(std::move(p.futures)).size() == 3u);
}

BOOST_AUTO_TEST_CASE(what_was_moved_in_is_moved_out) {
    std::vector<future<std::unique_ptr<int>>> futures;
    futures.push_back(make_ready_future(std::make_unique<int>(1)));
    auto values = gather(std::move(futures));
    BOOST_TEST(*values.front() == 1);
    auto [one, two] = gather(make_ready_future(std::make_unique<int>(1)), make_ready_future(std::make_unique<int>(2)));
    BOOST_TEST(*one + *two == 3);
}

BOOST_AUTO_TEST_CASE(nothing_is_gathered_at_once) {
    BOOST_TEST(gather(std::vector<future<int>>()).empty());
    gather(std::vector<future<void>>());
    static_assert(std::is_same_v<decltype(gather()), std::tuple<>>);
    gather();
}

BOOST_AUTO_TEST_CASE(futures_and_tasks_mix) {
    run([] {
        promise<int> p;
        auto f = p.get_future();
        auto setter = spawn([&] { p.set_value(1); });
        auto [first, second, third] = gather(f, spawn([] { return 2; }), setter);
        BOOST_TEST(first == 1);
        BOOST_TEST(second == 2);
        static_cast<void>(third);
    });
}

BOOST_AUTO_TEST_CASE(the_first_failure_cancels_the_others_and_is_thrown_when_they_have_ended) {
    test::for_every_kind([](test::parties& party) {
        pairs p(3);
        p.promises[0].on_cancel([&] { p.promises[0].set_cancelled(); });
        std::atomic<bool> last_was_asked{false};
        event asked;
        p.promises[2].on_cancel([&] { asked.set(); });
        std::string thrown;
        bool last_had_ended = false;
        party([&] {
            try {
                gather(p.futures);
            } catch (const failure& e) {
                thrown = e.what();
                last_had_ended = p.futures[2].is_done();
            }
        });
        party([&] { p.promises[1].set_exception(failed("second")); });
        party([&] {
            asked.wait();
            p.promises[2].set_exception(failed("third")); // later, and not what is thrown
        });
        party.join();
        BOOST_TEST(thrown == "second");
        BOOST_TEST(last_had_ended);
        BOOST_TEST(p.futures[0].is_cancelled());
    });
}

BOOST_AUTO_TEST_CASE(a_failure_cancels_the_other_tasks) {
    run([] {
        bool ended = false;
        auto sleeper = spawn([&] {
            try {
                sleep_for(1h);
            } catch (const cancelled&) {
                ended = true;
                throw;
            }
        });
        BOOST_CHECK_THROW(gather(sleeper, spawn([] { throw failure("other"); })), failure);
        BOOST_TEST(ended);
        BOOST_TEST((test::code_of([&] { sleeper.join(); }) == errc::task_cancelled));
    });
}

BOOST_AUTO_TEST_CASE(of_failures_that_were_there_before_the_first_argument_s_is_thrown) {
    pairs p(2);
    p.promises[1].set_exception(failed("second"));
    p.promises[0].set_exception(failed("first"));
    BOOST_CHECK_EXCEPTION(
        gather(p.futures), failure, [](const failure& e) { return e.what() == std::string("first"); });
}

BOOST_AUTO_TEST_CASE(one_that_was_cancelled_is_a_failure_of_all) {
    promise<int> p;
    p.set_cancelled();
    BOOST_TEST((test::code_of([&] { gather(p.get_future(), make_ready_future(1)); }) == errc::task_cancelled));
}

BOOST_AUTO_TEST_CASE(of_several_failures_of_tasks_that_were_moved_in_the_first_stands_for_all) {
    test::unhandled_exceptions reported;
    run([] {
        auto fails = [](const char* what) { return spawn([what] { throw failure(what); }, {.name = what}); };
        auto first = fails("first"), second = fails("second");
        BOOST_CHECK_THROW(gather(std::move(first), std::move(second)), failure);
    });
    BOOST_TEST(reported.seen().empty());
}

BOOST_AUTO_TEST_CASE(a_gather_that_times_out_leaves_the_caller_s_and_cancels_its_own) {
    promise<int> kept, given;
    auto f = kept.get_future();
    BOOST_CHECK_THROW(gather_for(duration(0), f, given.get_future()), timeout_error);
    BOOST_TEST(!kept.is_cancel_requested());
    BOOST_TEST(given.is_cancel_requested());
    kept.set_value(1);
    BOOST_TEST(f.get() == 1);
}

BOOST_AUTO_TEST_CASE(a_cancelled_gather_leaves_the_caller_s_and_joins_its_own) {
    run([] {
        event never;
        bool given_ended = false;
        auto kept = spawn([&] { never.wait(); });
        auto gathers = spawn([&] {
            auto given = spawn([&] {
                try {
                    never.wait();
                } catch (const cancelled&) {
                    given_ended = true;
                    throw;
                }
            });
            gather(kept, std::move(given));
        });
        yield();
        yield();
        gathers.cancel();
        gathers.wait();
        BOOST_TEST(given_ended);
        BOOST_TEST(!kept.is_done());
    });
}

// A task that begins, waits for ever, and fails when it is cancelled.
task<void> that_fails_when_cancelled(event& begun) {
    return spawn([&] {
        try {
            begun.set();
            event().wait();
        } catch (const cancelled&) {
            throw failure("cancelled");
        }
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_gather_stays_the_observer_of_its_own_tasks) {
    test::unhandled_exceptions reported;
    run([] {
        event begun;
        auto gathers_a_tuple = spawn([&] { gather(that_fails_when_cancelled(begun), spawn([] { event().wait(); })); });
        begun.wait();
        gathers_a_tuple.cancel();
        BOOST_TEST((test::code_of([&] { gathers_a_tuple.join(); }) == errc::task_cancelled));

        event range_begun;
        auto gathers_a_range = spawn([&] {
            std::vector<task<void>> tasks;
            tasks.push_back(that_fails_when_cancelled(range_begun));
            gather(std::move(tasks));
        });
        range_begun.wait();
        gathers_a_range.cancel();
        BOOST_TEST((test::code_of([&] { gathers_a_range.join(); }) == errc::task_cancelled));
    });
    BOOST_TEST(reported.seen().empty());
}

BOOST_AUTO_TEST_CASE(a_gather_that_times_out_stays_the_observer_of_its_own_tasks_and_waits_for_no_future) {
    test::unhandled_exceptions reported;
    run([] {
        event begun;
        auto fails = that_fails_when_cancelled(begun);
        begun.wait();
        promise<int> never;
        BOOST_CHECK_THROW(gather_for(duration(0), std::move(fails), never.get_future()), timeout_error);
        BOOST_TEST(never.is_cancel_requested());
    });
    BOOST_TEST(reported.seen().empty());
}

BOOST_AUTO_TEST_CASE(a_late_step_of_as_completed_stays_the_observer_of_its_own_tasks) {
    test::unhandled_exceptions reported;
    run([] {
        event begun;
        std::vector<task<void>> tasks;
        tasks.push_back(that_fails_when_cancelled(begun));
        begun.wait();
        BOOST_CHECK_THROW(for (auto& t : as_completed_for(duration(0), std::move(tasks))) t.join(), timeout_error);
    });
    BOOST_TEST(reported.seen().empty());
}

BOOST_AUTO_TEST_CASE(a_gather_in_a_task_that_waits_for_itself_is_refused) {
    run([] {
        task<void> self;
        boost::system::error_code code;
        self = spawn([&] { code = test::code_of([&] { gather(self); }); });
        self.wait();
        BOOST_TEST((code == errc::resource_deadlock_would_occur));
    });
}

BOOST_AUTO_TEST_CASE(an_empty_handle_is_refused) {
    promise<int> p;
    auto f = p.get_future();
    future<int> empty;
    BOOST_TEST((test::code_of([&] { gather(f, empty); }) == errc::no_state));
    BOOST_TEST(!p.is_cancel_requested());
    p.set_value(1); // nobody watches any more
}

BOOST_AUTO_TEST_CASE(results_may_arrive_while_the_wait_for_them_is_given_up) {
    test::for_every_kind([](test::parties& party) {
        for (int round = 0; round < 100; ++round) {
            pairs p(4);
            party([&] {
                for (auto& promise : p.promises)
                    promise.set_value(round);
            });
            party([&] { static_cast<void>(wait_for(duration(round), p.futures)); });
            party.join();
            BOOST_TEST_REQUIRE(gather(p.futures).size() == 4u);
        }
    });
}

BOOST_AUTO_TEST_CASE(the_next_one_that_is_completed_comes_next) {
    run([] {
        pairs p(3);
        std::vector<int> order;
        p.promises[2].set_value(2);
        auto setter = spawn([&] {
            p.promises[0].set_value(0);
            yield();
            p.promises[1].set_value(1);
        });
        for (auto& f : as_completed(p.futures))
            order.push_back(std::move(f).get());
        BOOST_TEST(order == (std::vector{2, 0, 1}), boost::test_tools::per_element());
        setter.join();
    });
}

BOOST_AUTO_TEST_CASE(as_completed_gives_what_fails_too) {
    pairs p(2);
    p.promises[0].set_exception(failed("first"));
    p.promises[1].set_value(1);
    int failures = 0;
    for (auto& f : as_completed(p.futures))
        try {
            f.get();
        } catch (const failure&) {
            ++failures;
        }
    BOOST_TEST(failures == 1);
}

BOOST_AUTO_TEST_CASE(as_completed_cancels_what_was_moved_in_when_it_is_left_early) {
    pairs p(2);
    p.promises[0].set_value(0);
    for (auto& f : as_completed(std::move(p.futures))) {
        BOOST_TEST(f.get() == 0);
        break;
    }
    BOOST_TEST(p.promises[1].is_cancel_requested());
}

BOOST_AUTO_TEST_CASE(as_completed_leaves_the_caller_s_when_it_is_left_early) {
    pairs p(2);
    p.promises[0].set_value(0);
    for (auto& f : as_completed(p.futures)) {
        BOOST_TEST(f.get() == 0);
        break;
    }
    BOOST_TEST(!p.promises[1].is_cancel_requested());
    p.promises[1].set_value(1);
    BOOST_TEST(p.futures[1].get() == 1);
}

BOOST_AUTO_TEST_CASE(a_step_that_is_late_throws_and_loses_nothing) {
    pairs p(2);
    p.promises[1].set_value(1);
    std::vector<int> seen;
    BOOST_CHECK_THROW(for (auto& f : as_completed_for(duration(0), p.futures)) seen.push_back(f.get()), timeout_error);
    BOOST_TEST(seen == std::vector{1}, boost::test_tools::per_element());
    p.promises[0].set_value(0);
    BOOST_TEST(p.futures[0].get() == 0);
}

BOOST_AUTO_TEST_CASE(a_view_s_elements_stay_with_their_owner) {
    pairs p(3);
    for (int i = 0; i < 3; ++i)
        p.promises[static_cast<std::size_t>(i)].set_value(i);
    BOOST_TEST(gather(std::span(p.futures).first(2)) == (std::vector{0, 1}), boost::test_tools::per_element());
    BOOST_TEST(wait(std::span(p.futures)).done.size() == 3u);
    BOOST_TEST(p.futures[0].valid());
}

BOOST_AUTO_TEST_CASE(a_constant_range_can_be_waited_for) {
    const std::vector<shared_future<int>> futures{make_ready_future(1), make_ready_future(2)};
    int sum = 0;
    for (const auto& f : as_completed(futures))
        sum += f.get();
    BOOST_TEST(sum == 3);
    BOOST_TEST(wait(futures).done.size() == 2u);
    BOOST_TEST(gather(futures) == (std::vector{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_negative_duration_is_refused) {
    pairs p(1);
    BOOST_TEST((test::code_of([&] { gather_for(-1ns, p.futures); }) == errc::invalid_argument));
    BOOST_TEST((test::code_of([&] { static_cast<void>(wait_for(-1ns, p.futures)); }) == errc::invalid_argument));
    BOOST_TEST(
        (test::code_of([&] { static_cast<void>(as_completed_for(-1ns, p.futures)); }) == errc::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()
