// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Section G of the conformance list for pools of processes, as far as nobody dies. Whoever submits is a thread or a
// coroutine.
#include "support/fails_with.hpp"
#include "support/parties.hpp"
#include "support/pool_door.hpp"
#include "support/unhandled.hpp"

#include <plait/ipc/process_pool.hpp>
#include <plait/runtime/gather.hpp>

#include <atomic>
#include <chrono>
#include <iterator>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include <unistd.h>

using namespace plait;
using namespace std::chrono_literals;
using ipc::process_pool;
using test::pool_door;

namespace {

int twice(int n) { return 2 * n; }
int product(int a, int b) { return a * b; }

/// A value that does not always travel.
struct fragile {
    int value = 0;
    enum { whole, breaks_when_written, breaks_when_read } fate = whole;
};

/// Throws when it is asked for its fourth element.
class failing_input {
public:
    struct iterator {
        using iterator_concept = std::input_iterator_tag;
        using value_type = int;
        using difference_type = std::ptrdiff_t;

        int n = 0;
        int operator*() const { return n; }
        iterator& operator++() {
            if (++n == 3) throw std::underflow_error("no more input");
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const { return false; }
    };
    static iterator begin() { return {}; }
    static std::default_sentinel_t end() { return {}; }
};

int prepared = 0; // in a worker: how often its initialiser has run
void prepare(int by) { prepared += by; }
void fail_to_prepare() { throw std::runtime_error("no gas"); }
int how_prepared() { return prepared; }

} // namespace

template <>
struct plait::ipc::codec<fragile> {
    static std::size_t size(const fragile&) { return 2 * sizeof(int); }
    static void encode(const fragile& value, std::span<std::byte> to) {
        if (value.fate == fragile::breaks_when_written) throw std::runtime_error("cannot be written");
        const int raw[]{value.value, value.fate};
        std::memcpy(to.data(), raw, sizeof raw);
    }
    static fragile decode(std::span<const std::byte> from) {
        int raw[2];
        std::memcpy(raw, from.data(), sizeof raw);
        if (raw[1] == fragile::breaks_when_read) throw std::runtime_error("cannot be read");
        return {raw[0], fragile::whole};
    }
};

BOOST_AUTO_TEST_SUITE(process_pools_suite)

// conformance 55
BOOST_AUTO_TEST_CASE(apply_map_and_starmap_give_the_results_in_order_for_every_chunk_size) {
    process_pool pool({.workers = 3});
    std::vector<int> items(50), doubled;
    std::iota(items.begin(), items.end(), 0);
    for (int i : items)
        doubled.push_back(twice(i));
    std::vector<std::tuple<int, int>> pairs{{1, 2}, {3, 4}, {5, 6}};
    test::for_every_kind([&](test::parties& party) {
        std::atomic<int> right{0};
        party([&] {
            if (pool.apply(fn<&twice>, 4) == 8) ++right;
            if (pool.submit(fn<&product>, 4, 5).get() == 20) ++right;
            for (std::size_t chunk : {1U, 3U, 50U, 1'000U}) {
                if (pool.map(fn<&twice>, items, chunk).get() == doubled) ++right;
                if (pool.imap(fn<&twice>, items, chunk).get() == doubled) ++right;
                std::multiset<int> some;
                pool.imap_unordered(
                    fn<&twice>, items, [&](int n) { some.insert(n); }, chunk);
                if (some == std::multiset<int>(doubled.begin(), doubled.end())) ++right;
            }
            if (pool.starmap(fn<&product>, pairs).get() == std::vector{2, 12, 30}) ++right;
            if (pool.map(fn<&twice>, std::vector<int>{}).get().empty()) ++right;
            if (test::code_of([&] { static_cast<void>(pool.map(fn<&twice>, items, 0)); }) == errc::invalid_argument)
                ++right;
        });
        party.join();
        BOOST_TEST(right == 17);
    });
}

// conformance 55
BOOST_AUTO_TEST_CASE(a_slow_task_does_not_hold_up_the_results_of_the_others) {
    pool_door door;
    process_pool pool({.workers = 2}, fn<&pool_door::enter_hall>, door.tickets(), door.arrivals());
    auto slow = pool.submit(fn<&pool_door::wait>);
    BOOST_TEST((pool.map(fn<&twice>, std::vector{1, 2, 3}).get() == std::vector{2, 4, 6}));
    BOOST_TEST(!slow.is_done());
    door.open();
    slow.get();
}

// conformance 56
BOOST_AUTO_TEST_CASE(what_cannot_travel_fails_its_own_future_and_loses_no_worker) {
    process_pool pool({.workers = 2});
    auto pass = [](fragile f) { return f; };
    auto damage = [](fragile f) { return fragile{f.value, fragile::breaks_when_written}; };
    auto spoil = [](fragile f) { return fragile{f.value, fragile::breaks_when_read}; };
    auto text_of = [](auto future) -> std::string {
        try {
            static_cast<void>(future.get());
        } catch (const std::exception& e) {
            return e.what();
        }
        return "no failure";
    };
    for (int i = 0; i < 20; ++i) {
        BOOST_TEST(text_of(pool.submit(pass, fragile{1, fragile::breaks_when_written})) == "cannot be written");
        auto remotely = text_of(pool.submit(pass, fragile{1, fragile::breaks_when_read}));
        BOOST_TEST(remotely.starts_with("std::runtime_error: cannot be read: "), remotely);
        remotely = text_of(pool.submit(damage, fragile{1}));
        BOOST_TEST(remotely.starts_with("std::runtime_error: cannot be written: "), remotely);
        BOOST_TEST(text_of(pool.submit(spoil, fragile{1})) == "cannot be read");
        BOOST_TEST(pool.submit(pass, fragile{i}).get().value == i);
    }
    BOOST_TEST(pool.stats().died == 0U);
    BOOST_TEST(pool.stats().started == 2U);
}

// conformance 56
BOOST_AUTO_TEST_CASE(what_is_too_large_fails_its_own_future_and_names_the_limit) {
    process_pool pool({.workers = 1, .message_bytes = 64 << 10});
    auto measure = [](const std::string& text) { return text.size(); };
    auto make = [](std::size_t bytes) { return std::string(bytes, 'x'); };
    BOOST_TEST(pool.submit(measure, std::string(30'000, 'x')).get() == 30'000U);
    BOOST_TEST(pool.submit(make, std::size_t{30'000}).get().size() == 30'000U);
    auto names_the_limit = [](const error& e) {
        return e.code() == errc::message_too_large && std::string(e.what()).find("message_bytes") != std::string::npos;
    };
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(pool.submit(measure, std::string(70'000, 'x')).get()), error, names_the_limit);
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(pool.submit(make, std::size_t{70'000}).get()), ipc::remote_error, names_the_limit);
    BOOST_TEST(pool.submit(measure, std::string("fits")).get() == 4U);
}

// conformance 57
BOOST_AUTO_TEST_CASE(an_exception_of_the_input_iterator_surfaces_and_cancels_what_was_submitted) {
    pool_door door;
    process_pool pool({.workers = 1}, fn<&pool_door::enter_hall>, door.tickets(), door.arrivals());
    auto busy = pool.submit(fn<&pool_door::wait>);
    door.await();
    BOOST_CHECK_THROW(static_cast<void>(pool.map(fn<&twice>, failing_input())), std::underflow_error);
    BOOST_TEST(pool.stats().cancelled == 2U); // what had been taken of the third is in no task
    door.open();
    busy.get();
}

// conformance 57
BOOST_AUTO_TEST_CASE(an_exception_of_one_call_surfaces_at_its_place) {
    process_pool pool({.workers = 2});
    auto results = pool.map(
        [](int n) {
            if (n == 3) throw std::out_of_range("three");
            return n;
        },
        std::vector{1, 2, 3, 4});
    auto at = results.begin();
    BOOST_TEST(*at == 1);
    BOOST_TEST(*++at == 2);
    BOOST_CHECK_EXCEPTION(++at, ipc::remote_error, [](const ipc::remote_error& e) {
        return e.type_name() == "std::out_of_range" && e.text() == "three" && e.code() == errc::remote_failure;
    });
    ++at;
    BOOST_TEST(*at == 4);
}

// conformance 59
BOOST_AUTO_TEST_CASE(a_callback_gets_the_value_and_an_error_callback_the_exception) {
    process_pool pool({.workers = 2});
    test::for_every_kind([&](test::parties& party) {
        std::atomic<int> value{0};
        std::atomic<bool> failed{false};
        event both;
        std::atomic<int> left{2};
        auto one_came = [&] {
            if (--left == 0) both.set();
        };
        party([&] {
            auto unexpected = [](auto) { std::abort(); };
            pool.apply_async(
                fn<&product>, std::tuple(6, 7), [&](int n) { value = n, one_came(); }, unexpected);
            pool.apply_async(
                [](int) -> int { throw std::out_of_range("the oven"); }, std::tuple(1), unexpected,
                [&](std::exception_ptr e) {
                    try {
                        std::rethrow_exception(e);
                    } catch (const ipc::remote_error& why) {
                        failed = why.text() == "the oven";
                    }
                    one_came();
                });
            both.wait(); // nobody waits for the futures
        });
        party.join();
        BOOST_TEST(value == 42);
        BOOST_TEST(failed);
    });
}

// conformance 60 [gh-115634]
BOOST_AUTO_TEST_CASE(a_worker_ends_after_its_share_of_tasks_and_others_do_those_that_are_pending) {
    process_pool pool({.workers = 1, .max_tasks_per_worker = 2});
    std::vector<future<pid_t>> by;
    for (int i = 0; i < 10; ++i)
        by.push_back(pool.submit([] { return ::getpid(); }));
    std::multiset<pid_t> pids;
    for (auto& pid : by)
        pids.insert(pid.get());
    for (pid_t pid : pids)
        BOOST_TEST(pids.count(pid) == 2U);
    BOOST_TEST(pool.stats().died == 0U);
}

// conformance 60 [gh-119592]
BOOST_AUTO_TEST_CASE(a_pool_that_is_closed_without_a_wait_still_replaces_workers_that_have_done_their_share) {
    process_pool pool({.workers = 2, .max_tasks_per_worker = 1});
    std::vector<future<int>> results;
    for (int i = 0; i < 10; ++i)
        results.push_back(pool.submit(fn<&twice>, i));
    pool.close();
    for (int i = 0; auto& r : results)
        BOOST_TEST(r.get() == 2 * i++);
}

// conformance 61
BOOST_AUTO_TEST_CASE(submitting_after_the_shutdown_is_an_error_for_everybody) {
    test::for_every_kind([](test::parties& party) {
        process_pool pool({.workers = 1});
        party([&] { pool.shutdown(); });
        party.join();
        pool.shutdown(); // again
        std::atomic<int> refused{0};
        for (int p = 0; p < 3; ++p)
            party([&] {
                if (test::code_of([&] { static_cast<void>(pool.submit(fn<&twice>, 1)); }) == errc::pool_shut_down)
                    ++refused;
            });
        party.join();
        BOOST_TEST(refused == 3);
    });
}

// conformance 61
BOOST_AUTO_TEST_CASE(a_shutdown_that_drops_cancels_the_pending_futures_and_lets_the_running_end) {
    pool_door door;
    process_pool pool({.workers = 1}, fn<&pool_door::enter_hall>, door.tickets(), door.arrivals());
    auto running = pool.submit(fn<&pool_door::wait>);
    door.await();
    std::vector<future<int>> pending;
    for (int i = 0; i < 20; ++i)
        pending.push_back(pool.submit(fn<&twice>, i));
    pool.close(unstarted_tasks::drop);
    for (auto& f : pending)
        BOOST_TEST(f.is_cancelled());
    BOOST_TEST(!running.is_done());
    door.open();
    pool.shutdown(unstarted_tasks::drop);
    running.get();
}

// conformance 61
BOOST_AUTO_TEST_CASE(a_shutdown_waits_for_everything_that_was_submitted) {
    process_pool pool({.workers = 2});
    std::vector<future<int>> results;
    for (int i = 0; i < 1'000; ++i)
        results.push_back(pool.submit(fn<&twice>, i));
    pool.shutdown();
    for (int i = 0; auto& r : results) {
        BOOST_TEST(r.is_done());
        BOOST_TEST(r.get() == 2 * i++);
    }
    BOOST_TEST(pool.pids().empty());
}

// conformance 62
BOOST_AUTO_TEST_CASE(idle_workers_are_used_again_before_new_ones_are_started) {
    process_pool pool({.workers = 8, .min_workers = 1});
    for (int i = 0; i < 30; ++i)
        BOOST_TEST(pool.submit(fn<&twice>, i).get() == 2 * i);
    BOOST_TEST(pool.stats().started == 1U);
}

// conformance 62
BOOST_AUTO_TEST_CASE(workers_are_started_when_there_is_more_to_do_and_end_when_there_is_less) {
    pool_door door;
    process_pool pool(
        {.workers = 3, .min_workers = 1, .idle_time = 1ms}, fn<&pool_door::enter_hall>, door.tickets(),
        door.arrivals());
    std::vector<future<void>> busy;
    for (int i = 0; i < 3; ++i)
        busy.push_back(pool.submit(fn<&pool_door::wait>));
    door.await(3); // three at once
    BOOST_TEST(pool.pids().size() <= 3U);
    door.open(3);
    for (auto& b : busy)
        b.get();
    while (pool.stats().workers != 1)
        std::this_thread::yield();
    BOOST_TEST(pool.submit(fn<&twice>, 4).get() == 8);
    BOOST_TEST(pool.stats().died == 0U);
}

// conformance 63
BOOST_AUTO_TEST_CASE(its_futures_can_be_waited_for_together) {
    pool_door door;
    process_pool pool({.workers = 2}, fn<&pool_door::enter_hall>, door.tickets(), door.arrivals());
    test::for_every_kind([&](test::parties& party) {
        std::atomic<int> right{0};
        party([&] {
            auto slow = pool.submit(fn<&pool_door::wait>);
            auto quick = pool.submit(fn<&twice>, 1);
            std::vector<future<int>> more;
            for (int i = 0; i < 10; ++i)
                more.push_back(pool.submit(fn<&twice>, i));
            if (quick.get_for(1min) == 2) ++right;
            if (!slow.wait_for(0s)) ++right;
            if (test::code_of([&] { slow.get_for(1ms); }) == errc::timed_out) ++right;
            int sum = 0;
            for (auto& f : as_completed(more))
                sum += f.get();
            if (sum == 90) ++right;
            door.open();
            slow.get();
        });
        party.join();
        BOOST_TEST(right == 4);
    });
}

// conformance 64
BOOST_AUTO_TEST_CASE(callbacks_of_a_task_are_called_in_order_and_their_exceptions_reported) {
    test::unhandled_exceptions reported;
    pool_door door;
    process_pool pool({.workers = 1}, fn<&pool_door::enter_hall>, door.tickets(), door.arrivals());
    std::vector<int> order;
    auto f = pool.submit(fn<&pool_door::wait>);
    for (int i = 0; i < 5; ++i)
        f.on_done([&order, i] {
            order.push_back(i);
            if (i == 2) throw std::runtime_error("in the callback");
        });
    door.open();
    pool.shutdown();
    BOOST_TEST((order == std::vector{0, 1, 2, 3, 4}));
    BOOST_TEST(reported.seen().size() == 1U);
}

// conformance 64
BOOST_AUTO_TEST_CASE(what_a_posted_task_fails_with_is_reported) {
    test::unhandled_exceptions reported;
    process_pool pool({.workers = 1});
    pool.post([] { throw std::runtime_error("posted"); });
    pool.post(fn<&twice>, 2);
    pool.shutdown();
    BOOST_TEST_REQUIRE(reported.seen().size() == 1U);
    BOOST_TEST(reported.seen().front().find("std::runtime_error: posted") != std::string::npos);
}

// conformance 65
BOOST_AUTO_TEST_CASE(the_initialiser_has_run_once_in_every_worker_before_its_first_task) {
    process_pool pool({.workers = 3, .max_tasks_per_worker = 5}, fn<&prepare>, 1);
    for (int n : pool.map([](int) { return how_prepared(); }, std::vector<int>(60)).get())
        BOOST_TEST(n == 1);
}

// conformance 65
BOOST_AUTO_TEST_CASE(a_failing_initialiser_breaks_the_pool_for_everybody_and_nobody_hangs) {
    process_pool pool({.workers = 2}, fn<&fail_to_prepare>);
    test::for_every_kind([&](test::parties& party) {
        std::atomic<int> broken{0};
        for (int p = 0; p < 4; ++p)
            party([&] {
                try {
                    pool.submit(fn<&twice>, 1).get();
                } catch (const error& e) {
                    if (e.code() == errc::pool_broken && std::string(e.what()).find("no gas") != std::string::npos)
                        ++broken;
                }
            });
        party.join();
        BOOST_TEST(broken == 4);
    });
}

// conformance 70 [gh-105829]
BOOST_AUTO_TEST_CASE(thousands_of_tiny_submissions_do_not_stall_while_nobody_takes_them) {
    pool_door door;
    process_pool pool({.workers = 2}, fn<&pool_door::enter_hall>, door.tickets(), door.arrivals());
    auto first = pool.submit(fn<&pool_door::wait>), second = pool.submit(fn<&pool_door::wait>);
    door.await(2);
    std::vector<future<int>> results;
    for (int i = 0; i < 20'000; ++i)
        results.push_back(pool.submit(fn<&twice>, i));
    door.open(2);
    bool right = true;
    for (int i = 0; auto& r : results)
        right &= r.get() == 2 * i++;
    BOOST_TEST(right);
}

// conformance 70: the queues fill up, and nobody waits for any future
BOOST_AUTO_TEST_CASE(workers_whose_results_nobody_takes_go_on) {
    pool_door door;
    process_pool pool(
        {.workers = 2, .message_bytes = 64 << 10}, fn<&pool_door::enter_hall>, door.tickets(), door.arrivals());
    std::vector<future<std::string>> large;
    for (int i = 0; i < 200; ++i)
        large.push_back(pool.submit([](std::size_t n) { return std::string(n, 'x'); }, std::size_t{5'000}));
    auto last = pool.submit(fn<&pool_door::wait>);
    door.await(); // it has begun, so those before it have all been done
    door.open();
    last.get();
    for (auto& l : large)
        BOOST_TEST(l.get().size() == 5'000U);
}

// conformance 72
BOOST_AUTO_TEST_CASE(a_callback_can_submit) {
    process_pool pool({.workers = 2});
    test::for_every_kind([&](test::parties& party) {
        event end;
        std::atomic<int> result{0};
        future<int> second;
        party([&] {
            auto first = pool.submit(fn<&twice>, 1);
            first.on_done([&] {
                second = pool.submit(fn<&twice>, 21);
                second.on_done([&] { result = second.get(), end.set(); });
            });
            end.wait();
        });
        party.join();
        BOOST_TEST(result == 42);
    });
}

BOOST_AUTO_TEST_SUITE_END()
