// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What users of futures rely on, from CPython's test_concurrent_futures and test_asyncio. The number is the line of the
// list of behaviours.
#include "support/parties.hpp"
#include "support/unhandled.hpp"

#include <plait/runtime/event.hpp>
#include <plait/runtime/future.hpp>
#include <plait/runtime/gather.hpp>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;

namespace {

/// One future in each state that has a name in Python: pending, finished, failed, cancelled.
struct states {
    states() {
        finished.set_value(42);
        failed.set_exception(std::make_exception_ptr(std::runtime_error("failed")));
        cancelled.set_cancelled();
    }
    promise<int> pending, finished, failed, cancelled;
    shared_future<int> is_pending = pending.get_future();
    shared_future<int> is_finished = finished.get_future();
    shared_future<int> is_failed = failed.get_future();
    shared_future<int> is_cancelled = cancelled.get_future();
};

template <class R>
bool is_done(const wait_result<R>& result, const R& one) {
    return std::ranges::find(result.done, &one) != result.done.end();
}

} // namespace

BOOST_AUTO_TEST_SUITE(futures_suite)

// conformance 63

BOOST_AUTO_TEST_CASE(wait_returns_when_the_first_is_completed) {
    test::for_every_kind([](test::parties& party) {
        states s;
        promise<int> other;
        std::vector<shared_future<int>> futures{s.is_pending, other.get_future()};
        std::size_t done = 0, pending = 0;
        party([&] {
            auto result = wait(futures, first_completed);
            done = result.done.size();
            pending = result.pending.size();
        });
        party([&] { other.set_value(1); });
        party.join();
        BOOST_TEST(done == 1u);
        BOOST_TEST(pending == 1u);
    });
}

BOOST_AUTO_TEST_CASE(wait_for_the_first_does_not_wait_if_some_are_completed_already) {
    test::for_every_kind([](test::parties& party) {
        states s;
        std::vector<shared_future<int>> futures{s.is_cancelled, s.is_finished, s.is_pending};
        bool right = false;
        party([&] {
            auto result = wait(futures, first_completed);
            right = result.done == std::vector{&futures[0], &futures[1]} && result.pending == std::vector{&futures[2]};
        });
        party.join();
        BOOST_TEST(right);
    });
}

BOOST_AUTO_TEST_CASE(wait_returns_at_the_first_exception) {
    test::for_every_kind([](test::parties& party) {
        states s;
        promise<int> fails, succeeds;
        std::vector<shared_future<int>> futures{succeeds.get_future(), fails.get_future(), s.is_pending};
        bool right = false;
        party([&] {
            auto result = wait(futures, first_exception);
            right = is_done(result, futures[1]) && !is_done(result, futures[2]);
        });
        party([&] {
            succeeds.set_value(1); // ends nothing
            fails.set_exception(std::make_exception_ptr(std::runtime_error("failed")));
        });
        party.join();
        BOOST_TEST(right);
    });
}

BOOST_AUTO_TEST_CASE(one_that_was_cancelled_is_no_exception) {
    test::for_every_kind([](test::parties& party) {
        states s;
        std::vector<shared_future<int>> futures{s.is_cancelled, s.is_finished, s.is_pending};
        std::size_t done = 0;
        party([&] { done = wait_for(duration(0), futures, first_exception).done.size(); });
        party.join();
        BOOST_TEST(done == 2u);
        party([&] { done = wait(futures, first_exception).done.size(); });
        party([&] { s.pending.set_value(1); });
        party.join();
        BOOST_TEST(done == 3u); // none failed, so all were waited for
    });
}

BOOST_AUTO_TEST_CASE(wait_for_an_exception_does_not_wait_if_one_is_there) {
    test::for_every_kind([](test::parties& party) {
        states s;
        std::vector<shared_future<int>> futures{s.is_pending, s.is_failed};
        bool right = false;
        party([&] {
            auto result = wait(futures, first_exception);
            right = result.done == std::vector{&futures[1]} && result.pending == std::vector{&futures[0]};
        });
        party.join();
        BOOST_TEST(right);
    });
}

BOOST_AUTO_TEST_CASE(wait_returns_when_all_are_completed) {
    test::for_every_kind([](test::parties& party) {
        states s;
        std::vector<shared_future<int>> futures{s.is_pending, s.is_finished, s.is_failed, s.is_cancelled};
        std::size_t done = 0, pending = 9;
        party([&] {
            auto result = wait(futures);
            done = result.done.size();
            pending = result.pending.size();
        });
        party([&] { s.pending.set_value(1); });
        party.join();
        BOOST_TEST(done == 4u);
        BOOST_TEST(pending == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_wait_whose_time_is_up_says_what_is_done) {
    test::for_every_kind([](test::parties& party) {
        states s;
        std::vector<shared_future<int>> futures{s.is_cancelled, s.is_failed, s.is_finished, s.is_pending};
        bool right = false;
        party([&] {
            auto result = wait_for(1ms, futures);
            right = result.done.size() == 3 && result.pending == std::vector{&futures[3]};
        });
        party.join();
        BOOST_TEST(right);
    });
}

BOOST_AUTO_TEST_CASE(a_wait_of_no_time_only_looks) {
    test::for_every_kind([](test::parties& party) {
        states s;
        std::vector<shared_future<int>> futures{s.is_pending, s.is_finished};
        std::vector<std::size_t> done;
        party([&] {
            for (auto when : {all_completed, first_completed, first_exception})
                done.push_back(wait_for(duration(0), futures, when).done.size());
        });
        party.join();
        BOOST_TEST(done == (std::vector<std::size_t>{1, 1, 1}), boost::test_tools::per_element());
    });
}

BOOST_AUTO_TEST_CASE(wait_counts_duplicates_once) {
    test::for_every_kind([](test::parties& party) {
        states s;
        std::vector<shared_future<int>> futures{s.is_pending, s.is_finished, s.is_pending, s.is_finished};
        bool right = false;
        party([&] {
            auto result = wait(futures, first_completed);
            right = result.done == std::vector{&futures[1]} && result.pending == std::vector{&futures[0]};
        });
        party.join();
        BOOST_TEST(right);
    });
}

BOOST_AUTO_TEST_CASE(there_is_nothing_to_wait_for_in_an_empty_range) {
    test::for_every_kind([](test::parties& party) {
        std::vector<future<int>> none;
        std::size_t found = 9;
        party([&] {
            found = 0;
            for (auto when : {all_completed, first_completed, first_exception})
                found += wait(none, when).done.size();
            for ([[maybe_unused]] auto& f : as_completed(none))
                ++found;
        });
        party.join();
        BOOST_TEST(found == 0u);
    });
}

BOOST_AUTO_TEST_CASE(as_completed_gives_each_once_those_that_were_done_first) {
    test::for_every_kind([](test::parties& party) {
        states s;
        std::vector<shared_future<int>> futures{s.is_pending, s.is_cancelled, s.is_failed, s.is_finished};
        std::vector<const shared_future<int>*> order;
        event began;
        party([&] {
            for (auto& f : as_completed(futures)) {
                order.push_back(&f);
                if (order.size() == 3) began.set();
            }
        });
        party([&] {
            began.wait();
            s.pending.set_value(1);
        });
        party.join();
        bool right =
            order == std::vector<const shared_future<int>*>{&futures[1], &futures[2], &futures[3], &futures[0]};
        BOOST_TEST(right);
    });
}

BOOST_AUTO_TEST_CASE(as_completed_gives_duplicates_once) {
    test::for_every_kind([](test::parties& party) {
        states s;
        std::vector<shared_future<int>> futures(3, s.is_pending);
        int seen = 0;
        party([&] {
            for (auto& f : as_completed(futures))
                seen += f.get();
        });
        party([&] { s.pending.set_value(1); });
        party.join();
        BOOST_TEST(seen == 1);
    });
}

BOOST_AUTO_TEST_CASE(as_completed_of_no_time_gives_what_is_done_and_then_times_out) {
    test::for_every_kind([](test::parties& party) {
        states s;
        std::vector<shared_future<int>> futures{s.is_pending, s.is_finished};
        std::vector<int> seen;
        boost::system::error_code code;
        party([&] {
            code = test::code_of([&] {
                for (auto& f : as_completed_for(duration(0), futures))
                    seen.push_back(f.get());
            });
        });
        party.join();
        BOOST_TEST((code == errc::timed_out));
        BOOST_TEST(seen == std::vector{42}, boost::test_tools::per_element());
    });
}

// conformance 64

BOOST_AUTO_TEST_CASE(callbacks_come_in_the_order_of_their_registration) {
    test::for_every_kind([](test::parties& party) {
        promise<int> p;
        auto f = p.get_future();
        std::vector<int> order;
        event registered, all;
        party([&] {
            for (int i = 0; i < 10; ++i)
                f.on_done([&, i] {
                    order.push_back(i);
                    if (i == 9) all.set();
                });
            registered.set();
        });
        party([&] {
            registered.wait();
            p.set_value(0);
        });
        all.wait();
        party.join();
        BOOST_TEST(order.size() == 10u);
        BOOST_TEST(std::ranges::is_sorted(order));
    });
}

BOOST_AUTO_TEST_CASE(a_callback_that_throws_is_reported_and_the_next_is_called) {
    test::unhandled_exceptions reported;
    test::for_every_kind([](test::parties& party) {
        promise<int> p;
        auto f = p.get_future();
        event next;
        party([&] {
            f.on_done([] { throw std::runtime_error("boom"); });
            f.on_done([&] { next.set(); });
            p.set_value(0);
        });
        next.wait();
        party.join();
    });
    BOOST_TEST(reported.seen() == std::vector<std::string>(4, "callback: boom"), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(callbacks_are_called_for_every_end) {
    test::for_every_kind([](test::parties& party) {
        states s;
        std::atomic<int> called{0};
        event all;
        party([&] {
            for (auto* f : {&s.is_finished, &s.is_failed, &s.is_cancelled, &s.is_pending})
                f->on_done([&] {
                    if (++called == 4) all.set();
                });
            s.pending.set_value(1);
        });
        all.wait();
        party.join();
        BOOST_TEST(called == 4);
    });
}

BOOST_AUTO_TEST_CASE(a_result_and_an_exception_are_set_once_between_them) {
    test::for_every_kind([](test::parties& party) {
        states s;
        std::vector<boost::system::error_code> codes;
        party([&] {
            for (auto* p : {&s.finished, &s.failed, &s.cancelled}) {
                codes.push_back(test::code_of([&] { p->set_value(1); }));
                codes.push_back(
                    test::code_of([&] { p->set_exception(std::make_exception_ptr(std::runtime_error("late"))); }));
                codes.push_back(test::code_of([&] { p->set_cancelled(); }));
            }
        });
        party.join();
        BOOST_TEST(codes.size() == 9u);
        BOOST_TEST(std::ranges::all_of(codes, [](auto code) { return code == errc::already_satisfied; }));
    });
}

BOOST_AUTO_TEST_CASE(a_future_s_state_is_told_without_waiting) {
    test::for_every_kind([](test::parties& party) {
        states s;
        bool right = false;
        party([&] {
            right = !s.is_pending.is_done() && s.is_finished.is_done() && s.is_failed.is_done() &&
                    s.is_cancelled.is_done() && s.is_cancelled.is_cancelled() && !s.is_failed.is_cancelled() &&
                    !s.is_pending.is_cancelled() && s.is_pending.cancel() && !s.is_finished.cancel();
        });
        party.join();
        BOOST_TEST(right);
    });
}

BOOST_AUTO_TEST_CASE(a_result_that_is_late_a_timed_get_does_not_wait_for) {
    test::for_every_kind([](test::parties& party) {
        states s;
        boost::system::error_code code;
        party([&] { code = test::code_of([&] { s.is_pending.get_for(1ms); }); });
        party.join();
        BOOST_TEST((code == errc::timed_out));
    });
}

// conformance 56, 59: what a task fails with reaches whoever looks, by get() or by callback

BOOST_AUTO_TEST_CASE(a_failure_reaches_the_callback_as_it_reaches_get) {
    test::for_every_kind([](test::parties& party) {
        promise<int> p;
        event called;
        std::string what;
        party([&] {
            static_cast<void>(p.get_future().then([&](future<int> f) {
                try {
                    f.get();
                } catch (const std::out_of_range& e) {
                    what = e.what();
                }
                called.set();
            }));
            p.set_exception(std::make_exception_ptr(std::out_of_range("too far")));
        });
        called.wait();
        party.join();
        BOOST_TEST(what == "too far");
    });
}

// conformance 61: what is cancelled before it ran says so to all who wait

BOOST_AUTO_TEST_CASE(everybody_who_waits_for_a_cancelled_one_is_told) {
    test::for_every_kind([](test::parties& party) {
        promise<int> p;
        shared_future<int> f = p.get_future();
        p.on_cancel([&] { p.set_cancelled(); });
        std::atomic<int> told{0};
        for (int i = 0; i < 4; ++i)
            party([&told, f] { told += test::code_of([&] { f.get(); }) == errc::task_cancelled; });
        party([f] { f.cancel(); });
        party.join();
        BOOST_TEST(told == 4);
    });
}

// conformance 85

BOOST_AUTO_TEST_CASE(gather_keeps_the_order_of_its_arguments) {
    test::for_every_kind([](test::parties& party) {
        std::vector<promise<int>> promises(20);
        std::vector<future<int>> futures;
        for (auto& p : promises)
            futures.push_back(p.get_future());
        std::vector<int> values;
        party([&] { values = gather(std::move(futures)); });
        for (int i = 19; i >= 0; --i)
            party([&, i] { promises[static_cast<std::size_t>(i)].set_value(i); });
        party.join();
        BOOST_TEST(values.size() == 20u);
        BOOST_TEST(std::ranges::is_sorted(values));
    });
}

BOOST_AUTO_TEST_CASE(as_completed_gives_the_order_of_completion) {
    test::for_every_kind([](test::parties& party) {
        constexpr std::size_t many = 10;
        std::vector<promise<std::size_t>> promises(many);
        std::vector<future<std::size_t>> futures;
        for (auto& p : promises)
            futures.push_back(p.get_future());
        std::vector<std::size_t> order;
        std::vector<event> seen(many);
        event watching;
        party([&] {
            auto next = as_completed(futures);
            watching.set();
            for (auto& f : next) {
                order.push_back(f.get());
                seen[f.get()].set();
            }
        });
        party([&] {
            watching.wait();
            for (std::size_t i = many; i-- > 0;) {
                promises[i].set_value(i);
                if (i % 2 == 0) seen[i].wait(); // some one by one, some together
            }
        });
        party.join();
        BOOST_TEST(order.size() == many);
        BOOST_TEST(std::ranges::is_sorted(order, std::greater()));
    });
}

BOOST_AUTO_TEST_SUITE_END()
