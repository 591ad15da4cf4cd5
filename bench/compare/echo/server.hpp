// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   bench/run ──starts──▶ server ──"LISTENING PORT"──▶ bench/run ──▶ load
//
// A server of one thread that sends back what it reads, until it is killed. Each connection has its own buffer of 4 KiB,
// filled by one read and emptied by one write, and has Nagle's algorithm off. The servers with Asio share what follows;
// Go's repeats it. See load.cpp for what is measured.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cstddef>
#include <cstdio>

namespace bench {

using boost::asio::ip::tcp;

inline constexpr int backlog = 4096;

using echo_buffer = std::array<char, 4096>;

/// Tells the runner where the server listens.
inline void announce(unsigned port) {
    std::printf("LISTENING %u\n", port);
    std::fflush(stdout);
}

/// Listens on a free port of the loopback device.
inline tcp::acceptor listen(boost::asio::io_context& context) {
    tcp::acceptor acceptor(context);
    acceptor.open(tcp::v4());
    acceptor.bind({boost::asio::ip::address_v4::loopback(), 0});
    acceptor.listen(backlog);
    announce(acceptor.local_endpoint().port());
    return acceptor;
}

inline void prepare(tcp::socket& connection) { connection.set_option(tcp::no_delay(true)); }

} // namespace bench
