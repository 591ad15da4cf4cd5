// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A pair of Unix sockets that keep the bounds of messages (SOCK_SEQPACKET), one system call a message on each side. Bounded
// by the bytes in the kernel's buffers, not by messages.
#include "forked.hpp"

#include <sys/socket.h>

namespace {

class socket_queue {
public:
    explicit socket_queue(const bench::shape&) {
        if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends_) != 0) bench::fail("socketpair failed");
        int bytes = 1 << 20; // the kernel grants what net.core.wmem_max allows
        if (setsockopt(ends_[1], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) != 0) bench::fail("SO_SNDBUF failed");
    }

    void put(std::span<const std::byte> message) {
        if (send(ends_[1], message.data(), message.size(), 0) != std::ssize(message)) bench::fail("send failed");
    }

    void get(std::span<std::byte> message) {
        if (recv(ends_[0], message.data(), message.size(), 0) != std::ssize(message)) bench::fail("recv failed");
    }

private:
    int ends_[2];
};

} // namespace

int main(int argc, char** argv) { return bench::run_between_forked_processes<socket_queue>(argc, argv); }
