// Copyright 2026 the plait authors. Boost Software License 1.0
//
// plait's queue between plait's processes. Beside the queue that is measured there are three more, through which a
// process tells that it is ready, is told to begin, and hands in its tally.
#include "shape.hpp"

#include <plait/ipc/process.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/ipc/segment.hpp>

#include <algorithm>
#include <string>

namespace {

namespace ipc = plait::ipc;

constexpr std::size_t message_header_bytes = 16, cache_line = 64;

/// A message that says nothing but that it was sent.
struct word {};

/// One cell a message, whole cache lines; twice the room that is needed, so that the number of messages is the bound.
ipc::queue_options options_for(const bench::shape& what) {
    std::size_t cell = (what.message_bytes + message_header_bytes + cache_line - 1) / cache_line * cache_line;
    return {.capacity = bench::queue_depth, .bytes = 2 * bench::queue_depth * cell, .cell_bytes = cell};
}

void get_copy(ipc::byte_queue& messages, std::span<std::byte> into) {
    auto lease = messages.receive();
    std::ranges::copy(lease.data(), into.begin());
    lease.ack();
}

void run_producer(
    ipc::byte_queue messages, ipc::queue<word> ready, ipc::queue<word> begin, ipc::queue<bench::tally> done,
    std::string row) {
    bench::pin_this_thread(bench::producer_cpu);
    ready.put({});
    begin.receive().ack();
    done.put(bench::produce(bench::shape_of(row), [&](auto message) { messages.put(message); }));
}

void run_consumer(
    ipc::byte_queue messages, ipc::queue<word> ready, ipc::queue<word> begin, ipc::queue<bench::tally> done,
    std::string row) {
    bench::pin_this_thread(bench::consumer_cpu);
    ready.put({});
    begin.receive().ack();
    done.put(bench::consume(bench::shape_of(row), [&](auto message) { get_copy(messages, message); }));
}

std::vector<bench::tally> collect(ipc::queue<bench::tally>& from, int count) {
    std::vector<bench::tally> collected;
    for (int i = 0; i < count; ++i)
        collected.push_back(from.get());
    return collected;
}

} // namespace

int main(int argc, char** argv) {
    if (auto code = ipc::child_main(argc, argv)) return *code;
    auto what = bench::requested_shape(argc, argv);

    auto shared = ipc::segment::create();
    auto messages = ipc::byte_queue::create(shared, "messages", options_for(what));
    auto ready = ipc::queue<word>::create(shared, "ready");
    auto begin = ipc::queue<word>::create(shared, "begin");
    auto produced = ipc::queue<bench::tally>::create(shared, "produced");
    auto consumed = ipc::queue<bench::tally>::create(shared, "consumed");

    std::vector<ipc::process> processes;
    for (int i = 0; i < what.consumers; ++i)
        processes.emplace_back(plait::fn<&run_consumer>, messages, ready, begin, consumed, what.row);
    for (int i = 0; i < what.producers; ++i)
        processes.emplace_back(plait::fn<&run_producer>, messages, ready, begin, produced, what.row);
    for (auto& process : processes)
        process.start();
    for (std::size_t i = 0; i < processes.size(); ++i)
        ready.receive().ack();
    for (std::size_t i = 0; i < processes.size(); ++i)
        begin.put({});

    auto producers = collect(produced, what.producers);
    for (int i = 0; i < what.consumers; ++i)
        bench::put_end(what, [&](auto message) { messages.put(message); });
    auto consumers = collect(consumed, what.consumers);
    for (auto& process : processes) {
        process.join();
        if (process.exit_code() != 0) bench::fail("a producer or consumer process failed");
    }
    bench::report_transfer(what, producers, consumers);
}
