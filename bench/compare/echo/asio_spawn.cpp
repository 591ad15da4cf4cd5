// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Asio's stackful coroutines.
#include "server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/write.hpp>

#include <memory>
#include <utility>

namespace asio = boost::asio;
using bench::tcp;
using boost::system::error_code;

namespace {

void serve(tcp::socket& connection, asio::yield_context self) {
    bench::prepare(connection);
    bench::echo_buffer buffer;
    error_code ec;
    for (;;) {
        std::size_t bytes = connection.async_read_some(asio::buffer(buffer), self[ec]);
        if (ec) return;
        asio::async_write(connection, asio::buffer(buffer, bytes), self[ec]);
        if (ec) return;
    }
}

void accept(tcp::acceptor& acceptor, asio::yield_context self) {
    for (;;) {
        // spawn copies its function: the socket, which cannot be copied, is shared.
        auto connection = std::make_shared<tcp::socket>(acceptor.async_accept(self));
        asio::spawn(
            acceptor.get_executor(), [connection](asio::yield_context child) { serve(*connection, child); },
            asio::detached);
    }
}

} // namespace

int main() {
    asio::io_context loop(1);
    tcp::acceptor acceptor = bench::listen(loop);
    asio::spawn(
        loop, [&](asio::yield_context self) { accept(acceptor, self); }, asio::detached);
    loop.run();
}
