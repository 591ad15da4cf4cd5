// Copyright 2026 the plait authors. Boost Software License 1.0
#include "stream_core.hpp"

#include <plait/coro/socket_address.hpp>
#include <plait/coro/stream.hpp>
#include <plait/runtime/error.hpp>

#include <utility>

#include <sys/socket.h>

namespace plait {
namespace {

void require_stream_socket(int socket) {
    int type = 0;
    socklen_t size = sizeof type;
    detail::checked(
        [&] { return ::getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size); },
        [&] { return "getsockopt(" + std::to_string(socket) + ", SO_TYPE)"; });
    if (type != SOCK_STREAM)
        throw error(errc::invalid_argument, "descriptor " + std::to_string(socket) + " is no stream socket");
}

} // namespace

stream::stream() noexcept = default;
stream::stream(std::unique_ptr<detail::stream_core> core) noexcept : core_(std::move(core)) {}
stream::stream(stream&&) noexcept = default;
stream& stream::operator=(stream&&) noexcept = default;
stream::~stream() = default;

stream::stream(detail::unique_fd socket, std::string peer) {
    require_stream_socket(socket.get());
    const socket_address address = socket_address::of_peer(socket.get()); // throws if there is none
    if (peer.empty()) peer = address.to_string();
    core_ = std::make_unique<detail::stream_core>(
        std::make_unique<detail::socket_transport>(std::move(socket), std::move(peer)));
}

detail::stream_core& stream::core() const {
    if (!core_) throw error(errc::no_state, "no stream");
    return *core_;
}

bool stream::is_open() const noexcept { return core_ && core_->is_open(); }

std::optional<std::size_t> stream::try_read_some(std::span<char> buffer) { return core().try_read_some(buffer); }
std::size_t stream::read_some_by(std::span<char> buffer, deadline until) { return core().read_some(buffer, until); }
void stream::read_exactly_by(std::span<char> buffer, deadline until) { core().read_exactly(buffer, until); }
std::optional<std::string> stream::read_line_by(std::size_t limit, deadline until) {
    return core().read_line(limit, until);
}
std::string stream::read_until_by(std::string_view delimiter, std::size_t limit, deadline until) {
    return core().read_until(delimiter, limit, until);
}
std::string stream::read_all_by(std::size_t limit, deadline until) { return core().read_all(limit, until); }
std::size_t stream::write_some_by(std::string_view data, deadline until) { return core().write_some(data, until); }
std::size_t stream::try_write_some(std::string_view data) { return core().try_write_some(data); }
void stream::write_by(std::span<const std::string_view> parts, deadline until) { core().write(parts, until); }
void stream::shutdown_write() { core().shutdown_write(); }

void stream::close() noexcept {
    if (core_) core_->close();
}

std::string_view stream::peer() const { return core().peer(); }
std::uint64_t stream::bytes_received() const { return core().bytes_received(); }
std::uint64_t stream::bytes_sent() const { return core().bytes_sent(); }
int stream::native_handle() const noexcept { return core_ ? core_->native_handle() : -1; }
detail::unique_fd stream::release(std::string* unread) { return core().release(unread); }

} // namespace plait
