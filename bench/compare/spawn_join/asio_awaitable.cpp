// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Asio's stackless coroutines; their frames come from Asio's own cache. The batch is joined by running the loop until
// it is empty, which is cheaper than joining each of them.
#include "batches.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace asio = boost::asio;

namespace {

asio::awaitable<void> count(volatile long& counter) {
    counter = counter + 1;
    co_return;
}

} // namespace

int main(int argc, char** argv) {
    asio::io_context loop(1);
    bench::measure_batches(argc, argv, [&](volatile long& counter) {
        for (int i = 0; i < bench::batch; ++i)
            asio::co_spawn(loop, count(counter), asio::detached);
        loop.restart();
        loop.run();
    });
}
