// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Signals for processes that are known by a number alone. By then the number may be nobody's (0, which would mean the
// whole process group of the tests) or somebody else's, for the kernel uses it again.

#include <plait/runtime/detail/child_process.hpp>

#include <fstream>
#include <limits>
#include <string>

#include <sys/types.h>
#include <unistd.h>

namespace plait::test {

/// 0 if there is no such process.
inline pid_t parent_of(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    file.ignore(std::numeric_limits<std::streamsize>::max(), ')'); // the name, which has no bracket here
    std::string state;
    pid_t parent = 0;
    file >> state >> parent;
    return parent;
}

/// Sends `signal` to `pid` if that is a child, or a sibling, of this process. False if it is not, or has ended.
inline bool signal_relative(pid_t pid, int signal) {
    if (pid <= 0) return false;
    plait::detail::unique_fd process(plait::detail::open_pidfd(pid));
    if (!process) return false;
    const pid_t parent = parent_of(pid); // after it was opened: it is that one's, or nobody's any more
    if (parent != ::getpid() && parent != ::getppid()) return false;
    return plait::detail::send_signal_through(process.get(), signal) == 0;
}

} // namespace plait::test
