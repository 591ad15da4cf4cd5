// Copyright 2026 the plait authors. Boost Software License 1.0
#include "client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

asio::awaitable<void> ask(asio::io_context& loop, bench::opening& opening) {
    tcp::socket connection(loop);
    co_await connection.async_connect({asio::ip::address_v4::loopback(), opening.port()}, asio::use_awaitable);
    connection.set_option(tcp::no_delay(true));
    bench::message m{};
    co_await asio::async_write(connection, asio::buffer(m), asio::use_awaitable);
    co_await asio::async_read(connection, asio::buffer(m), asio::use_awaitable);
    opening.note_answer();
}

} // namespace

int main(int argc, char** argv) {
    bench::opening opening(argc, argv);
    asio::io_context loop(1);
    for (int i = 0; i < bench::connections; ++i)
        asio::co_spawn(loop, ask(loop, opening), asio::detached);
    loop.run();
    opening.report();
}
