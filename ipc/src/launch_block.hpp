// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   descriptor of the child   what
//   0 1 2                     standard input, output, error
//   first_descriptor + 0      the launch block: a sealed memfd
//                    + 1      the parent's socket: a report goes up, end-of-file comes down when the parent dies
//                    + 2 …    descriptors of the arguments
//
// What a parent tells its child. The environment variable PLAIT_CHILD names the descriptor of the block; the child
// removes it at once, so that no program further down mistakes it for its own. The block is sealed against any change
// and is validated as foreign bytes all the same: the variable may have been set by anybody.

#include "image.hpp"
#include "surroundings.hpp"

#include <plait/ipc/argument.hpp>

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace plait::ipc::detail {

inline constexpr const char* child_marker = "PLAIT_CHILD";
inline constexpr int first_descriptor = 3;
inline constexpr int launch_failed_exit_code = 126;

/// What the child is to do.
enum class child_task : std::uint8_t {
    call,  ///< the callable
    serve, ///< make children of its parent: see fork_server.hpp
};

struct launch_block {
    code_location callable;
    std::string name;
    std::string parent_name;
    pid_t parent_pid = 0;
    bool daemon = false;
    std::uint32_t descriptors = 0; // of the arguments
    std::vector<std::byte> arguments;
    child_task task = child_task::call;
    std::vector<limit_to_set> limits;
    // For those that are not loaded anew:
    bool new_session = false;
    std::optional<std::vector<std::string>> environment;
};

[[nodiscard]] std::vector<std::byte> encode_launch_block(const launch_block& block);
/// Throws error(message_malformed), which says `where`, if `bytes` are no launch block.
[[nodiscard]] launch_block decode_launch_block(std::span<const std::byte> bytes, const std::string& where);

/// A sealed memfd that holds the block. Throws system_error.
[[nodiscard]] plait::detail::unique_fd write_launch_block(const launch_block& block);

/// Throws error(message_malformed) if `fd` does not hold a launch block, and system_error if it cannot be read.
[[nodiscard]] launch_block read_launch_block(int fd);

/// What a child tells its parent once, when it has decoded its arguments and is about to call the callable, or when it
/// has found that it cannot: `code` is 0 or a plait::errc.
struct launch_report {
    std::int32_t code = 0;
    std::string text;
};

/// Does not block: the socket has room for the one report.
void send_report(int socket, const launch_report& report) noexcept;

/// Nothing if no (well-formed) report has arrived. Does not block.
[[nodiscard]] std::optional<launch_report> receive_report(int socket);

} // namespace plait::ipc::detail
