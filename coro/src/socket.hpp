// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Sockets as the kernel has them. What fails throws system_error with the call.

#include <plait/coro/socket_address.hpp>
#include <plait/runtime/detail/syscall.hpp>

namespace plait::detail {

/// In non-blocking mode.
[[nodiscard]] unique_fd open_stream_socket(int family);

/// Sets an option that has an int, which `name` is for people.
void set_option(int socket, int level, int option, const char* name, int value = 1);

/// What an operation in the background has failed with (SO_ERROR); 0 for nothing.
[[nodiscard]] int pending_error(int socket);

} // namespace plait::detail
