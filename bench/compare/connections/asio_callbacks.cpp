// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Handlers. Their time with a server that answers at once, plus the server's delay, is the ideal that the row speaks of.
#include "client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <memory>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

class connection : public std::enable_shared_from_this<connection> {
public:
    connection(asio::io_context& loop, bench::opening& opening) : socket_(loop), opening_(opening) {}

    void open() {
        socket_.async_connect(
            {asio::ip::address_v4::loopback(), opening_.port()}, [self = shared_from_this()](error_code ec) {
                if (ec) return;
                self->socket_.set_option(tcp::no_delay(true));
                self->ask();
            });
    }

private:
    void ask() {
        asio::async_write(socket_, asio::buffer(message_), [self = shared_from_this()](error_code ec, std::size_t) {
            if (!ec) self->wait();
        });
    }
    void wait() {
        asio::async_read(socket_, asio::buffer(message_), [self = shared_from_this()](error_code ec, std::size_t) {
            if (!ec) self->opening_.note_answer();
        });
    }

    tcp::socket socket_;
    bench::opening& opening_;
    bench::message message_{};
};

} // namespace

int main(int argc, char** argv) {
    bench::opening opening(argc, argv);
    asio::io_context loop(1);
    for (int i = 0; i < bench::connections; ++i)
        std::make_shared<connection>(loop, opening)->open();
    loop.run();
    opening.report();
}
