// Copyright 2026 the plait authors. Boost Software License 1.0
#include "server_core.hpp"
#include "socket.hpp"

#include <plait/coro/resolve.hpp>
#include <plait/coro/start_server.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace plait {
namespace {

using detail::unique_fd;

void bind_to(int socket, const socket_address& address) {
    detail::checked(
        [&] { return ::bind(socket, address.data(), address.size()); },
        [&] { return "bind(" + address.to_string() + ")"; });
}

void listen_at(int socket, const socket_address& address, int backlog) {
    detail::checked(
        [&] { return ::listen(socket, backlog); },
        [&] { return "listen(" + address.to_string() + ", " + std::to_string(backlog) + ")"; });
}

unique_fd listener_at(const socket_address& address, bool both_families, const server_options& options) {
    unique_fd socket = detail::open_stream_socket(address.family());
    if (options.reuse_address) detail::set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR");
    if (options.share_port) detail::set_option(socket.get(), SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT");
    if (options.no_delay)
        detail::set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY"); // for what it accepts
    if (address.family() == AF_INET6)
        detail::set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY", both_families ? 0 : 1);
    bind_to(socket.get(), address);
    listen_at(socket.get(), address, options.backlog);
    return socket;
}

// The first that can be bound. Of all the addresses of the machine, IPv6's stands for IPv4 too.
unique_fd listener_at_one_of(std::vector<socket_address> addresses, bool any, const server_options& options) {
    if (any)
        std::stable_partition(
            addresses.begin(), addresses.end(), [](const socket_address& a) { return a.family() == AF_INET6; });
    for (auto address = addresses.begin();; ++address) {
        try {
            return listener_at(*address, any, options);
        } catch (const boost::system::system_error&) {
            if (address + 1 == addresses.end()) throw;
        }
    }
}

// Of a server that has ended without removing it.
bool is_left_over(const socket_address& address) {
    const unique_fd probe = detail::open_stream_socket(AF_UNIX);
    return ::connect(probe.get(), address.data(), address.size()) == -1 && errno == ECONNREFUSED;
}

server
start(unique_fd listener, std::string file, std::function<void(stream&)> handler, const server_options& options) {
    loop* const acceptor_s = options.loops.empty() ? loop::current() : options.loops.front();
    if (!acceptor_s) throw error(errc::invalid_argument, "start_server on a plain thread needs server_options::loops");
    auto core =
        std::make_shared<detail::server_core>(std::move(listener), std::move(file), std::move(handler), options);
    core->start(*acceptor_s);
    return server(std::move(core));
}

void check(const std::function<void(stream&)>& handler, const server_options& options) {
    if (!handler) throw error(errc::invalid_argument, "start_server without a handler");
    if (options.max_connections == 0) throw error(errc::invalid_argument, "server_options::max_connections is 0");
}

} // namespace

server start_server(
    std::string_view host, std::uint16_t port, std::function<void(stream&)> handler, const server_options& options) {
    check(handler, options);
    unique_fd listener = listener_at_one_of(resolve(host, port, resolve_for::listening), host.empty(), options);
    return start(std::move(listener), {}, std::move(handler), options);
}

server start_unix_server(std::string_view path, std::function<void(stream&)> handler, const server_options& options) {
    check(handler, options);
    const socket_address address = socket_address::of_unix(path);
    unique_fd listener = detail::open_stream_socket(AF_UNIX);
    const bool has_file = path.front() != '\0';
    if (has_file && is_left_over(address)) ::unlink(std::string(path).c_str());
    bind_to(listener.get(), address);
    listen_at(listener.get(), address, options.backlog);
    return start(std::move(listener), has_file ? std::string(path) : std::string(), std::move(handler), options);
}

server::server() noexcept = default;
server::server(std::shared_ptr<detail::server_core> core) noexcept : core_(std::move(core)) {}
server::server(server&&) noexcept = default;
server& server::operator=(server&& other) noexcept {
    if (this != &other) {
        end();
        core_ = std::move(other.core_);
    }
    return *this;
}
server::~server() { end(); }

// Handlers that need no cancelling are cancelled all the same: who destroys a server does not want to wait for its clients.
void server::end() noexcept {
    if (!core_) return;
    core_->stop(deadline(time_point::min()), detail::cancellation::disabled);
    core_->forget_handler();
}

detail::server_core& server::core() const {
    if (!core_) throw error(errc::no_state, "no server");
    return *core_;
}

bool server::is_listening() const noexcept { return core_ && core_->is_listening(); }
const socket_address& server::address() const { return core().address(); }
std::size_t server::connections() const { return core().connections(); }
std::uint64_t server::accepted() const { return core().accepted(); }
void server::wait() { core().wait(); }
void server::stop() { core().stop(deadline::never(), detail::cancellation::enabled); }
bool server::stop_for(duration d) { return core().stop(detail::deadline_after(d), detail::cancellation::enabled); }
bool server::stop_until(time_point t) { return core().stop(deadline(t), detail::cancellation::enabled); }

} // namespace plait
