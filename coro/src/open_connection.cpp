// Copyright 2026 the plait authors. Boost Software License 1.0
#include "socket.hpp"
#include "stream_core.hpp"

#include <plait/coro/open_connection.hpp>
#include <plait/coro/resolve.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace plait {
namespace {

using detail::readiness;
using detail::unique_fd;
using detail::wait_state;

unique_fd socket_for(const socket_address& to, const connection_options& options) {
    unique_fd socket = detail::open_stream_socket(to.family());
    if (to.family() != AF_UNIX) {
        if (options.no_delay) detail::set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY");
        if (options.keep_alive) detail::set_option(socket.get(), SOL_SOCKET, SO_KEEPALIVE, "SO_KEEPALIVE");
    }
    return socket;
}

// 0, or why there is no connection.
int finish_connecting(detail::watched_descriptor& socket, deadline until) {
    for (;;) {
        switch (socket.wait(readiness::to_write, "open_connection", until)) {
        case wait_state::timed_out: return ETIMEDOUT;
        case wait_state::cancelled: throw cancelled();
        default: break;
        }
        if (const int code = detail::pending_error(socket.get()); code != 0) return code;
        sockaddr_storage peer;
        socklen_t size = sizeof peer;
        if (::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&peer), &size) == 0) return 0;
        if (errno != ENOTCONN) return errno; // not yet connected: woken for nothing
    }
}

// The same. A UNIX socket is connected at once, or its listener's backlog is full, which nobody tells the end of.
int connect(detail::watched_descriptor& socket, const socket_address& to, deadline until) {
    duration pause = std::chrono::milliseconds(1);
    for (;;) {
        if (::connect(socket.get(), to.data(), to.size()) == 0) return 0;
        if (errno == EINPROGRESS || errno == EINTR) return finish_connecting(socket, until);
        if (errno != EAGAIN || to.family() != AF_UNIX) return errno;
        if (detail::party::current().now() >= until.at()) return ETIMEDOUT;
        sleep_for(pause);
        pause = std::min<duration>(2 * pause, std::chrono::milliseconds(50));
    }
}

stream connect_to_one_of(
    std::span<const socket_address> addresses, const std::string& what, const connection_options& options) {
    std::string tried;
    int code = 0;
    for (const socket_address& to : addresses) {
        if (code != 0)
            tried += ": " + boost::system::error_code(code, boost::system::system_category()).message() + "; ";
        auto transport = std::make_unique<detail::socket_transport>(socket_for(to, options), to.to_string());
        code = connect(transport->descriptor(), to, detail::deadline_after(options.connect_timeout));
        if (code == 0) return stream(std::make_unique<detail::stream_core>(std::move(transport)));
        tried += "connect(" + to.to_string() + ")";
    }
    if (code == ETIMEDOUT) throw timeout_error(what + ": " + tried);
    detail::throw_system_error(code, what + ": " + tried);
}

} // namespace

stream open_connection(std::string_view host, std::uint16_t port, const connection_options& options) {
    return open_connection(resolve(host, port), host, options);
}

stream
open_connection(std::span<const socket_address> addresses, std::string_view host, const connection_options& options) {
    if (addresses.empty()) throw error(errc::invalid_argument, "open_connection: no address");
    const std::string port = std::to_string(addresses.front().port());
    stream plain = connect_to_one_of(addresses, "open_connection(" + std::string(host) + ", " + port + ")", options);
    return options.tls ? start_tls(std::move(plain), *options.tls, host) : std::move(plain);
}

stream open_unix_connection(std::string_view path, const connection_options& options) {
    const socket_address to = socket_address::of_unix(path);
    stream plain = connect_to_one_of({&to, 1}, "open_unix_connection(" + to.to_string() + ")", options);
    return options.tls ? start_tls(std::move(plain), *options.tls) : std::move(plain);
}

} // namespace plait
