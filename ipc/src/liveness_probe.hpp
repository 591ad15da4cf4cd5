// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Asking the kernel who holds the locks of a segment's liveness file (participants.hpp says what they mean), without
// being in the segment. The file is opened by its name, or through a process that has it open. If this process is in the
// segment itself, it asks through the descriptor that it has: it could not close another one without dropping its own lock.

#include "liveness_file.hpp"

#include <plait/ipc/inspect.hpp>
#include <plait/runtime/detail/syscall.hpp>

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace plait::ipc::detail {

/// Where the liveness file of inode `inode` that belongs to the segment may be opened.
[[nodiscard]] std::vector<std::string> liveness_paths(const inspect::found_segment& segment, ino_t inode);

class liveness_probe {
public:
    /// Opens the liveness file of inode `inode` through one of the holders. Without success, every answer is "unknown".
    liveness_probe(const inspect::found_segment& segment, ino_t inode);
    ~liveness_probe();
    liveness_probe(const liveness_probe&) = delete;
    liveness_probe& operator=(const liveness_probe&) = delete;

    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(fd_) || static_cast<bool>(own_); }

    struct answer {
        bool locked;
        pid_t holder; // in this process's pid namespace; 0 if it is not there, or `locked` is false
    };
    /// Who holds `byte`; nothing if the file could not be opened. The kernel does not tell a process about its own locks.
    [[nodiscard]] std::optional<answer> ask(unsigned byte) const;

    /// The index under which this process itself is in the segment, if it is.
    [[nodiscard]] std::optional<unsigned> self() const noexcept { return self_; }

private:
    plait::detail::unique_fd fd_;
    liveness_file own_;
    std::optional<unsigned> self_;
};

} // namespace plait::ipc::detail
