// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The system calls on pidfds. glibc 2.36 has them, but its <sys/pidfd.h> forgets to say that they are C functions.

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace plait::ipc::detail {

/// A descriptor of process `pid`, closed on exec; -1 with errno. Readable when the process has ended.
[[nodiscard]] inline int open_pidfd(pid_t pid) noexcept { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

/// -1 with errno (ESRCH: it has ended and was waited for).
inline int send_signal_through(int pidfd, int signal) noexcept {
    return static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0));
}

} // namespace plait::ipc::detail
