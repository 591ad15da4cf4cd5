// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Asio's stackless coroutines.
#include "server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace asio = boost::asio;
using bench::tcp;

namespace {

constexpr auto awaiting = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> serve(tcp::socket connection) {
    bench::prepare(connection);
    bench::echo_buffer buffer;
    for (;;) {
        auto [read_error, bytes] = co_await connection.async_read_some(asio::buffer(buffer), awaiting);
        if (read_error) co_return;
        auto [write_error, _] = co_await asio::async_write(connection, asio::buffer(buffer, bytes), awaiting);
        if (write_error) co_return;
    }
}

asio::awaitable<void> accept(tcp::acceptor& acceptor) {
    for (;;) {
        tcp::socket connection = co_await acceptor.async_accept(asio::use_awaitable);
        asio::co_spawn(acceptor.get_executor(), serve(std::move(connection)), asio::detached);
    }
}

} // namespace

int main() {
    asio::io_context loop(1);
    tcp::acceptor acceptor = bench::listen(loop);
    asio::co_spawn(loop, accept(acceptor), asio::detached);
    loop.run();
}
