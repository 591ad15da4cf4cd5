// Copyright 2026 the plait authors. Boost Software License 1.0
//
// buffered_channel keeps one of its places free: this one holds 1,023 numbers.
#include "transfer.hpp"

#include <boost/fiber/all.hpp>

namespace fibers = boost::fibers;

int main(int argc, char** argv) {
    bench::measure_transfer(argc, argv, {"chan_loop", "chan_threads"}, [](std::string_view row) {
        fibers::buffered_channel<long> channel(bench::queue_depth);
        auto produce = [&] { bench::produce([&](long value) { channel.push(value); }); };
        auto consume = [&] {
            bench::consume([&] {
                long value = 0;
                channel.pop(value);
                return value;
            });
        };
        if (row == "chan_loop") {
            fibers::fiber producer(produce), consumer(consume);
            producer.join();
            consumer.join();
        } else {
            bench::on_two_threads(produce, consume);
        }
    });
}
