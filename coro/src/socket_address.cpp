// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/socket_address.hpp>
#include <plait/runtime/detail/syscall.hpp>
#include <plait/runtime/error.hpp>

#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace plait {
namespace {

static_assert(sizeof(sockaddr_un) <= 112 && sizeof(sockaddr_in6) <= 112);

template <class Kind>
Kind as(const std::byte* bytes) noexcept {
    Kind address{};
    std::memcpy(&address, bytes, sizeof address);
    return address;
}

std::string unix_name(const std::byte* bytes, std::size_t size) {
    const auto address = as<sockaddr_un>(bytes);
    const std::size_t length = size - offsetof(sockaddr_un, sun_path);
    if (length == 0) return "a UNIX socket";
    if (address.sun_path[0] == '\0') return '@' + std::string(address.sun_path + 1, length - 1);
    return std::string(address.sun_path, ::strnlen(address.sun_path, length));
}

} // namespace

socket_address::socket_address(const sockaddr* address, std::size_t size) : size_(static_cast<unsigned>(size)) {
    if (size > bytes_.size())
        throw error(errc::invalid_argument, "a socket address of " + std::to_string(size) + " bytes");
    std::memcpy(bytes_.data(), address, size);
}

socket_address socket_address::of_unix(std::string_view path) {
    sockaddr_un address{};
    if (path.empty() || path.size() >= sizeof address.sun_path)
        throw error(
            errc::invalid_argument, "the path of a UNIX socket has 1 to 107 bytes, not " + std::to_string(path.size()));
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    const bool abstract = path.front() == '\0'; // its length counts, the zero behind a path does too
    return {reinterpret_cast<const sockaddr*>(&address), offsetof(sockaddr_un, sun_path) + path.size() + !abstract};
}

socket_address socket_address::ask(int fd, int (*what)(int, sockaddr*, unsigned*), const char* name) {
    socket_address answer;
    auto size = static_cast<unsigned>(answer.bytes_.size());
    detail::checked(
        [&] { return what(fd, reinterpret_cast<sockaddr*>(answer.bytes_.data()), &size); },
        [&] { return std::string(name) + "(" + std::to_string(fd) + ")"; });
    answer.size_ = size;
    return answer;
}

socket_address socket_address::of_socket(int fd) { return ask(fd, &::getsockname, "getsockname"); }
socket_address socket_address::of_peer(int fd) { return ask(fd, &::getpeername, "getpeername"); }

const sockaddr* socket_address::data() const noexcept { return reinterpret_cast<const sockaddr*>(bytes_.data()); }

int socket_address::family() const noexcept {
    return size_ < sizeof(sa_family_t) ? AF_UNSPEC : as<sa_family_t>(bytes_.data());
}

std::uint16_t socket_address::port() const noexcept {
    switch (family()) {
    case AF_INET: return ntohs(as<sockaddr_in>(bytes_.data()).sin_port);
    case AF_INET6: return ntohs(as<sockaddr_in6>(bytes_.data()).sin6_port);
    default: return 0;
    }
}

std::string socket_address::to_string() const {
    char text[INET6_ADDRSTRLEN];
    switch (family()) {
    case AF_INET: {
        const auto address = as<sockaddr_in>(bytes_.data());
        return ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text) + (':' + std::to_string(port()));
    }
    case AF_INET6: {
        const auto address = as<sockaddr_in6>(bytes_.data());
        return std::string("[") + ::inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof text) +
               "]:" + std::to_string(port());
    }
    case AF_UNIX: return unix_name(bytes_.data(), size_);
    default: return "no address";
    }
}

} // namespace plait
