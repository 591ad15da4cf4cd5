// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Asio's stackful coroutines. The batch is joined by running the loop until it is empty, which is cheaper than joining
// each of them.
#include "batches.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>

namespace asio = boost::asio;

int main(int argc, char** argv) {
    boost::context::pooled_fixedsize_stack stacks(bench::stack_bytes);
    asio::io_context loop(1);
    bench::measure_batches(argc, argv, [&](volatile long& counter) {
        for (int i = 0; i < bench::batch; ++i) {
            asio::spawn(
                loop, std::allocator_arg, stacks, [&counter](asio::yield_context) { counter = counter + 1; },
                asio::detached);
        }
        loop.restart();
        loop.run();
    });
}
