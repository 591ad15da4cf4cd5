// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Runs the producers and consumers of a peer as forked processes. All begin together, at a barrier.

#include "shape.hpp"

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

/// Moves the messages of `what` through `queue`, which has put(span<const byte>) and get(span<byte>) and works in
/// forked children.
template <class Queue>
int transfer_between_forked_processes(const shape& what, Queue& queue) {
    auto* board = new (shared_with_children(sizeof(transfer_board))) transfer_board(what);
    auto put = [&](std::span<const std::byte> message) { queue.put(message); };
    auto get = [&](std::span<std::byte> message) { queue.get(message); };

    auto run_producer = [&](int index) {
        pin_this_thread(producer_cpu);
        pthread_barrier_wait(&board->begin);
        board->producers[index] = produce(what, put);
        bool last = board->producers_at_work.fetch_sub(1, std::memory_order_relaxed) == 1;
        for (int i = 0; last && i < what.consumers; ++i)
            put_end(what, put);
    };
    auto run_consumer = [&](int index) {
        pin_this_thread(consumer_cpu);
        pthread_barrier_wait(&board->begin);
        board->consumers[index] = consume(what, get);
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

} // namespace bench
