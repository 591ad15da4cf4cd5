// Copyright 2026 the plait authors. Boost Software License 1.0
#include "tls_settings.hpp"

#include <plait/coro/tls.hpp>
#include <plait/runtime/error.hpp>

#include <openssl/err.h>

namespace plait {
namespace detail {

std::string take_tls_reason() {
    // The first entry is the cause; later ones say which of its callers could not go on either.
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (ERR_SYSTEM_ERROR(code)) return boost::system::system_category().message(ERR_GET_REASON(code));
    const char* reason = ERR_reason_error_string(code);
    return reason ? reason : "OpenSSL's error " + std::to_string(code);
}

void throw_tls_error(const std::string& what) { throw error(errc::tls_failed, what + ": " + take_tls_reason()); }

tls_settings::tls_settings(tls_side which, duration timeout)
    : side(which),
      handshake_timeout(timeout),
      context_(SSL_CTX_new(which == tls_side::client ? TLS_client_method() : TLS_server_method())) {
    if (!context_) throw_tls_error("SSL_CTX_new");
    SSL_CTX_set_min_proto_version(context(), TLS1_2_VERSION);
    SSL_CTX_set_options(context(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // A write that had to wait is repeated with the same bytes, at another address maybe. Buffers of silent connections
    // are given back.
    SSL_CTX_set_mode(
        context(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context(), 1); // a record and its header with one recv
    // Tickets would be sent to clients that may never read: one that writes, and closes with a ticket unread, resets the
    // connection, and what it wrote is lost.
    if (side == tls_side::server) SSL_CTX_set_num_tickets(context(), 0);
}

void tls_settings::use_certificate(const std::string& certificate_file, const std::string& private_key_file) {
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context(), certificate_file.c_str()) != 1)
        throw_tls_error("certificate file '" + certificate_file + "'");
    if (SSL_CTX_use_PrivateKey_file(context(), private_key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context()) != 1)
        throw_tls_error("private key file '" + private_key_file + "'");
}

void tls_settings::trust(const std::string& ca_file) {
    ERR_clear_error();
    if (ca_file.empty() ? SSL_CTX_set_default_verify_paths(context()) != 1
                        : SSL_CTX_load_verify_locations(context(), ca_file.c_str(), nullptr) != 1)
        throw_tls_error("CA file '" + ca_file + "'");
}

} // namespace detail

tls_context tls_client(const tls_client_options& options) {
    auto settings = std::make_shared<detail::tls_settings>(detail::tls_side::client, options.handshake_timeout);
    settings->server_name = options.server_name;
    settings->verify = options.verify;
    if (options.verify) {
        settings->trust(options.ca_file);
        SSL_CTX_set_verify(settings->context(), SSL_VERIFY_PEER, nullptr);
    }
    if (options.certificate_file.empty() != options.private_key_file.empty())
        throw error(
            errc::invalid_argument, "tls_client: a certificate without its key, or a key without its certificate");
    if (!options.certificate_file.empty())
        settings->use_certificate(options.certificate_file, options.private_key_file);
    return tls_context(std::move(settings));
}

tls_context tls_server(const tls_server_options& options) {
    if (options.certificate_file.empty() || options.private_key_file.empty())
        throw error(errc::invalid_argument, "tls_server: a server needs a certificate and its key");
    auto settings = std::make_shared<detail::tls_settings>(detail::tls_side::server, options.handshake_timeout);
    settings->use_certificate(options.certificate_file, options.private_key_file);
    if (!options.client_ca_file.empty()) {
        settings->trust(options.client_ca_file);
        SSL_CTX_set_verify(settings->context(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
        SSL_CTX_set_client_CA_list(settings->context(), SSL_load_client_CA_file(options.client_ca_file.c_str()));
        // Sessions of TLS 1.2 are only resumed where their client was verified.
        static constexpr unsigned char name[] = "plait";
        SSL_CTX_set_session_id_context(settings->context(), name, sizeof name - 1);
    }
    return tls_context(std::move(settings));
}

} // namespace plait
