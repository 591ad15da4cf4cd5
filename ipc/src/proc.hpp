// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What /proc says of other processes (proc(5)): which descriptors they have, what they run, whether they are stopped.
// All of it may be over when it is read; who uses it checks what he opens.

#include <plait/ipc/inspect.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace plait::ipc::detail {

// The name under which an anonymous segment's memory is made.
inline constexpr std::string_view memory_file_name = "plait-segment";

/// A file that a process has open.
struct open_file {
    int fd;
    std::string link; // its path, or "/memfd:NAME (deleted)"
    dev_t device;
    ino_t inode;
    std::uint64_t bytes;
};

/// The processes there are, by ascending pid.
[[nodiscard]] std::vector<pid_t> all_processes();
/// The regular files that `pid` has open, by ascending number; nothing if it may not be looked into. Opens none of them.
[[nodiscard]] std::optional<std::vector<open_file>> files_of(pid_t pid);
[[nodiscard]] bool is_memfd(const open_file& file, std::string_view name);
[[nodiscard]] std::string descriptor_path(pid_t pid, int fd);
/// What there is to know of a process; `command` stays empty if it is gone.
[[nodiscard]] inspect::process_report process_of(pid_t pid);

} // namespace plait::ipc::detail
