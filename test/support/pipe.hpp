// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A pipe between a test and its children: how they tell each other that something has happened, and, because it reaches
// its end when the last writer is gone, that somebody has ended.

#include <plait/runtime/detail/syscall.hpp>

#include <array>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

namespace plait::test {

struct pipe {
    plait::detail::unique_fd reader;
    plait::detail::unique_fd writer;

    pipe() {
        std::array<int, 2> ends;
        plait::detail::checked([&] { return ::pipe2(ends.data(), O_CLOEXEC); }, [] { return "pipe2()"; });
        reader.reset(ends[0]);
        writer.reset(ends[1]);
    }
};

/// The next byte; nothing when every writer is gone. Blocks the thread.
inline std::optional<char> read_byte(const plait::detail::unique_fd& from) {
    char c;
    auto count = plait::detail::checked([&] { return ::read(from.get(), &c, 1); }, [] { return "read(pipe)"; });
    if (count == 0) return std::nullopt;
    return c;
}

inline void write_byte(const plait::detail::unique_fd& to, char c) {
    plait::detail::checked([&] { return ::write(to.get(), &c, 1); }, [] { return "write(pipe)"; });
}

} // namespace plait::test
