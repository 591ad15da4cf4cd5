// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Handlers that start the next operation: what everybody else is held against.
#include "server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <memory>
#include <utility>

namespace asio = boost::asio;
using bench::tcp;
using boost::system::error_code;

namespace {

// Kept alive by the handler of the operation in flight.
class connection : public std::enable_shared_from_this<connection> {
public:
    explicit connection(tcp::socket socket) : socket_(std::move(socket)) { bench::prepare(socket_); }

    void read() {
        socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](error_code ec, std::size_t bytes) {
            if (!ec) self->write(bytes);
        });
    }

private:
    void write(std::size_t bytes) {
        asio::async_write(
            socket_, asio::buffer(buffer_, bytes), [self = shared_from_this()](error_code ec, std::size_t) {
                if (!ec) self->read();
            });
    }

    tcp::socket socket_;
    bench::echo_buffer buffer_;
};

void accept(tcp::acceptor& acceptor) {
    acceptor.async_accept([&acceptor](error_code ec, tcp::socket socket) {
        if (!ec) std::make_shared<connection>(std::move(socket))->read();
        accept(acceptor);
    });
}

} // namespace

int main() {
    asio::io_context loop(1);
    tcp::acceptor acceptor = bench::listen(loop);
    accept(acceptor);
    loop.run();
}
