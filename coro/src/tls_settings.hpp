// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What connections of one tls_context share. Only the sources of TLS know OpenSSL.

#include <plait/runtime/clock.hpp>

#include <memory>
#include <string>

#include <openssl/ssl.h>

namespace plait::detail {

template <auto free>
struct freed_by {
    template <class T>
    void operator()(T* p) const noexcept {
        free(p);
    }
};
using ssl_context_ptr = std::unique_ptr<SSL_CTX, freed_by<&SSL_CTX_free>>;
using ssl_ptr = std::unique_ptr<SSL, freed_by<&SSL_free>>;

enum class tls_side { client, server };

class tls_settings {
public:
    tls_settings(tls_side side, duration handshake_timeout);

    [[nodiscard]] SSL_CTX* context() const noexcept { return context_.get(); }

    const tls_side side;
    const duration handshake_timeout;
    std::string server_name; // a client's; empty: the host's
    bool verify = false;     // that the server is who it should be

    /// Throw error(errc::tls_failed).
    void use_certificate(const std::string& certificate_file, const std::string& private_key_file);
    void trust(const std::string& ca_file);

private:
    ssl_context_ptr context_;
};

/// What OpenSSL has noted on this thread, in its words; it is forgotten then.
[[nodiscard]] std::string take_tls_reason();

/// Throws error(errc::tls_failed) with `what` and that.
[[noreturn]] void throw_tls_error(const std::string& what);

} // namespace plait::detail
