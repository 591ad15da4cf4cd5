// Copyright 2026 the plait authors. Boost Software License 1.0
#include "socket.hpp"

#include <string>

#include <sys/socket.h>

namespace plait::detail {

unique_fd open_stream_socket(int family) {
    return unique_fd(checked(
        [&] { return ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); },
        [&] { return "socket(" + std::to_string(family) + ", SOCK_STREAM)"; }));
}

void set_option(int socket, int level, int option, const char* name, int value) {
    checked(
        [&] { return ::setsockopt(socket, level, option, &value, sizeof value); },
        [&] { return "setsockopt(" + std::to_string(socket) + ", " + name + ", " + std::to_string(value) + ")"; });
}

int pending_error(int socket) {
    int code = 0;
    socklen_t size = sizeof code;
    checked(
        [&] { return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size); },
        [&] { return "getsockopt(" + std::to_string(socket) + ", SO_ERROR)"; });
    return code;
}

} // namespace plait::detail
