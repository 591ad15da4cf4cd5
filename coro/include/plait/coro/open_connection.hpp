// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   host, port ──resolve──▶ address, address, … ──connect, one after the other──▶ stream
//
// Opening connections. For a limit for all of it, use a timeout around it.

#include <plait/coro/socket_address.hpp>
#include <plait/coro/stream.hpp>
#include <plait/coro/tls.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace plait {

struct connection_options {
    /// How long one of the host's addresses may take before the next one is tried.
    duration connect_timeout = std::chrono::seconds(10);
    /// Sends what is written at once (TCP_NODELAY). A stream hands every write to the kernel whole, so a delay in the hope
    /// of more only adds up to 40 ms to each question that is written in two pieces; who writes many small pieces gains
    /// more by write_all.
    bool no_delay = true;
    /// Has the kernel ask now and then whether a silent peer is still there (SO_KEEPALIVE).
    bool keep_alive = false;
    /// Secures the connection: see tls_client(). None: plain text.
    std::optional<tls_context> tls = {};
};

/// A connection to `port` of `host`, a name or a numeric address. The first of the host's addresses that answers is taken.
///
/// Blocks:        the calling coroutine, or the thread if there is none, until the connection is there.
/// Cancellation:  there is no connection.
/// Throws:        errc::name_not_resolved; when no address answers, system_error with the last one's error, which tells
///                about all of them, or timeout_error if that was the time; what start_tls() throws; errc::invalid_argument
///                for a negative timeout; errc::would_block_loop; cancelled.
[[nodiscard]] stream open_connection(std::string_view host, std::uint16_t port, const connection_options& options = {});

/// The same without asking who `host` is: a connection to the first of `addresses` that answers, for a program that looks at
/// what resolve() has found before it connects. `host` is for TLS, and for errors. Throws errc::invalid_argument if there
/// is no address.
[[nodiscard]] stream open_connection(
    std::span<const socket_address> addresses, std::string_view host, const connection_options& options = {});

/// A connection to the UNIX socket at `path`. Of the options, those of TCP do not count, and `tls` must say itself who is
/// expected. Otherwise as open_connection().
[[nodiscard]] stream open_unix_connection(std::string_view path, const connection_options& options = {});

} // namespace plait
