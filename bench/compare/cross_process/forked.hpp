// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Runs the producers and consumers of a peer as forked processes, which all begin together, at a barrier; or a client and
// a forked server. A peer's queue has put(span<const byte>) and get(span<byte>), works in forked children, and is made
// from a `shape`. If it gathers messages before it sends them, it has flush(), too.

#include "round_trip.hpp"

#include <atomic>
#include <new>

#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

namespace bench {

/// `size` zeroed bytes that forked processes share.
inline void* shared_with_children(std::size_t size) {
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("mmap failed");
    return memory;
}

/// What the processes of one transfer share beside the queue.
struct transfer_board {
    static constexpr std::size_t most = 4;

    explicit transfer_board(const shape& what) : producers_at_work(what.producers) {
        pthread_barrierattr_t shared;
        pthread_barrierattr_init(&shared);
        pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
        pthread_barrier_init(&begin, &shared, static_cast<unsigned>(what.producers + what.consumers));
    }

    pthread_barrier_t begin;
    std::atomic<int> producers_at_work;
    tally producers[most];
    tally consumers[most];
};

template <class Queue>
void flush(Queue& queue) {
    if constexpr (requires { queue.flush(); }) queue.flush();
}

template <class Queue>
tally produce_through(const shape& what, Queue& queue) {
    if constexpr (requires { &Queue::in_place; })
        if (is_in_place(what)) return produce_in_place(what, [&](auto write) { queue.put_in_place(write); });
    auto done = produce(what, [&](std::span<const std::byte> message) { queue.put(message); });
    flush(queue);
    return done;
}

template <class Queue>
tally consume_through(const shape& what, Queue& queue) {
    if constexpr (requires { &Queue::in_place; })
        if (is_in_place(what)) return consume_in_place(what, [&](auto read) { queue.get_in_place(read); });
    return consume(what, [&](std::span<std::byte> message) { queue.get(message); });
}

/// Moves the messages of `what` through `queue`.
template <class Queue>
int transfer_between_forked_processes(const shape& what, Queue& queue) {
    auto* board = new (shared_with_children(sizeof(transfer_board))) transfer_board(what);

    auto run_producer = [&](int index) {
        pin_this_thread(producer_cpu);
        pthread_barrier_wait(&board->begin);
        board->producers[index] = produce_through(what, queue);
        bool last = board->producers_at_work.fetch_sub(1, std::memory_order_relaxed) == 1;
        for (int i = 0; last && i < what.consumers && !is_in_place(what); ++i)
            put_end(what, [&](std::span<const std::byte> message) { queue.put(message); });
        flush(queue);
    };
    auto run_consumer = [&](int index) {
        pin_this_thread(consumer_cpu);
        pthread_barrier_wait(&board->begin);
        board->consumers[index] = consume_through(what, queue);
    };

    std::vector<pid_t> children;
    auto start = [&children](auto run, int index) {
        pid_t child = fork();
        if (child < 0) fail("fork failed");
        if (child == 0) {
            run(index);
            _exit(0);
        }
        children.push_back(child);
    };
    for (int i = 0; i < what.consumers; ++i)
        start(run_consumer, i);
    for (int i = 0; i < what.producers; ++i)
        start(run_producer, i);
    for (pid_t child : children) {
        int status = 0;
        if (waitpid(child, &status, 0) != child || status != 0) fail("a producer or consumer process failed");
    }
    report_transfer(
        what, std::span(board->producers).first(static_cast<std::size_t>(what.producers)),
        std::span(board->consumers).first(static_cast<std::size_t>(what.consumers)));
    return 0;
}

/// Sends messages through `there` to a forked server, and gets them back through `back`.
template <class Queue>
int round_trips_to_a_forked_process(const round_trips& what, Queue& there, Queue& back) {
    pid_t server = fork();
    if (server < 0) fail("fork failed");
    auto put_to = [](Queue& queue) {
        return [&](std::span<const std::byte> message) { queue.put(message), flush(queue); };
    };
    auto get_from = [](Queue& queue) { return [&](std::span<std::byte> message) { queue.get(message); }; };
    if (server == 0) {
        pin_this_thread(what.server_cpu);
        answer_round_trips(put_to(back), get_from(there));
        _exit(0);
    }
    pin_this_thread(what.client_cpu);
    measure_round_trips(what, put_to(there), get_from(back));
    int status = 0;
    if (waitpid(server, &status, 0) != server || status != 0) fail("the server process failed");
    return 0;
}

/// main() of a peer.
template <class Queue>
int run_between_forked_processes(int argc, char** argv) {
    auto row = requested_row(argc, argv);
    if (auto trips = round_trips_of(row)) {
        shape small{row, sizeof(small_message), 1, 1, 0};
        Queue there(small), back(small);
        return round_trips_to_a_forked_process(*trips, there, back);
    }
    auto what = shape_of(row);
    Queue queue(what);
    return transfer_between_forked_processes(what, queue);
}

} // namespace bench
