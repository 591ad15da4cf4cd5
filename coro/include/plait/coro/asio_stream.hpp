// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   boost::asio::ip::tcp::socket ──from_asio──▶ plait::stream ──to_asio──▶ boost::asio::ip::tcp::socket
//
// For programs that have Asio's sockets: a connection can change sides at any time between two operations.

#include <plait/coro/socket_address.hpp>
#include <plait/coro/stream.hpp>

#include <boost/asio/basic_stream_socket.hpp>

#include <string>
#include <utility>

#include <sys/socket.h>

namespace plait {

/// The connection of `socket`, which is closed afterwards; operations on it that are under way are cancelled. Throws
/// system_error.
template <class Protocol, class Executor>
[[nodiscard]] stream from_asio(boost::asio::basic_stream_socket<Protocol, Executor>&& socket) {
    return stream(detail::unique_fd(socket.release()));
}

/// The connection of `s`, which is closed afterwards, as a socket of `executor_or_context`'s. What was received and not
/// read is put into `unread`. Throws as stream::release(), and system_error.
template <class Socket, class ExecutorOrContext>
[[nodiscard]] Socket to_asio(stream&& s, ExecutorOrContext& executor_or_context, std::string* unread = nullptr) {
    using protocol = typename Socket::protocol_type;
    detail::unique_fd released = s.release(unread);
    Socket socket(executor_or_context);
    if constexpr (requires { protocol::v4(); })
        socket.assign(
            socket_address::of_socket(released.get()).family() == AF_INET ? protocol::v4() : protocol::v6(),
            released.get());
    else
        socket.assign(protocol(), released.get());
    static_cast<void>(released.release());
    return socket;
}

} // namespace plait
