// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//                    ┌─▶ coroutine: handler(stream) ─▶ closed
//   listener ─accept─┼─▶ coroutine: handler(stream) ─▶ closed      at most max_connections
//                    └─▶ …
//
//     plait::server echo = plait::start_server("localhost", 7, [](plait::stream& s) {
//         for (const std::string& line : s.lines())
//             s.write(line + '\n');
//     });
//     echo.wait();
//
// Servers. Each connection has a coroutine of its own, which calls the handler with its stream; when the handler returns or
// throws, the connection is closed. One connection's failure is reported and hurts no other. A server at its limit of
// connections, or without descriptors or memory for another one, lets clients wait in the kernel's backlog until one of
// its connections ends.

#include <plait/coro/socket_address.hpp>
#include <plait/coro/stream.hpp>
#include <plait/coro/tls.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace plait {

namespace detail {
class server_core;
}

/// Called in the connection's coroutine with what its handler threw, or in the server's with what kept it from accepting
/// connections: then `peer` is empty. Cancellations are not reported. It must not throw.
using server_error_handler = std::function<void(std::exception_ptr what, std::string_view peer)>;

struct server_options {
    /// How many connections there are at once; at least 1.
    std::size_t max_connections = 10'000;
    /// How many more the kernel completes and keeps until they are accepted; it has a limit of its own.
    int backlog = 1024;
    /// Takes the address although connections of an earlier server are still winding up there (SO_REUSEADDR). Two servers
    /// at once it does not allow.
    bool reuse_address = true;
    /// Lets several servers, of several processes too, share the address; the kernel spreads connections over them
    /// (SO_REUSEPORT).
    bool share_port = false;
    /// As for open_connection().
    bool no_delay = true;
    /// Where the coroutines of connections run, in turn; none: on the loop of the caller. The first one accepts.
    std::vector<loop*> loops = {};
    /// Of the coroutines of connections: see spawn_options.
    std::size_t stack_bytes = 256 * 1024;
    /// Secures the connections: see tls_server(). The handler is called when both sides have agreed. None: plain text.
    std::optional<tls_context> tls = {};
    /// Without one, a line is written to stderr.
    server_error_handler on_error = nullptr;
};

class server {
public:
    /// No server; the operations throw errc::no_state.
    server() noexcept;
    server(server&& other) noexcept;
    /// Ends what it held before, as the destructor.
    server& operator=(server&& other) noexcept;
    /// Closes the listener, cancels all handlers, and waits until they have ended. That wait is no cancellation point.
    /// Where it cannot wait (in a handler on a loop's thread, or in a handler of the server's own) the program ends.
    ~server();

    /// False for no server, and once somebody has stopped it.
    [[nodiscard]] bool is_listening() const noexcept;

    /// Where it listens.
    [[nodiscard]] const socket_address& address() const;
    [[nodiscard]] std::uint16_t port() const { return address().port(); }
    /// How many connections there are now, and how many there have been. Any thread.
    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] std::uint64_t accepted() const;

    /// Waits until somebody has stopped it and its last connection has ended. Cancellation: throws cancelled; the server
    /// goes on. Otherwise throws as stop().
    void wait();

    /// Closes the listener, and waits until all handlers have ended by themselves; or for at most `d` or until `t`, then
    /// cancels those that are left and waits for them. True if it had to cancel none. Does nothing the second time.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  cancels the handlers at once, waits until they have ended, and throws cancelled.
    /// Throws:        cancelled; errc::would_block_loop in a handler on a loop's thread, and
    ///                errc::resource_deadlock_would_occur in a handler of the server's own, which would wait for itself:
    ///                nothing has been stopped then.
    void stop();
    bool stop_for(duration d);
    bool stop_until(time_point t);

    /// For start_server.
    explicit server(std::shared_ptr<detail::server_core> core) noexcept;

private:
    detail::server_core& core() const;
    void end() noexcept;

    std::shared_ptr<detail::server_core> core_;
};

/// Serves connections to `port` (0: the kernel chooses one, see server::port) of `host`: a name or a numeric address of this
/// machine; empty: all of them, IPv4 and IPv6. Of the addresses of a name, the first that can be bound is taken.
/// `handler` is shared by all connections and called on several loops at once if there are several.
///
/// Blocks:        the calling coroutine, or the thread if there is none, while a name is resolved.
/// Throws:        errc::invalid_argument for an option out of its range, or if there is no loop; errc::name_not_resolved;
///                system_error that names the address: EADDRINUSE, EACCES; cancelled.
[[nodiscard]] server start_server(
    std::string_view host, std::uint16_t port, std::function<void(stream&)> handler,
    const server_options& options = {});

/// The same at the UNIX socket `path`. A socket file that nobody listens at any more is replaced; the server's own is
/// removed when it stops.
[[nodiscard]] server
start_unix_server(std::string_view path, std::function<void(stream&)> handler, const server_options& options = {});

} // namespace plait
