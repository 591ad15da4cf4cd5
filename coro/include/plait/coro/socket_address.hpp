// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Where a socket is: an IPv4 or IPv6 address with a port, or the path of a UNIX socket. The bytes are the kernel's.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

struct sockaddr; // NOLINT: the system's

namespace plait {

class socket_address {
public:
    /// No address.
    socket_address() noexcept = default;
    /// Of `size` bytes at `address`, which the kernel or the resolver has given. Throws errc::invalid_argument if they are
    /// too many.
    socket_address(const ::sockaddr* address, std::size_t size);
    /// Of a UNIX socket. A path that begins with a zero byte is an abstract name. Throws errc::invalid_argument if it is
    /// empty or has more than 107 bytes.
    [[nodiscard]] static socket_address of_unix(std::string_view path);
    /// Of the socket `fd`, and of what it is connected to. Throw system_error.
    [[nodiscard]] static socket_address of_socket(int fd);
    [[nodiscard]] static socket_address of_peer(int fd);

    /// AF_INET, AF_INET6, AF_UNIX; AF_UNSPEC for none.
    [[nodiscard]] int family() const noexcept;
    /// In host order; 0 for others than IPv4 and IPv6.
    [[nodiscard]] std::uint16_t port() const noexcept;
    /// "127.0.0.1:80", "[::1]:80", "/run/app.socket", "@abstract", "a UNIX socket" for one without a path.
    [[nodiscard]] std::string to_string() const;

    /// For the kernel.
    [[nodiscard]] const ::sockaddr* data() const noexcept;
    [[nodiscard]] unsigned size() const noexcept { return size_; }

private:
    [[nodiscard]] static socket_address ask(int fd, int (*what)(int, ::sockaddr*, unsigned*), const char* name);

    alignas(8) std::array<std::byte, 112> bytes_{}; // as much as a sockaddr_un
    unsigned size_ = 0;
};

} // namespace plait
