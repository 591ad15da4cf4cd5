// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Section G of the conformance list, as far as it concerns pools of threads. Whoever submits is a thread or a coroutine.
#include "support/parties.hpp"

#include <plait/runtime/event.hpp>
#include <plait/runtime/thread_pool.hpp>

#include <atomic>
#include <functional>
#include <iterator>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

using namespace plait;

namespace {

int twice(int n) { return 2 * n; }

/// Keeps one worker of `pool` busy until it is let go.
class busy_worker {
public:
    explicit busy_worker(thread_pool& pool)
        : end_(pool.submit([this] {
              begun_.set();
              free_.wait();
          })) {
        begun_.wait();
    }
    ~busy_worker() {
        free();
        shield not_a_cancellation_point;
        end_.wait();
    }
    void free() { free_.set(); }

private:
    event begun_, free_;
    future<void> end_;
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

} // namespace

BOOST_AUTO_TEST_SUITE(pools_suite)

// conformance 55
BOOST_AUTO_TEST_CASE(apply_map_and_starmap_give_the_results_in_order_for_every_chunk_size) {
    test::for_every_kind([](test::parties& party) {
        thread_pool pool({.threads = 3});
        std::vector<int> items(50), doubled;
        std::iota(items.begin(), items.end(), 0);
        for (int i : items)
            doubled.push_back(twice(i));
        std::vector<std::tuple<int, int>> pairs{{1, 2}, {3, 4}, {5, 6}};
        std::atomic<int> right{0};
        party([&] {
            if (pool.submit(twice, 4).get() == 8) ++right;
            for (std::size_t chunk : {1u, 3u, 50u, 1'000u})
                if (pool.map(twice, items, chunk).get() == doubled) ++right;
            if (pool.starmap([](int a, int b) { return a * b; }, pairs).get() == std::vector{2, 12, 30}) ++right;
            if (pool.map(twice, std::vector<int>{}).get().empty()) ++right;
            if (test::code_of([&] { static_cast<void>(pool.map(twice, items, 0)); }) == errc::invalid_argument) ++right;
        });
        party.join();
        BOOST_TEST(right == 8);
    });
}

// conformance 55
BOOST_AUTO_TEST_CASE(a_slow_task_does_not_hold_up_the_results_of_the_others) {
    thread_pool pool({.threads = 2});
    event may_end;
    auto slow = pool.submit([&] { may_end.wait(); });
    std::vector<int> items{1, 2, 3};
    BOOST_TEST((pool.map(twice, items).get() == std::vector{2, 4, 6}));
    BOOST_TEST(!slow.is_done());
    may_end.set();
    slow.get();
}

// conformance 57
BOOST_AUTO_TEST_CASE(an_exception_of_the_input_iterator_surfaces_and_cancels_what_was_submitted) {
    test::for_every_kind([](test::parties& party) {
        thread_pool pool({.threads = 1});
        std::atomic<int> calls{0};
        bool surfaced = false;
        party([&] {
            busy_worker busy(pool);
            try {
                static_cast<void>(pool.map([&](int n) { return calls += n; }, failing_input()));
            } catch (const std::underflow_error&) {
                surfaced = true;
            }
        });
        party.join();
        pool.shutdown();
        BOOST_TEST(surfaced);
        BOOST_TEST(calls == 0);
    });
}

// conformance 57
BOOST_AUTO_TEST_CASE(an_exception_of_one_call_surfaces_at_its_place) {
    thread_pool pool({.threads = 2});
    auto results = pool.map(
        [](int n) {
            if (n == 3) throw std::out_of_range("three");
            return n;
        },
        std::vector{1, 2, 3, 4});
    auto at = results.begin();
    BOOST_TEST(*at == 1);
    BOOST_TEST(*++at == 2);
    BOOST_CHECK_THROW(++at, std::out_of_range);
}

// conformance 58
BOOST_AUTO_TEST_CASE(a_pool_with_10_000_tasks_queued_can_be_ended_without_running_them) {
    test::for_every_kind([](test::parties& party) {
        thread_pool pool({.threads = 2});
        std::atomic<int> calls{0};
        party([&] {
            {
                busy_worker first(pool), second(pool);
                for (int i = 0; i < 10'000; ++i)
                    pool.post([&] { ++calls; });
                pool.close(unstarted_tasks::drop);
            }
            pool.shutdown(unstarted_tasks::drop);
        });
        party.join();
        BOOST_TEST(calls == 0);
        BOOST_TEST(pool.stats().queued == 0u);
    });
}

// conformance 59
BOOST_AUTO_TEST_CASE(a_callback_can_see_that_its_task_failed) {
    test::for_every_kind([](test::parties& party) {
        thread_pool pool({.threads = 2});
        std::string seen;
        party([&] {
            seen = pool.submit([]() -> int { throw std::out_of_range("the oven"); })
                       .then([](future<int> failed) -> std::string {
                           try {
                               return std::to_string(failed.get());
                           } catch (const std::out_of_range& e) {
                               return e.what();
                           }
                       })
                       .get();
        });
        party.join();
        BOOST_TEST(seen == "the oven");
    });
}

// conformance 61
BOOST_AUTO_TEST_CASE(submitting_after_the_shutdown_is_an_error_for_everybody) {
    test::for_every_kind([](test::parties& party) {
        thread_pool pool({.threads = 2});
        pool.shutdown();
        std::atomic<int> refused{0};
        for (int p = 0; p < 3; ++p)
            party([&] {
                if (test::code_of([&] { static_cast<void>(pool.submit(twice, 1)); }) == errc::pool_shut_down) ++refused;
                if (test::code_of([&] { pool.post([] {}); }) == errc::pool_shut_down) ++refused;
            });
        party.join();
        BOOST_TEST(refused == 6);
    });
}

// conformance 61
BOOST_AUTO_TEST_CASE(a_shutdown_that_drops_cancels_the_pending_futures_and_lets_the_running_end) {
    test::for_every_kind([](test::parties& party) {
        thread_pool pool({.threads = 1});
        auto busy = std::make_unique<busy_worker>(pool);
        std::vector<future<int>> pending;
        for (int i = 0; i < 20; ++i)
            pending.push_back(pool.submit(twice, i));
        party([&] { pool.shutdown(unstarted_tasks::drop); });
        while (test::code_of([&] { pool.post([] {}); }) != errc::pool_shut_down)
            yield();
        busy.reset();
        party.join();
        for (auto& f : pending)
            BOOST_TEST(f.is_cancelled());
    });
}

// conformance 62
BOOST_AUTO_TEST_CASE(idle_workers_are_used_again_before_new_ones_are_started) {
    test::for_every_kind([](test::parties& party) {
        thread_pool pool({.threads = 16, .on_demand = true});
        party([&] {
            for (int i = 0; i < 30; ++i) {
                pool.submit([] {}).get();
                while (pool.stats().sleeps < pool.stats().wakes) // until the worker is idle again
                    yield();
            }
        });
        party.join();
        BOOST_TEST(pool.stats().threads == 1u);
    });
}

// conformance 64
BOOST_AUTO_TEST_CASE(callbacks_of_a_task_are_called_in_order) {
    thread_pool pool({.threads = 1});
    std::vector<int> order;
    {
        busy_worker busy(pool);
        auto f = pool.submit(twice, 1);
        for (int i = 0; i < 5; ++i)
            f.on_done([&order, i] { order.push_back(i); });
    }
    pool.shutdown();
    BOOST_TEST((order == std::vector{0, 1, 2, 3, 4}));
}

// conformance 65
BOOST_AUTO_TEST_CASE(the_initialiser_has_run_once_in_every_worker_before_its_first_task) {
    test::for_every_kind([](test::parties& party) {
        static thread_local int prepared = 0;
        std::atomic<int> unprepared{0};
        thread_pool pool({.threads = 3, .initialiser = [] { ++prepared; }});
        for (int p = 0; p < 3; ++p)
            party([&] {
                for (int i = 0; i < 100; ++i)
                    pool.post([&] {
                        if (prepared != 1) ++unprepared;
                    });
            });
        party.join();
        pool.shutdown();
        BOOST_TEST(unprepared == 0);
    });
}

// conformance 65
BOOST_AUTO_TEST_CASE(a_failing_initialiser_breaks_the_pool_for_everybody_and_nobody_hangs) {
    test::for_every_kind([](test::parties& party) {
        thread_pool pool({.threads = 2, .initialiser = [] { throw std::runtime_error("no gas"); }});
        std::atomic<int> broken{0};
        for (int p = 0; p < 4; ++p)
            party([&] {
                if (test::code_of([&] { pool.submit(twice, 1).get(); }) == errc::pool_broken) ++broken;
            });
        party.join();
        BOOST_TEST(broken == 4);
    });
}

// conformance 66: {error, exit by exception} × {run, result}
BOOST_AUTO_TEST_CASE(a_task_that_fails_while_it_runs_or_returns_loses_no_worker) {
    struct fails_when_moved {
        fails_when_moved() = default;
        fails_when_moved(fails_when_moved&&) { throw std::length_error("moved"); }
    };
    test::for_every_kind([](test::parties& party) {
        thread_pool pool({.threads = 2});
        std::atomic<int> right{0};
        party([&] {
            for (int i = 0; i < 20; ++i) {
                try {
                    pool.submit([] { throw std::runtime_error("run"); }).get();
                } catch (const std::runtime_error&) {
                    ++right;
                }
                try {
                    pool.submit([] { throw 3; }).get();
                } catch (int) {
                    ++right;
                }
                try {
                    static_cast<void>(pool.submit([] { return fails_when_moved(); }).get());
                } catch (const std::length_error&) {
                    ++right;
                }
                if (test::code_of([&] { pool.submit([] { throw cancelled(); }).get(); }) == errc::task_cancelled)
                    ++right;
                if (pool.submit(twice, i).get() == 2 * i) ++right;
            }
        });
        party.join();
        BOOST_TEST(right == 100);
    });
}

// conformance 70
BOOST_AUTO_TEST_CASE(thousands_of_tiny_submissions_do_not_stall_while_nobody_takes_them) {
    test::for_every_kind([](test::parties& party) {
        thread_pool pool({.threads = 2});
        std::atomic<int> calls{0};
        {
            busy_worker first(pool), second(pool);
            for (int p = 0; p < 4; ++p)
                party([&] {
                    for (int i = 0; i < 5'000; ++i)
                        pool.post([&] { ++calls; });
                });
            party.join(); // every submission returned although no worker was there to hear of it
        }
        pool.shutdown();
        BOOST_TEST(calls == 20'000);
    });
}

// conformance 72
BOOST_AUTO_TEST_CASE(a_callback_may_submit_the_next_task_also_after_a_failure) {
    thread_pool pool({.threads = 2});
    std::atomic<int> calls{0};
    event over;
    std::function<void(int)> chain = [&](int left) {
        ++calls;
        auto f = pool.submit([left] {
            if (left % 2 == 0) throw std::runtime_error("every other one");
        });
        f.on_done([&, left] { left == 0 ? over.set() : chain(left - 1); });
    };
    pool.post([&] { chain(200); });
    over.wait();
    BOOST_TEST(calls == 201);
}

// conformance 73
BOOST_AUTO_TEST_CASE(a_hundred_bad_tasks_are_followed_by_a_hundred_good_ones) {
    test::for_every_kind([](test::parties& party) {
        thread_pool pool({.threads = 2});
        std::atomic<int> bad{0}, good{0};
        party([&] {
            std::vector<future<int>> futures;
            for (int i = 0; i < 100; ++i)
                futures.push_back(pool.submit([]() -> int { throw std::runtime_error("bad"); }));
            for (int i = 0; i < 100; ++i)
                futures.push_back(pool.submit(twice, i));
            for (auto& f : futures) {
                try {
                    static_cast<void>(f.get());
                    ++good;
                } catch (const std::runtime_error&) {
                    ++bad;
                }
            }
        });
        party.join();
        BOOST_TEST(bad == 100);
        BOOST_TEST(good == 100);
    });
}

BOOST_AUTO_TEST_SUITE_END()
