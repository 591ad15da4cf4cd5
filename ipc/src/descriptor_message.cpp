// Copyright 2026 the plait authors. Boost Software License 1.0
#include "descriptor_message.hpp"

#include <cerrno>
#include <cstring>
#include <string>

#include <sys/socket.h>

namespace plait::ipc::detail {

namespace {

constexpr std::size_t control_bytes = CMSG_SPACE(most_descriptors * sizeof(int));

struct alignas(cmsghdr) control_buffer {
    char bytes[control_bytes];
};

} // namespace

bool send_descriptors(int socket, std::span<const std::byte> bytes, std::span<const int> descriptors) {
    iovec text{const_cast<std::byte*>(bytes.data()), bytes.size()}; // it is only read
    control_buffer control{};
    msghdr message{};
    message.msg_iov = &text;
    message.msg_iovlen = 1;
    if (!descriptors.empty()) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
    }
    auto sent = plait::detail::retry_interrupted([&] { return ::sendmsg(socket, &message, MSG_NOSIGNAL); });
    if (sent == -1 && (errno == EPIPE || errno == ECONNRESET)) return false;
    if (sent == -1)
        plait::detail::throw_system_error(
            errno, "sendmsg(" + std::to_string(socket) + ", " + std::to_string(descriptors.size()) + " descriptors)");
    return true;
}

std::optional<descriptor_message> receive_descriptors(int socket, std::span<std::byte> room) {
    descriptor_message result;
    iovec text{room.data(), room.size()};
    control_buffer control{};
    msghdr message{};
    message.msg_iov = &text;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    auto count = plait::detail::retry_interrupted([&] { return ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC); });
    if (count == -1 && errno == ECONNRESET) return std::nullopt;
    if (count == -1) plait::detail::throw_system_error(errno, "recvmsg(" + std::to_string(socket) + ")");
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t bytes = header->cmsg_len - CMSG_LEN(0);
        for (std::size_t at = 0; at + sizeof(int) <= bytes; at += sizeof(int)) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(header) + at, sizeof fd);
            result.descriptors.emplace_back(fd);
        }
    }
    if (count == 0 || (message.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) != 0) return std::nullopt;
    result.bytes = room.first(static_cast<std::size_t>(count));
    return result;
}

} // namespace plait::ipc::detail
