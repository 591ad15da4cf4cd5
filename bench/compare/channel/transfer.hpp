// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// One producer, one consumer, one bounded queue between them that holds about 1,024 numbers; in one process.
//
//   chan_loop      both are coroutines of one thread: the queue fills, the other side runs, it empties, …
//   chan_threads   each is a thread with a CPU of its own

#include "../measure.hpp"

#include <thread>

namespace bench {

inline constexpr std::size_t queue_depth = 1024;
inline constexpr long messages = 4'000'000;

/// Puts 1, 2, 3, … `messages`.
template <class Put>
void produce(Put put) {
    for (long i = 1; i <= messages; ++i)
        put(i);
}

/// Fails unless `sum` is that of all the numbers.
inline void check(long sum) {
    if (sum != messages * (messages + 1) / 2) fail("the queue lost or changed a message");
}

/// Takes `messages` numbers, and fails unless they are the ones that were put.
template <class Get>
void consume(Get get) {
    long sum = 0;
    for (long i = 0; i < messages; ++i)
        sum += get();
    check(sum);
}

/// Runs both sides as threads, the producer on one CPU and the consumer on another.
template <class Produce, class Consume>
void on_two_threads(Produce produce_all, Consume consume_all) {
    std::thread producer([&] {
        pin_this_thread(0);
        produce_all();
    });
    std::thread consumer([&] {
        pin_this_thread(1);
        consume_all();
    });
    producer.join();
    consumer.join();
}

/// Times `transfer(row)`, which moves all messages once, for one of the rows that the peer takes part in.
template <class Transfer>
void measure_transfer(int argc, char** argv, std::initializer_list<std::string_view> rows, Transfer transfer) {
    auto row = requested_row(argc, argv, rows);
    auto started = clock::now();
    transfer(row);
    report(row, "ns", nanoseconds_between(started, clock::now()) / messages, "ns");
}

} // namespace bench
