// Copyright 2026 the plait authors. Boost Software License 1.0
//
// moodycamel::BlockingConcurrentQueue, with the tokens its authors recommend. It has no bound that a put would wait
// at: the producer runs ahead as far as it is faster.
#include "transfer.hpp"

#include <concurrentqueue/blockingconcurrentqueue.h>

int main(int argc, char** argv) {
    bench::measure_transfer(argc, argv, {"chan_threads"}, [](std::string_view) {
        moodycamel::BlockingConcurrentQueue<long> queue(bench::queue_depth);
        bench::on_two_threads(
            [&] {
                moodycamel::ProducerToken token(queue);
                bench::produce([&](long value) { queue.enqueue(token, value); });
            },
            [&] {
                moodycamel::ConsumerToken token(queue);
                bench::consume([&] {
                    long value = 0;
                    queue.wait_dequeue(token, value);
                    return value;
                });
            });
    });
}
