// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A message of some bytes with descriptors, over a socket that keeps message boundaries.

#include <plait/runtime/detail/syscall.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace plait::ipc::detail {

/// What the kernel passes with one message (SCM_MAX_FD).
inline constexpr std::size_t most_descriptors = 253;

struct descriptor_message {
    std::span<const std::byte> bytes; ///< at least one
    std::vector<plait::detail::unique_fd> descriptors;
};

/// False if nobody will receive it: the other end is closed. Throws system_error.
[[nodiscard]] bool send_descriptors(int socket, std::span<const std::byte> bytes, std::span<const int> descriptors);

/// The bytes come to `room`. Blocks the thread. Nothing if the other end is closed, or sends what is no such message, or has
/// no room. Throws system_error.
[[nodiscard]] std::optional<descriptor_message> receive_descriptors(int socket, std::span<std::byte> room);

} // namespace plait::ipc::detail
