// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A pipe of 1 MiB, one system call a message on each side. Writes of this size are atomic (POSIX: up to PIPE_BUF), and
// a pipe that only ever holds whole messages never gives a reader less than one.
#include "forked.hpp"

#include <fcntl.h>

namespace {

class pipe_queue {
public:
    explicit pipe_queue(const bench::shape&) {
        if (pipe(ends_) != 0) bench::fail("pipe failed");
        if (fcntl(ends_[1], F_SETPIPE_SZ, 1 << 20) < 0) bench::fail("F_SETPIPE_SZ failed");
    }

    void put(std::span<const std::byte> message) {
        if (write(ends_[1], message.data(), message.size()) != std::ssize(message))
            bench::fail("short write to the pipe");
    }

    void get(std::span<std::byte> message) {
        if (read(ends_[0], message.data(), message.size()) != std::ssize(message))
            bench::fail("short read from the pipe");
    }

private:
    int ends_[2];
};

} // namespace

int main(int argc, char** argv) { return bench::run_between_forked_processes<pipe_queue>(argc, argv); }
