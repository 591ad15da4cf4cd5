// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What coroutines cost: switching, spawning, waiting.
#include <plait/coro/greenlet.hpp>
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/await.hpp>
#include <plait/runtime/event.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <vector>

#include <benchmark/benchmark.h>

namespace {

/// One yield among `state.range(0)` coroutines.
void yield_among(benchmark::State& state) {
    plait::run([&] {
        bool done = false;
        std::vector<plait::task<void>> others;
        for (long i = 1; i < state.range(0); ++i) {
            others.push_back(plait::spawn([&done] {
                while (!done)
                    plait::yield();
            }));
        }
        plait::yield(); // the others begin
        for (auto _ : state)
            plait::yield();
        done = true;
        state.SetItemsProcessed(state.iterations() * state.range(0));
    });
}
BENCHMARK(yield_among)->Arg(1)->Arg(2)->Arg(1000);

void spawn_and_join_one(benchmark::State& state) {
    plait::run([&] {
        for (auto _ : state)
            plait::spawn([] {}).join();
    });
}
BENCHMARK(spawn_and_join_one);

/// `state.range(0)` coroutines spawned, then all of them joined.
void spawn_and_join_many(benchmark::State& state) {
    plait::run([&] {
        std::vector<plait::task<void>> running;
        for (auto _ : state) {
            for (long i = 0; i < state.range(0); ++i)
                running.push_back(plait::spawn([] {}));
            for (auto& task : running)
                task.join();
            running.clear();
        }
        state.SetItemsProcessed(state.iterations() * state.range(0));
    });
}
BENCHMARK(spawn_and_join_many)->Arg(10)->Arg(1000);

/// A callable that carries a kilobyte into its coroutine.
void spawn_with_a_large_callable(benchmark::State& state) {
    plait::run([&] {
        struct {
            char bytes[1024] = {};
        } load;
        for (auto _ : state)
            plait::spawn([load] { benchmark::DoNotOptimize(&load); }).join();
    });
}
BENCHMARK(spawn_with_a_large_callable);

/// An operation of Asio's, awaited: through the io_context and back.
void await_a_post(benchmark::State& state) {
    plait::run([&] {
        auto& context = plait::loop::current()->context();
        for (auto _ : state)
            boost::asio::post(context, plait::await);
    });
}
BENCHMARK(await_a_post);

/// Two coroutines that wake each other: there and back.
void event_round_trip(benchmark::State& state) {
    plait::run([&] {
        plait::event there, back;
        bool done = false;
        auto other = plait::spawn([&] {
            for (;;) {
                there.wait();
                there.clear();
                if (done) return;
                back.set();
            }
        });
        for (auto _ : state) {
            there.set();
            back.wait();
            back.clear();
        }
        done = true;
        there.set();
        other.join();
    });
}
BENCHMARK(event_round_trip);

/// To a greenlet and back, with a value each way, on a plain thread.
void greenlet_round_trip(benchmark::State& state) {
    plait::greenlet<int(int)> g([](auto& self, int n) -> int {
        for (;;)
            n = self.switch_back(n + 1);
    });
    int n = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(n = g.switch_to(n));
}
BENCHMARK(greenlet_round_trip);

/// A greenlet made, run to its end, and destroyed.
void greenlet_from_beginning_to_end(benchmark::State& state) {
    for (auto _ : state) {
        plait::greenlet<int(int)> g([](auto&, int n) { return n + 1; });
        benchmark::DoNotOptimize(g.switch_to(1));
    }
}
BENCHMARK(greenlet_from_beginning_to_end);

} // namespace

BENCHMARK_MAIN();
