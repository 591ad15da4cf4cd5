// Copyright 2026 the plait authors. Boost Software License 1.0
#include "transport.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/socket.h>
#include <sys/uio.h>

namespace plait::detail {
namespace {

// MSG_DONTWAIT: the socket may be in blocking mode. MSG_NOSIGNAL: EPIPE is enough.
attempt outcome_of(ssize_t count, readiness needed, const char* call, const std::string& peer) {
    if (count >= 0) return {.count = static_cast<std::size_t>(count)};
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {.must_wait = needed};
    throw_system_error(errno, call + ("(" + peer + ")"));
}

} // namespace

attempt socket_transport::read(std::span<char> buffer) {
    const int socket = descriptor().get();
    return outcome_of(
        retry_interrupted([&] { return ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT); }),
        readiness::to_read, "recv", peer());
}

attempt socket_transport::write(std::span<const std::string_view> parts) {
    const int socket = descriptor().get();
    if (parts.size() == 1) {
        const std::string_view only = parts.front();
        return outcome_of(
            retry_interrupted([&] { return ::send(socket, only.data(), only.size(), MSG_DONTWAIT | MSG_NOSIGNAL); }),
            readiness::to_write, "send", peer());
    }
    std::array<iovec, 16> pieces; // the rest goes with the next attempt
    const std::size_t count = std::min(parts.size(), pieces.size());
    std::transform(
        parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(count), pieces.begin(), [](std::string_view part) {
            return iovec{const_cast<char*>(part.data()), part.size()}; // only read from
        });
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = count;
    return outcome_of(
        retry_interrupted([&] { return ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL); }),
        readiness::to_write, "sendmsg", peer());
}

attempt socket_transport::shutdown_write() {
    // ENOTCONN: the peer has reset the connection, and will not read what it is not going to get
    if (::shutdown(descriptor().get(), SHUT_WR) == -1 && errno != ENOTCONN)
        throw_system_error(errno, "shutdown(" + peer() + ", SHUT_WR)");
    return {};
}

} // namespace plait::detail
