// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/event.hpp>
#include <plait/runtime/observe.hpp>
#include <plait/runtime/pool_executor.hpp>
#include <plait/runtime/queue.hpp>
#include <plait/runtime/thread_pool.hpp>
#include <plait/runtime/timeout.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <pthread.h>
#include <time.h>

using namespace plait;
using namespace std::chrono_literals;

namespace {

auto has_code(errc code) {
    return [code](const error& e) { return e.code() == code; };
}

std::string name_of_this_thread() {
    char name[16] = {};
    pthread_getname_np(pthread_self(), name, sizeof name);
    return name;
}

/// A task that keeps a worker busy until it is let go.
class roadblock {
public:
    explicit roadblock(thread_pool& pool)
        : end_(pool.submit([this] {
              begun_.set();
              free_.wait();
          })) {
        begun_.wait();
    }
    ~roadblock() {
        free();
        shield not_a_cancellation_point;
        end_.wait();
    }
    void free() { free_.set(); }

private:
    event begun_, free_;
    future<void> end_;
};

int depth_first(thread_pool& pool, int depth) {
    if (depth == 0) return 1;
    auto left = pool.submit(depth_first, std::ref(pool), depth - 1);
    auto right = pool.submit(depth_first, std::ref(pool), depth - 1);
    return left.get() + right.get();
}

} // namespace

BOOST_AUTO_TEST_SUITE(thread_pool_suite)

BOOST_AUTO_TEST_CASE(a_task_runs_on_a_worker_and_its_result_arrives_whoever_waits) {
    test::for_every_kind([](test::parties& party) {
        thread_pool pool({.threads = 2});
        bool on_worker = false;
        int got = 0;
        party([&] {
            got = pool.submit(
                          [&](int a, int b) {
                              on_worker = pool.runs_here();
                              return a + b;
                          },
                          2, 3)
                      .get();
        });
        party.join();
        BOOST_TEST(on_worker);
        BOOST_TEST(!pool.runs_here());
        BOOST_TEST(got == 5);
    });
}

BOOST_AUTO_TEST_CASE(an_exception_arrives_with_its_type) {
    thread_pool pool({.threads = 1});
    BOOST_CHECK_THROW(pool.submit([]() -> int { throw std::out_of_range("too far"); }).get(), std::out_of_range);
    BOOST_TEST(pool.submit([] { return 1; }).get() == 1);
}

BOOST_AUTO_TEST_CASE(arguments_are_copied_or_moved_into_the_task) {
    thread_pool pool({.threads = 1});
    auto owned = std::make_unique<int>(7);
    auto f = pool.submit(
        [](std::unique_ptr<int> p, std::string s) { return s + std::to_string(*p); }, std::move(owned), "n");
    BOOST_TEST(std::move(f).get() == "n7");
}

BOOST_AUTO_TEST_CASE(the_callable_is_gone_before_the_future_is_done) {
    thread_pool pool({.threads = 1});
    for (int i = 0; i < 200; ++i) {
        auto token = std::make_shared<int>(1);
        auto f = pool.submit([token] {});
        while (!f.is_done())
            std::this_thread::yield();
        BOOST_REQUIRE(token.use_count() == 1);
    }
}

BOOST_AUTO_TEST_CASE(one_worker_runs_what_came_from_outside_in_order) {
    thread_pool pool({.threads = 1});
    std::vector<int> order;
    {
        roadblock block(pool);
        for (int i = 0; i < 1'000; ++i)
            pool.post([&order, i] { order.push_back(i); });
    }
    pool.shutdown();
    std::vector<int> expected(1'000);
    std::iota(expected.begin(), expected.end(), 0);
    BOOST_TEST(order == expected);
}

BOOST_AUTO_TEST_CASE(a_task_that_submits_itself_again_and_again_does_not_starve_the_others) {
    thread_pool pool({.threads = 1});
    std::atomic<bool> older_has_run{false}, outside_has_run{false};
    std::function<void()> again = [&] {
        if (!older_has_run || !outside_has_run) pool.post(again);
    };
    pool.submit([&] {
            pool.post([&] { older_has_run = true; });
            pool.post(again);
        })
        .wait();
    pool.post([&] { outside_has_run = true; });
    pool.shutdown();
    BOOST_TEST(older_has_run);
    BOOST_TEST(outside_has_run);
}

BOOST_AUTO_TEST_CASE(tasks_submit_and_wait_to_any_depth_with_any_number_of_workers) {
    for (std::size_t threads : {1u, 2u, 8u}) {
        thread_pool pool({.threads = threads});
        BOOST_TEST(pool.submit(depth_first, std::ref(pool), 8).get() == 256);
    }
}

BOOST_AUTO_TEST_CASE(a_task_may_wait_for_one_that_was_submitted_after_it) {
    thread_pool pool({.threads = 1});
    promise<shared_future<int>> later;
    shared_future<shared_future<int>> told(later.get_future());
    auto first = pool.submit([told] { return told.get().get() + 1; });
    later.set_value(pool.submit([] { return 1; }).share());
    BOOST_TEST(first.get() == 2);
}

BOOST_AUTO_TEST_CASE(a_timed_wait_of_a_task_does_not_run_what_it_waits_for) {
    thread_pool pool({.threads = 1});
    bool in_time = pool.submit([&] { return pool.submit([] {}).wait_for(0ns); }).get();
    BOOST_TEST(!in_time);
}

BOOST_AUTO_TEST_CASE(a_task_that_has_not_begun_is_dropped_when_its_future_is_cancelled) {
    thread_pool pool({.threads = 1});
    bool was_called = false;
    auto token = std::make_shared<int>(1);
    roadblock block(pool);
    auto f = pool.submit([&was_called, token] { was_called = true; });
    BOOST_TEST(f.cancel());
    BOOST_TEST(token.use_count() == 1);
    BOOST_CHECK_EXCEPTION(f.get(), error, has_code(errc::task_cancelled));
    block.free();
    pool.shutdown();
    BOOST_TEST(!was_called);
}

BOOST_AUTO_TEST_CASE(cancelling_reaches_the_wait_of_a_task_that_runs_and_the_worker_stays_usable) {
    thread_pool pool({.threads = 1});
    for (int i = 0; i < 50; ++i) {
        event never;
        event begun;
        auto f = pool.submit([&] {
            begun.set();
            never.wait();
        });
        if (i % 2 == 0) begun.wait();
        f.cancel();
        BOOST_CHECK_EXCEPTION(f.get(), error, has_code(errc::task_cancelled));
        event already;
        already.set();
        BOOST_REQUIRE(pool.submit([&] {
                              already.wait();
                              return already.wait_for(0ns);
                          })
                          .get());
    }
}

BOOST_AUTO_TEST_CASE(cancelling_a_task_does_not_reach_the_one_that_runs_inside_its_wait) {
    thread_pool pool({.threads = 1});
    event inner_begun, inner_may_go;
    bool outer_was_cancelled = false;
    auto outer = pool.submit([&] {
        auto inner = pool.submit([&] {
            inner_begun.set();
            inner_may_go.wait();
            return 1;
        });
        int got = inner.get();
        try {
            event never;
            never.wait();
        } catch (const cancelled&) {
            outer_was_cancelled = true;
        }
        return got;
    });
    inner_begun.wait();
    outer.cancel();
    inner_may_go.set();
    BOOST_TEST(outer.get() == 1);
    BOOST_TEST(outer_was_cancelled);
}

BOOST_AUTO_TEST_CASE(a_timeout_around_a_task_s_wait_does_not_reach_what_it_waits_for) {
    thread_pool pool({.threads = 1});
    bool timed_out = false;
    auto outer = pool.submit([&] {
        auto inner = pool.submit([] {
            sleep_for(0ns); // a cancellation point
            return 1;
        });
        try {
            timeout(0ns, [&] { inner.get(); });
        } catch (const timeout_error&) {
            timed_out = true;
        }
        return inner;
    });
    BOOST_TEST(outer.get().get() == 1);
    BOOST_TEST(timed_out);
}

BOOST_AUTO_TEST_CASE(a_shield_around_a_task_s_wait_does_not_shield_the_one_that_runs_inside_it) {
    thread_pool pool({.threads = 1});
    event inner_begun;
    shared_future<void> inner;
    auto outer = pool.submit([&] {
        inner = pool.submit([&] {
            inner_begun.set();
            event().wait();
        });
        shield around;
        inner.wait();
    });
    inner_begun.wait();
    inner.cancel();
    outer.get();
    BOOST_TEST(inner.is_cancelled());
}

BOOST_AUTO_TEST_CASE(a_shut_down_pool_has_run_everything_and_refuses_more) {
    test::for_every_kind([](test::parties& party) {
        thread_pool pool({.threads = 2});
        std::atomic<int> run{0};
        boost::system::error_code refused;
        party([&] {
            for (int i = 0; i < 500; ++i)
                pool.post([&] { ++run; });
            pool.shutdown();
            refused = test::code_of([&] { static_cast<void>(pool.submit([] {})); });
        });
        party.join();
        BOOST_TEST(run == 500);
        BOOST_TEST((refused == errc::pool_shut_down));
    });
}

BOOST_AUTO_TEST_CASE(what_tasks_submit_while_the_pool_shuts_down_is_run) {
    thread_pool pool({.threads = 2});
    int got = 0;
    {
        roadblock block(pool);
        pool.post([&] { got = depth_first(pool, 5); });
        pool.close();
    }
    pool.shutdown();
    BOOST_TEST(got == 32);
}

BOOST_AUTO_TEST_CASE(a_shutdown_that_drops_fails_what_has_not_begun_and_waits_for_what_has) {
    thread_pool pool({.threads = 1});
    std::vector<future<void>> pending;
    std::atomic<bool> ended{false};
    event begun, may_go;
    auto running = pool.submit([&] {
        begun.set();
        may_go.wait();
        ended = true;
    });
    begun.wait();
    for (int i = 0; i < 100; ++i)
        pending.push_back(pool.submit([] {}));
    pool.close(unstarted_tasks::drop);
    may_go.set();
    pool.shutdown();
    BOOST_TEST(ended);
    for (auto& f : pending)
        BOOST_CHECK_EXCEPTION(f.get(), error, has_code(errc::task_cancelled));
}

BOOST_AUTO_TEST_CASE(a_task_cannot_shut_its_own_pool_down) {
    thread_pool pool({.threads = 1});
    BOOST_CHECK_EXCEPTION(
        pool.submit([&] { pool.shutdown(); }).get(), error, has_code(errc::resource_deadlock_would_occur));
}

BOOST_AUTO_TEST_CASE(options_out_of_range_are_refused) {
    BOOST_CHECK_EXCEPTION(thread_pool({.threads = 0}), error, has_code(errc::invalid_argument));
    BOOST_CHECK_EXCEPTION(thread_pool({.threads = 1'025}), error, has_code(errc::invalid_argument));
    BOOST_CHECK_EXCEPTION(thread_pool({.name = "eleven_byte"}), error, has_code(errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(workers_have_names_and_the_initialiser_runs_once_in_each) {
    std::atomic<int> initialised{0};
    std::set<std::string> names;
    thread_pool pool({.threads = 3, .name = "oven", .initialiser = [&] { ++initialised; }});
    std::atomic<int> there{0};
    std::vector<future<std::string>> futures;
    for (int i = 0; i < 3; ++i)
        futures.push_back(pool.submit([&] {
            ++there;
            while (there < 3) // all three at once, each on a worker of its own
                std::this_thread::yield();
            return name_of_this_thread();
        }));
    for (auto& f : futures)
        names.insert(f.get());
    BOOST_TEST(names == (std::set<std::string>{"oven-0", "oven-1", "oven-2"}), boost::test_tools::per_element());
    BOOST_TEST(initialised == 3);
}

BOOST_AUTO_TEST_CASE(an_initialiser_that_fails_breaks_the_pool_and_says_why) {
    thread_pool pool({.threads = 1, .name = "oven", .initialiser = [] { throw std::runtime_error("no gas"); }});
    auto says_why = [](const error& e) {
        return e.code() == errc::pool_broken && std::string(e.what()).find("oven-0 threw: no gas") != std::string::npos;
    };
    try {
        // Either it is refused, or its future has the error: the worker may not have come to its initialiser yet.
        auto f = pool.submit([] {});
        BOOST_CHECK_EXCEPTION(f.get(), error, says_why);
    } catch (const error& e) {
        BOOST_TEST(says_why(e));
    }
    BOOST_CHECK_EXCEPTION(static_cast<void>(pool.submit([] {})), error, says_why);
}

BOOST_AUTO_TEST_CASE(a_pool_on_demand_starts_a_thread_only_when_nobody_is_idle) {
    thread_pool pool({.threads = 4, .on_demand = true});
    BOOST_TEST(pool.stats().threads == 1u);
    for (int i = 0; i < 20; ++i) {
        pool.submit([] {}).get();
        while (pool.stats().sleeps < pool.stats().wakes) // until it is idle again
            std::this_thread::yield();
    }
    BOOST_TEST(pool.stats().threads == 1u);
    roadblock first(pool), second(pool);
    BOOST_TEST(pool.stats().threads == 2u);
}

BOOST_AUTO_TEST_CASE(idle_workers_use_no_cpu) {
    thread_pool pool({.threads = 4});
    pool.submit([] {}).get();
    while (pool.stats().sleeps < pool.stats().wakes)
        std::this_thread::yield();
    auto before = pool.stats();
    event never;
    BOOST_TEST(!never.wait_for(20ms));
    auto after = pool.stats();
    BOOST_TEST(after.sleeps == before.sleeps); // nobody woke up to look around
    BOOST_TEST(after.wakes == before.wakes);
}

BOOST_AUTO_TEST_CASE(the_counters_add_up) {
    thread_pool pool({.threads = 2});
    for (int i = 0; i < 100; ++i)
        pool.post([&] { pool.post([] {}); });
    pool.shutdown();
    auto stats = pool.stats();
    BOOST_TEST(stats.submitted == 200u);
    BOOST_TEST(stats.run == 200u);
    BOOST_TEST(stats.queued == 0u);
    BOOST_TEST(stats.threads == 2u);
}

BOOST_AUTO_TEST_CASE(a_pool_is_shown_with_its_counters_and_what_its_threads_do) {
    event begun, go_on;
    {
        thread_pool pool({.threads = 2, .on_demand = true, .name = "ovens"});
        auto task = pool.submit([&] {
            begun.set();
            go_on.wait();
        });
        begun.wait();
        std::string all;
        do // until the thread sleeps
            all = dump_all();
        while (all.find("'ovens-0', waits for event.wait\n") == std::string::npos);
        BOOST_TEST(all.find("thread_pool 'ovens': submitted 1, run 1") != std::string::npos, all);
        BOOST_TEST(all.find("queued 0, threads 1, busy 1\n") != std::string::npos, all);
        go_on.set();
        task.get();
        do // until the thread has gone to sleep
            all = dump_all();
        while (all.find("busy 0\n") == std::string::npos || all.find("'ovens-0', is idle\n") == std::string::npos);
    }
    BOOST_TEST(dump_all().find("'ovens'") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_posted_task_is_reported) {
    std::atomic<int> reports{0};
    on_unhandled_exception([&](const unhandled_exception&) { ++reports; });
    thread_pool pool({.threads = 1});
    pool.post([] { throw std::runtime_error("nobody looks"); });
    pool.shutdown();
    on_unhandled_exception({});
    BOOST_TEST(reports == 1);
}

BOOST_AUTO_TEST_CASE(results_of_map_are_read_one_by_one_in_order) {
    test::for_every_kind([](test::parties& party) {
        thread_pool pool({.threads = 2});
        std::vector<int> items(100), got, expected;
        std::iota(items.begin(), items.end(), 0);
        for (int i : items)
            expected.push_back(i * i);
        party([&] {
            for (int square : pool.map([](int i) { return i * i; }, items))
                got.push_back(square);
        });
        party.join();
        BOOST_TEST(got == expected);
    });
}

BOOST_AUTO_TEST_CASE(map_returns_truth_values_too) {
    thread_pool pool({.threads = 2});
    auto is_even = [](int i) { return i % 2 == 0; };
    BOOST_TEST(pool.map(is_even, std::vector{1, 2, 3, 4}, 2).get() == (std::vector{false, true, false, true}));
}

BOOST_AUTO_TEST_CASE(after_a_step_that_failed_the_next_chunk_of_map_follows) {
    thread_pool pool({.threads = 2});
    auto results = pool.map(
        [](int i) {
            if (i == 2) throw std::runtime_error("two");
            return i;
        },
        std::vector{1, 2, 3});
    auto at = results.begin();
    BOOST_TEST(*at == 1);
    BOOST_CHECK_THROW(++at, std::runtime_error);
    BOOST_TEST_REQUIRE(*++at == 3);
    ++at;
    BOOST_TEST((at == results.end()));
}

BOOST_AUTO_TEST_CASE(a_step_of_map_that_times_out_has_taken_nothing) {
    thread_pool pool({.threads = 1});
    auto block = std::make_optional<roadblock>(pool);
    auto results = pool.map([](int i) { return i; }, std::vector{1, 2});
    BOOST_CHECK_THROW(timeout(0ns, [&] { static_cast<void>(results.begin()); }), timeout_error);
    block.reset();
    BOOST_TEST(std::move(results).get() == (std::vector{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(results_of_map_that_nobody_reads_are_not_computed) {
    thread_pool pool({.threads = 1});
    std::atomic<int> calls{0};
    {
        roadblock block(pool);
        auto unread = pool.map([&](int i) { return calls += i; }, std::vector{1, 2, 3});
    }
    pool.shutdown();
    BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(asio_posts_and_dispatches_to_a_pool) {
    thread_pool pool({.threads = 2});
    std::atomic<int> on_workers{0};
    event all;
    boost::asio::post(pool, [&] {
        if (pool.runs_here()) ++on_workers;
        bool inline_here = false;
        boost::asio::dispatch(pool, [&] { inline_here = true; });
        if (inline_here) ++on_workers;
        boost::asio::any_io_executor any = pool.get_executor();
        boost::asio::post(any, [&] {
            if (pool.runs_here()) ++on_workers;
            all.set();
        });
    });
    all.wait();
    BOOST_TEST(on_workers == 3);
}

BOOST_AUTO_TEST_CASE(an_asio_timer_of_a_pool_runs_its_handler_on_a_worker_and_a_strand_one_at_a_time) {
    thread_pool pool({.threads = 4});
    event rung;
    bool on_worker = false;
    boost::asio::steady_timer timer(pool, 0ns);
    timer.async_wait([&](const boost::system::error_code&) {
        on_worker = pool.runs_here();
        rung.set();
    });
    rung.wait();
    BOOST_TEST(on_worker);
    int unguarded = 0;
    auto strand = boost::asio::make_strand(pool);
    for (int i = 0; i < 1'000; ++i)
        boost::asio::post(strand, [&] { ++unguarded; });
    pool.shutdown();
    BOOST_TEST(unguarded == 1'000);
}

BOOST_AUTO_TEST_CASE(what_asio_gives_to_a_pool_that_was_shut_down_is_destroyed_uncalled) {
    thread_pool pool({.threads = 1});
    pool.shutdown();
    auto token = std::make_shared<int>(1);
    bool was_called = false;
    boost::asio::post(pool, [&was_called, token] { was_called = true; });
    BOOST_TEST(token.use_count() == 1);
    BOOST_TEST(!was_called);
}

BOOST_AUTO_TEST_CASE(what_a_cancelled_task_holds_may_wait_as_it_goes) {
    thread_pool pool({.threads = 1});
    event running, never;
    std::atomic<bool> has_waited{false};
    std::shared_ptr<void> waits(nullptr, [&](void*) {
        sleep_for(duration(1));
        has_waited = true;
    });
    auto f = pool.submit([&, held = std::move(waits)] {
        running.set();
        never.wait();
    });
    running.wait();
    f.cancel();
    BOOST_TEST((test::code_of([&] { f.get(); }) == errc::task_cancelled));
    BOOST_TEST(has_waited);
}

BOOST_AUTO_TEST_SUITE_END()
