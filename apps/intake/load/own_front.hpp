// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A plait-intake of the caller's own: this program, started anew as a child process, on a free port of 127.0.0.1. What it
// logs is not shown.
//
// Thread safety: none.

#include <plait/runtime/subprocess.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace plait::load {

class own_front {
public:
    /// Starts it with these flags, and waits until it listens.
    ///
    /// Blocks:  the calling coroutine.
    /// Throws:  std::runtime_error if it ends instead; what popen throws.
    explicit own_front(const std::vector<std::string>& flags);

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// The processes that it has for workers.
    [[nodiscard]] std::vector<pid_t> workers() const;
    /// Has it answer what is in flight and end, and returns its exit code. Blocks the calling coroutine.
    int drain();

private:
    subprocess::popen process_; // killed at the end, if it still runs
    std::uint16_t port_ = 0;
};

} // namespace plait::load
