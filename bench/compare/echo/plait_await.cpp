// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Asio's own socket, with plait::await: what a program pays that keeps its sockets and changes the token.
#include "server.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/await.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace asio = boost::asio;
using bench::tcp;
using boost::system::error_code;

namespace {

void serve(tcp::socket& connection) {
    bench::prepare(connection);
    bench::echo_buffer buffer;
    error_code ec;
    for (;;) {
        std::size_t bytes = connection.async_read_some(asio::buffer(buffer), plait::await(ec));
        if (ec) return;
        asio::async_write(connection, asio::buffer(buffer, bytes), plait::await(ec));
        if (ec) return;
    }
}

} // namespace

int main() {
    return plait::run([] {
        tcp::acceptor acceptor = bench::listen(plait::loop::current()->context());
        for (;;) {
            tcp::socket accepted = acceptor.async_accept(plait::await);
            plait::spawn([connection = std::move(accepted)]() mutable { serve(connection); }).detach();
        }
    });
}
