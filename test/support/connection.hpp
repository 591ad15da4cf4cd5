// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Two streams that are connected to each other, and a peer that is a bare socket, for what a stream does not do.

#include <plait/coro/stream.hpp>
#include <plait/runtime/detail/syscall.hpp>

#include <string>
#include <string_view>
#include <utility>

#include <sys/socket.h>

namespace plait::test {

inline std::pair<detail::unique_fd, detail::unique_fd> connected_sockets() {
    int ends[2];
    detail::checked(
        [&] { return ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends); }, [] { return "socketpair"; });
    return {detail::unique_fd(ends[0]), detail::unique_fd(ends[1])};
}

struct connection {
    stream near, far;

    connection() {
        auto [one, other] = connected_sockets();
        near = stream(std::move(one), "far");
        far = stream(std::move(other), "near");
    }
};

/// Writes without waiting until the kernel takes no more; returns how many bytes those were.
inline std::size_t fill(stream& s) {
    const std::string block(16 * 1024, 'x');
    std::size_t written = 0;
    while (std::size_t count = s.try_write_some(block))
        written += count;
    return written;
}

} // namespace plait::test
