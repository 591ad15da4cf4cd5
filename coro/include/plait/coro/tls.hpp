// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     plait::stream s = plait::open_connection("example.com", 443, {.tls = plait::tls_client()});
//
//     plait::tls_context ours = plait::tls_server({.certificate_file = "chain.pem", .private_key_file = "key.pem"});
//     plait::server web = plait::start_server("", 443, handler, {.tls = ours});
//
// TLS 1.2 and 1.3, by OpenSSL. A client verifies, unless it is told otherwise, that the server's certificate was issued by
// somebody it trusts, and for the host that it meant to reach. A context reads its files when it is made, and can be shared
// by any number of connections.
//
// The end of a TLS connection is said in the connection itself: close() and shutdown_write() say it. A connection that
// ends otherwise may have been cut by somebody else, so reading throws errc::tls_truncated then, and not the end of the stream.

#include <plait/coro/stream.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace plait {

namespace detail {
class tls_settings;
}

/// Files are in PEM format. Of one that is not given, the name is empty.
struct tls_client_options {
    /// Whom to trust: certificates of authorities. None: those that the system trusts.
    std::string ca_file = {};
    /// Who the server must be, if not the host that is connected to: a name or a numeric address.
    std::string server_name = {};
    /// False: anybody may be the server, and anybody between may read and write. For tests.
    bool verify = true;
    /// For a server that wants to know its clients: the certificate, with those that lead from it to an authority, and
    /// its key.
    std::string certificate_file = {}, private_key_file = {};
    /// How long the two may take to agree.
    duration handshake_timeout = std::chrono::seconds(10);
};

struct tls_server_options {
    /// The certificate, with those that lead from it to an authority, and its key. Both must be given.
    std::string certificate_file = {}, private_key_file = {};
    /// Certificates of authorities: clients must show a certificate that one of them has issued. None: clients need not
    /// show any.
    std::string client_ca_file = {};
    /// How long the two may take to agree: a client that says nothing is not waited for longer.
    duration handshake_timeout = std::chrono::seconds(10);
};

/// How one side of TLS connections behaves. Cheap to copy; copies are the same context. Any thread.
class tls_context {
public:
    /// For tls_client and tls_server.
    explicit tls_context(std::shared_ptr<const detail::tls_settings> settings) noexcept
        : settings_(std::move(settings)) {}
    [[nodiscard]] const std::shared_ptr<const detail::tls_settings>& settings() const noexcept { return settings_; }

private:
    std::shared_ptr<const detail::tls_settings> settings_;
};

/// Throw errc::tls_failed, with what OpenSSL says, if a file cannot be read or the key is another certificate's;
/// errc::invalid_argument if a server has none. Block the thread while the files are read.
[[nodiscard]] tls_context tls_client(const tls_client_options& options = {});
[[nodiscard]] tls_context tls_server(const tls_server_options& options);

/// Goes on with TLS on a connection that has begun without, as after STARTTLS. `host` is who a client expects, if its options
/// do not say. `plain` is closed, whatever happens.
///
/// Blocks:        the calling coroutine, or the thread if there is none, until both have agreed.
/// Cancellation:  the connection is closed.
/// Throws:        errc::tls_failed, which says why: "certificate verify failed: self-signed certificate";
///                errc::tls_truncated; system_error; timeout_error; errc::invalid_argument if it is not said who is
///                expected, or if `plain` has received bytes that were not read: they came before the agreement, and whoever
///                has sent them would seem to be the one agreed with; cancelled.
[[nodiscard]] stream start_tls(stream plain, const tls_context& context, std::string_view host = {});

} // namespace plait
