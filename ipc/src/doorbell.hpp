// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   notifier ──sendto──▶ [ the process's datagram socket ] ──readable──▶ a loop ──▶ its waiting coroutines
//
// How a process that sleeps in its event loops is woken from another one: each process has one socket, its doorbell, in
// a directory that only its user may enter: ${XDG_RUNTIME_DIR:-/tmp}/plait-<uid>/<16 hex digits>. The number is in the
// process's participant slots. A ring carries nothing; whoever hears it looks at everything that its process waits for.
//
// At most one ring is on its way to a process in a segment: its `rung` word says who rang. The one who answers takes
// the ring out, clears the word, and only then looks; so whoever finds the word set knows that his change will be seen. A
// ringer that dies in between is found by the sweep, which rings again. Rings that are lost in any other way (a full
// socket buffer, another XDG_RUNTIME_DIR) cost time: the monitor looks every 100 ms.

#include <plait/runtime/detail/syscall.hpp>

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace plait::ipc::detail {

class doorbell {
public:
    /// This process's doorbell; the first call makes it. Throws system_error, or segment_error if the directory is not
    /// the user's own.
    [[nodiscard]] static doorbell& instance();

    doorbell(const doorbell&) = delete;
    doorbell& operator=(const doorbell&) = delete;

    [[nodiscard]] std::uint64_t name() const noexcept { return name_; }
    [[nodiscard]] int fd() const noexcept { return socket_.get(); }

    /// Takes one ring out of the socket. While there are more it stays readable.
    void take_ring() noexcept;

    /// Rings somebody's doorbell. Never waits; false if the ring did not arrive.
    static bool ring(std::uint64_t name) noexcept;

private:
    doorbell();

    std::uint64_t name_ = 0;
    plait::detail::unique_fd socket_;
    pid_t owner_;
};

} // namespace plait::ipc::detail
