// Copyright 2026 the plait authors. Boost Software License 1.0
#include "transfer.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/queue.hpp>

int main(int argc, char** argv) {
    bench::measure_transfer(argc, argv, {"chan_loop", "chan_threads"}, [](std::string_view row) {
        plait::queue<long> queue(bench::queue_depth);
        auto produce = [&] { bench::produce([&](long value) { queue.put(value); }); };
        auto consume = [&] { bench::consume([&] { return queue.get(); }); };
        if (row == "chan_loop") {
            plait::run([&] {
                auto producer = plait::spawn(produce), consumer = plait::spawn(consume);
                producer.join();
                consumer.join();
            });
        } else {
            bench::on_two_threads(produce, consume);
        }
    });
}
