// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What the pieces of the runtime cost that coroutines and threads share: queues, locks, futures, timeouts.
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/future.hpp>
#include <plait/runtime/gather.hpp>
#include <plait/runtime/mutex.hpp>
#include <plait/runtime/queue.hpp>
#include <plait/runtime/semaphore.hpp>

#include <deque>
#include <future>
#include <mutex>
#include <semaphore>
#include <thread>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

constexpr long end_of_items = -1;

/// Gets until the end is told.
void drain(plait::queue<long>& queue) {
    while (queue.get() != end_of_items) {
    }
}

/// Nobody waits: an item goes in and comes out again.
void queue_put_and_get(benchmark::State& state) {
    plait::queue<long> queue(1);
    for (auto _ : state) {
        queue.put(1);
        benchmark::DoNotOptimize(queue.get());
    }
}
BENCHMARK(queue_put_and_get);

/// One item to a coroutine of the same loop, through a queue of `state.range(0)`.
void queue_on_one_loop(benchmark::State& state) {
    plait::run([&] {
        plait::queue<long> queue(static_cast<std::size_t>(state.range(0)));
        auto consumer = plait::spawn([&] { drain(queue); });
        for (auto _ : state)
            queue.put(1);
        queue.put(end_of_items);
        consumer.join();
    });
}
BENCHMARK(queue_on_one_loop)->Arg(1)->Arg(1024);

/// One item to a coroutine of another loop.
void queue_between_loops(benchmark::State& state) {
    plait::run(
        [&] {
            plait::queue<long> queue(1024);
            auto consumer = plait::spawn([&] { drain(queue); }, {.on = plait::loops()[1]});
            for (auto _ : state)
                queue.put(1);
            queue.put(end_of_items);
            consumer.join();
        },
        {.loops = 2});
}
BENCHMARK(queue_between_loops)->UseRealTime();

/// One item to another thread.
void queue_between_threads(benchmark::State& state) {
    plait::queue<long> queue(1024);
    std::thread consumer([&] { drain(queue); });
    for (auto _ : state)
        queue.put(1);
    queue.put(end_of_items);
    consumer.join();
}
BENCHMARK(queue_between_threads)->UseRealTime();

void mutex_free(benchmark::State& state) {
    plait::run([&] {
        plait::mutex mutex;
        for (auto _ : state)
            std::lock_guard hold(mutex);
    });
}
BENCHMARK(mutex_free);

/// Two threads that both want it, all the time.
void mutex_wanted_by_two_threads(benchmark::State& state) {
    static plait::mutex mutex;
    for (auto _ : state)
        std::lock_guard hold(mutex);
}
BENCHMARK(mutex_wanted_by_two_threads)->Threads(2)->UseRealTime();

/// Two coroutines; the holder yields while it holds it, so every lock waits.
void mutex_handed_over(benchmark::State& state) {
    plait::run([&] {
        plait::mutex mutex;
        bool done = false;
        auto lock_and_yield = [&] {
            std::lock_guard hold(mutex);
            plait::yield();
        };
        auto other = plait::spawn([&] {
            while (!done)
                lock_and_yield();
        });
        for (auto _ : state)
            lock_and_yield();
        done = true;
        other.join();
    });
}
BENCHMARK(mutex_handed_over);

/// A permit is free.
template <class Semaphore>
void semaphore_free(benchmark::State& state) {
    Semaphore semaphore(5);
    for (auto _ : state) {
        semaphore.acquire();
        semaphore.release();
    }
}
BENCHMARK(semaphore_free<plait::counting_semaphore>);
BENCHMARK(semaphore_free<std::counting_semaphore<>>);

/// Two threads that both want the one permit, all the time.
template <class Semaphore>
void semaphore_wanted_by_two_threads(benchmark::State& state) {
    static Semaphore semaphore(1);
    for (auto _ : state) {
        semaphore.acquire();
        semaphore.release();
    }
}
BENCHMARK(semaphore_wanted_by_two_threads<plait::counting_semaphore>)->Threads(2)->UseRealTime();
BENCHMARK(semaphore_wanted_by_two_threads<std::counting_semaphore<>>)->Threads(2)->UseRealTime();

void promise_to_future(benchmark::State& state) {
    for (auto _ : state) {
        plait::promise<int> promise;
        auto future = promise.get_future();
        promise.set_value(1);
        benchmark::DoNotOptimize(std::move(future).get());
    }
}
BENCHMARK(promise_to_future);

/// The same with standard C++.
void std_promise_to_future(benchmark::State& state) {
    for (auto _ : state) {
        std::promise<int> promise;
        auto future = promise.get_future();
        promise.set_value(1);
        benchmark::DoNotOptimize(future.get());
    }
}
BENCHMARK(std_promise_to_future);

void get_of_a_ready_future(benchmark::State& state) {
    auto future = plait::make_ready_future(1);
    for (auto _ : state)
        benchmark::DoNotOptimize(future.get());
}
BENCHMARK(get_of_a_ready_future);

/// A result that somebody has registered a callback for, on a plain thread.
void promise_to_callback(benchmark::State& state) {
    int sum = 0;
    for (auto _ : state) {
        plait::promise<int> promise;
        auto future = promise.get_future();
        future.on_done([&] { ++sum; });
        promise.set_value(1);
    }
    benchmark::DoNotOptimize(sum);
}
BENCHMARK(promise_to_callback);

/// A result that another coroutine of the same loop waits for.
void promise_to_waiting_coroutine(benchmark::State& state) {
    plait::run([&] {
        for (auto _ : state) {
            plait::promise<int> promise;
            auto setter = plait::spawn([&] { promise.set_value(1); });
            benchmark::DoNotOptimize(promise.get_future().get());
            setter.join();
        }
    });
}
BENCHMARK(promise_to_waiting_coroutine);

/// `state.range(0)` results, all of which are there only when the last comes.
void gather_of_futures(benchmark::State& state) {
    plait::run([&] {
        auto many = static_cast<std::size_t>(state.range(0));
        for (auto _ : state) {
            std::vector<plait::promise<int>> promises(many);
            std::vector<plait::future<int>> futures;
            for (auto& promise : promises)
                futures.push_back(promise.get_future());
            auto setter = plait::spawn([&] {
                for (auto& promise : promises)
                    promise.set_value(1);
            });
            benchmark::DoNotOptimize(plait::gather(std::move(futures)));
            setter.join();
        }
        state.SetItemsProcessed(state.iterations() * state.range(0));
    });
}
BENCHMARK(gather_of_futures)->Arg(1000);

/// A timeout armed and disarmed while `state.range(0)` others are armed, the clock read each time.
void timeout_that_does_not_expire(benchmark::State& state) {
    plait::run([&] {
        plait::loop& loop = *plait::loop::current();
        auto ignore = [](plait::detail::timer_node&) noexcept {};
        std::deque<plait::detail::timer_node> standing;
        for (long i = 0; i < state.range(0); ++i)
            loop.timers().arm(standing.emplace_back(ignore), loop.now() + std::chrono::seconds(30 + i % 30));
        plait::detail::timer_node timer(ignore);
        for (auto _ : state) {
            loop.timers().arm(timer, loop.now() + std::chrono::seconds(45));
            loop.timers().disarm(timer);
        }
        for (auto& timeout : standing)
            loop.timers().disarm(timeout);
    });
}
BENCHMARK(timeout_that_does_not_expire)->Arg(0)->Arg(10'000);

/// A sleep that has to be slept: what the loop adds to a microsecond.
void sleep_for_a_microsecond(benchmark::State& state) {
    plait::run([&] {
        for (auto _ : state)
            plait::sleep_for(std::chrono::microseconds(1));
    });
}
BENCHMARK(sleep_for_a_microsecond)->UseRealTime();

} // namespace

BENCHMARK_MAIN();
