// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Asio's experimental channels between stackless coroutines: `channel` on one thread, `concurrent_channel`, which has a
// lock, between two threads that each run an io_context of their own. A concurrency hint of 1 tells Asio that no second
// thread runs a context.
#include "transfer.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace asio = boost::asio;
using signature = void(boost::system::error_code, long);

namespace {

// What bench::produce and bench::consume do; a stackless coroutine cannot wait inside the function it calls.
template <class Channel>
asio::awaitable<void> produce(Channel& channel) {
    for (long i = 1; i <= bench::messages; ++i)
        co_await channel.async_send(boost::system::error_code(), i, asio::use_awaitable);
}

template <class Channel>
asio::awaitable<void> consume(Channel& channel) {
    long sum = 0;
    for (long i = 0; i < bench::messages; ++i)
        sum += co_await channel.async_receive(asio::use_awaitable);
    bench::check(sum);
}

void on_one_loop() {
    asio::io_context loop(1);
    asio::experimental::channel<signature> channel(loop, bench::queue_depth);
    asio::co_spawn(loop, produce(channel), asio::detached);
    asio::co_spawn(loop, consume(channel), asio::detached);
    loop.run();
}

void on_two_loops() {
    asio::io_context producers_loop(1), consumers_loop(1);
    asio::experimental::concurrent_channel<signature> channel(producers_loop, bench::queue_depth);
    asio::co_spawn(producers_loop, produce(channel), asio::detached);
    asio::co_spawn(consumers_loop, consume(channel), asio::detached);
    bench::on_two_threads([&] { producers_loop.run(); }, [&] { consumers_loop.run(); });
}

} // namespace

int main(int argc, char** argv) {
    bench::measure_transfer(argc, argv, {"chan_loop", "chan_threads"}, [](std::string_view row) {
        row == "chan_loop" ? on_one_loop() : on_two_loops();
    });
}
