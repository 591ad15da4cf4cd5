// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What the pieces between processes cost: the queue alone, the queue with another process, a process.
#include <plait/ipc/process.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/ipc/segment.hpp>

#include <array>
#include <chrono>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

namespace ipc = plait::ipc;

using message = std::array<std::byte, 64>;
constexpr message end_of_messages{std::byte{1}};

/// Nobody else is there: put, receive, ack.
void put_receive_ack(benchmark::State& state) {
    auto segment = ipc::segment::create();
    auto queue = ipc::queue<message>::create(segment, "messages");
    for (auto _ : state) {
        queue.put(message{});
        queue.receive().ack();
    }
}
BENCHMARK(put_receive_ack);

/// Times `work` alone, message by message, `messages_at_once` times in each round between `before` and `after`.
template <class Before, class Work, class After>
void measure_alone(benchmark::State& state, Before before, Work work, After after) {
    constexpr int messages_at_once = 512;
    using clock = std::chrono::steady_clock;
    for (auto _ : state) {
        for (int i = 0; i < messages_at_once; ++i)
            before();
        auto begin = clock::now();
        for (int i = 0; i < messages_at_once; ++i)
            work();
        auto spent = std::chrono::duration<double>(clock::now() - begin);
        state.SetIterationTime(spent.count() / messages_at_once);
        for (int i = 0; i < messages_at_once; ++i)
            after();
    }
}

/// The first of the three: claim, copy, commit.
void put(benchmark::State& state) {
    auto segment = ipc::segment::create();
    auto queue = ipc::queue<message>::create(segment, "messages");
    measure_alone(
        state, [] {}, [&] { queue.put(message{}); }, [&] { static_cast<void>(queue.get()); });
}
BENCHMARK(put)->UseManualTime();

/// The second: a message taken and held.
void receive(benchmark::State& state) {
    auto segment = ipc::segment::create();
    auto queue = ipc::byte_queue::create(segment, "messages");
    std::vector<ipc::byte_lease> held;
    held.reserve(1024);
    measure_alone(
        state, [&] { queue.put(message{}); }, [&] { held.push_back(queue.receive()); },
        [&] {
            held.back().ack();
            held.pop_back();
        });
}
BENCHMARK(receive)->UseManualTime();

/// The third.
void ack(benchmark::State& state) {
    auto segment = ipc::segment::create();
    auto queue = ipc::byte_queue::create(segment, "messages");
    std::vector<ipc::byte_lease> held;
    held.reserve(1024);
    auto put_and_receive = [&] {
        queue.put(message{});
        held.push_back(queue.receive());
    };
    std::size_t next = 0;
    measure_alone(
        state, put_and_receive, [&] { held[next++].ack(); }, [&] { held.clear(), next = 0; });
}
BENCHMARK(ack)->UseManualTime();

/// The second and the third in one, the message copied out in between.
void get(benchmark::State& state) {
    auto segment = ipc::segment::create();
    auto queue = ipc::queue<message>::create(segment, "messages");
    measure_alone(
        state, [&] { queue.put(message{}); }, [&] { benchmark::DoNotOptimize(queue.get()); }, [] {});
}
BENCHMARK(get)->UseManualTime();

/// Nobody else is there: room taken, filled in place and sent; received and acknowledged; nothing copied.
void prepare_send_receive_ack(benchmark::State& state) {
    auto segment = ipc::segment::create();
    auto queue = ipc::byte_queue::create(segment, "messages");
    for (auto _ : state) {
        queue.prepare(sizeof(message)).send();
        queue.receive().ack();
    }
}
BENCHMARK(prepare_send_receive_ack);

void drain(ipc::queue<message> queue) {
    while (queue.get() != end_of_messages) {
    }
}

/// One message to another process.
void put_to_another_process(benchmark::State& state) {
    auto segment = ipc::segment::create();
    auto queue = ipc::queue<message>::create(segment, "messages");
    ipc::process consumer(plait::fn<&drain>, queue);
    consumer.start();
    for (auto _ : state)
        queue.put(message{});
    queue.put(end_of_messages);
    consumer.join();
}
BENCHMARK(put_to_another_process)->UseRealTime();

void echo(ipc::queue<message> there, ipc::queue<message> back) {
    for (message m; (m = there.get()) != end_of_messages;)
        back.put(m);
}

/// To another process and back, one message at a time.
void round_trip_to_another_process(benchmark::State& state) {
    auto segment = ipc::segment::create();
    auto there = ipc::queue<message>::create(segment, "there");
    auto back = ipc::queue<message>::create(segment, "back");
    ipc::process other(plait::fn<&echo>, there, back);
    other.start();
    for (auto _ : state) {
        there.put(message{});
        benchmark::DoNotOptimize(back.get());
    }
    there.put(end_of_messages);
    other.join();
}
BENCHMARK(round_trip_to_another_process)->UseRealTime();

void nothing() {}

/// A process started and joined.
void start_and_join(benchmark::State& state) {
    for (auto _ : state) {
        ipc::process child(plait::fn<&nothing>);
        child.start();
        child.join();
    }
}
BENCHMARK(start_and_join)->UseRealTime();

} // namespace

int main(int argc, char** argv) {
    if (auto code = ipc::child_main(argc, argv)) return *code;
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
}
