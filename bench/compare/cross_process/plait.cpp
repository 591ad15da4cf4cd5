// Copyright 2026 the plait authors. Boost Software License 1.0
//
// plait's queue between plait's processes. Beside the queue that is measured there are three more, through which a
// process tells that it is ready, is told to begin, and hands in its tally.
#include "plait_round_trips.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace {

namespace ipc = plait::ipc;

constexpr std::size_t message_header_bytes = 16, cache_line = 64;

/// A message that says nothing but that it was sent.
struct word {};

/// Cells for whole messages, and twice the room that is needed, so that the number of messages is the bound. A cell has
/// 64 KiB at most, header included, so a message of that size takes two. Cells are whole cache lines, which neighbours do not
/// share; those of a batch go to the other process together, and lie as close as they can.
ipc::queue_options options_for(const bench::shape& what) {
    std::size_t cells = bench::is_in_place(what) ? 2 : 1;
    std::size_t bytes = (what.message_bytes + message_header_bytes + cells - 1) / cells;
    std::size_t alignment = bench::is_in_batches(what) ? message_header_bytes : cache_line;
    std::size_t cell = (bytes + alignment - 1) / alignment * alignment;
    return {.capacity = what.queue_depth, .bytes = 2 * what.queue_depth * cells * cell, .cell_bytes = cell};
}

using bench::small_queue;
constexpr std::size_t batch = 64;

bench::tally produce_in_batches(const bench::shape& what, small_queue messages) {
    std::vector<bench::small_message> gathered;
    gathered.reserve(batch);
    auto put_all = [&] {
        for (std::span<const bench::small_message> rest = gathered; !rest.empty();)
            rest = rest.subspan(messages.put_many(rest));
        gathered.clear();
    };
    auto done = bench::produce(what, [&](std::span<const std::byte> message) {
        std::ranges::copy(message, gathered.emplace_back().begin());
        if (gathered.size() == batch) put_all();
    });
    put_all();
    return done;
}

bench::tally consume_in_batches(const bench::shape& what, small_queue messages) {
    std::vector<bench::small_message> got;
    std::size_t at = 0;
    return bench::consume(what, [&](std::span<std::byte> into) {
        if (at == got.size()) {
            got = messages.get_many(batch);
            at = 0;
        }
        std::ranges::copy(got[at++], into.begin());
    });
}

bench::tally produce(const bench::shape& what, ipc::byte_queue messages) {
    if (bench::is_in_batches(what)) return produce_in_batches(what, small_queue(messages));
    if (!bench::is_in_place(what)) return bench::produce(what, [&](auto message) { messages.put(message); });
    return bench::produce_in_place(what, [&](auto write) {
        auto room = messages.prepare(what.message_bytes);
        write(room.data());
        std::move(room).send();
    });
}

/// Small messages as values; large ones are looked at where they lie, which saves copies.
bench::tally consume(const bench::shape& what, ipc::byte_queue messages) {
    if (bench::is_in_batches(what)) return consume_in_batches(what, small_queue(messages));
    if (what.message_bytes == 64) {
        small_queue values(messages);
        return bench::consume(what, [&](std::span<std::byte> into) { std::ranges::copy(values.get(), into.begin()); });
    }
    if (!bench::is_in_place(what))
        return bench::consume(what, [&](std::span<std::byte> into) {
            auto message = messages.receive();
            std::ranges::copy(message.data(), into.begin());
            message.ack();
        });
    return bench::consume_in_place(what, [&](auto read) {
        auto message = messages.receive();
        read(message.data());
        message.ack();
    });
}

void run_producer(
    ipc::byte_queue messages, ipc::queue<word> ready, ipc::queue<word> begin, ipc::queue<bench::tally> done,
    std::string row) {
    bench::pin_this_thread(bench::producer_cpu);
    ready.put({});
    begin.receive().ack();
    done.put(produce(bench::shape_of(row), messages));
}

void run_consumer(
    ipc::byte_queue messages, ipc::queue<word> ready, ipc::queue<word> begin, ipc::queue<bench::tally> done,
    std::string row) {
    bench::pin_this_thread(bench::consumer_cpu);
    ready.put({});
    begin.receive().ack();
    done.put(consume(bench::shape_of(row), messages));
}

std::vector<bench::tally> collect(ipc::queue<bench::tally>& from, int count) {
    std::vector<bench::tally> collected;
    for (int i = 0; i < count; ++i)
        collected.push_back(from.get());
    return collected;
}

int transfer(const bench::shape& what) {
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
    for (int i = 0; i < what.consumers && !bench::is_in_place(what); ++i)
        bench::put_end(what, [&](auto message) { messages.put(message); });
    auto consumers = collect(consumed, what.consumers);
    for (auto& process : processes) {
        process.join();
        if (process.exit_code() != 0) bench::fail("a producer or consumer process failed");
    }
    bench::report_transfer(what, producers, consumers);
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    if (auto code = ipc::child_main(argc, argv)) return *code;
    auto row = bench::requested_row(argc, argv);
    if (auto trips = bench::round_trips_of(row)) return bench::round_trips_to_another_process(*trips);
    return transfer(bench::shape_of(row));
}
