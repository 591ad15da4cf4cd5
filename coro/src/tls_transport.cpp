// Copyright 2026 the plait authors. Boost Software License 1.0
#include "stream_core.hpp"
#include "tls_transport.hpp"

#include <plait/coro/tls.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace plait {
namespace detail {

struct tls_transport::socket_io {
    static tls_transport& of(BIO* b) noexcept { return *static_cast<tls_transport*>(BIO_get_data(b)); }

    static int read(BIO* b, char* buffer, std::size_t size, std::size_t* count) noexcept {
        tls_transport& self = of(b);
        const int socket = self.descriptor().get();
        return finish(
            b, retry_interrupted([&] { return ::recv(socket, buffer, size, MSG_DONTWAIT); }), count, BIO_FLAGS_READ);
    }
    static int write(BIO* b, const char* buffer, std::size_t size, std::size_t* count) noexcept {
        const int socket = of(b).descriptor().get();
        return finish(
            b, retry_interrupted([&] { return ::send(socket, buffer, size, MSG_DONTWAIT | MSG_NOSIGNAL); }), count,
            BIO_FLAGS_WRITE);
    }
    static int finish(BIO* b, ssize_t result, std::size_t* count, int direction) noexcept {
        tls_transport& self = of(b);
        BIO_clear_retry_flags(b);
        *count = result > 0 ? static_cast<std::size_t>(result) : 0;
        if (result > 0) return 1;
        self.socket_error_ = result == 0 ? 0 : errno;
        if (result == 0)
            self.at_end_ = true;
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            BIO_set_flags(b, direction | BIO_FLAGS_SHOULD_RETRY);
        return 0;
    }
    static long control(BIO* b, int command, long, void*) noexcept {
        switch (command) {
        case BIO_CTRL_FLUSH: return 1; // nothing is kept
        case BIO_CTRL_EOF: return of(b).at_end_;
        default: return 0;
        }
    }

    static BIO_METHOD* method() {
        static BIO_METHOD* const the_method = [] {
            BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "plait socket");
            BIO_meth_set_read_ex(m, &read);
            BIO_meth_set_write_ex(m, &write);
            BIO_meth_set_ctrl(m, &control);
            BIO_meth_set_create(m, [](BIO* b) {
                BIO_set_init(b, 1);
                return 1;
            });
            return m;
        }();
        return the_method;
    }
};

tls_transport::tls_transport(
    unique_fd socket, std::string peer, std::shared_ptr<const tls_settings> settings, std::string_view expected)
    : transport(std::move(socket), std::move(peer)),
      settings_(std::move(settings)),
      session_(SSL_new(settings_->context())) {
    BIO* io = BIO_new(socket_io::method());
    if (!session_ || !io) {
        BIO_free(io);
        throw_tls_error("SSL_new");
    }
    BIO_set_data(io, this);
    SSL_set_bio(session_.get(), io, io);
    if (settings_->side == tls_side::server) {
        SSL_set_accept_state(session_.get());
    } else {
        SSL_set_connect_state(session_.get());
        const std::string server = settings_->server_name.empty() ? std::string(expected) : settings_->server_name;
        if (!server.empty()) handshake_ += " with " + server;
        expect(server);
    }
}

tls_transport::~tls_transport() = default;

// RFC 6066 has no addresses in the name that a client asks for; in certificates they stand as what they are.
void tls_transport::expect(const std::string& server) {
    if (server.empty()) {
        if (settings_->verify)
            throw error(errc::invalid_argument, "TLS with " + this->peer() + ": who is expected there?");
        return;
    }
    in6_addr ignored;
    const bool is_address =
        ::inet_pton(AF_INET, server.c_str(), &ignored) == 1 || ::inet_pton(AF_INET6, server.c_str(), &ignored) == 1;
    X509_VERIFY_PARAM* wanted = SSL_get0_param(session_.get());
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    bool is_set = false;
    if (is_address) {
        is_set = X509_VERIFY_PARAM_set1_ip_asc(wanted, server.c_str()) == 1;
    } else {
        // SSL_set_tlsext_host_name, which is a macro with a cast of C's in it
        char* name = const_cast<char*>(server.c_str()); // is copied
        is_set = SSL_ctrl(session_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name) == 1 &&
                 X509_VERIFY_PARAM_set1_host(wanted, server.data(), server.size()) == 1;
    }
    if (!is_set) throw_tls_error("TLS: the server's name '" + server + "'");
}

void tls_transport::fail(errc code, const std::string& what, const std::string& why) {
    failure_ = code;
    why_failed_ = what + "(" + peer() + ")" + why;
    throw error(code, why_failed_);
}

void tls_transport::throw_if_failed() const {
    if (failure_) throw error(*failure_, why_failed_);
}

attempt tls_transport::outcome_of(int result, std::size_t count, const std::string& what) {
    if (result == 1) return {.count = count};
    switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ: return {.must_wait = readiness::to_read};
    case SSL_ERROR_WANT_WRITE: return {.must_wait = readiness::to_write};
    case SSL_ERROR_ZERO_RETURN: return {}; // the peer has said that it is the end
    case SSL_ERROR_SYSCALL:
        if (socket_error_ != 0) {
            failure_ = errc::tls_failed;
            why_failed_ = what + "(" + peer() + "): the connection is gone";
            throw_system_error(socket_error_, what + "(" + peer() + ")");
        }
        fail(errc::tls_truncated, what, {});
    default: break;
    }
    if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        ERR_clear_error();
        fail(errc::tls_truncated, what, {});
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        ERR_clear_error();
        const long verdict = SSL_get_verify_result(session_.get());
        fail(
            errc::tls_failed, what,
            std::string(": certificate verify failed: ") + X509_verify_cert_error_string(verdict));
    }
    fail(errc::tls_failed, what, ": " + take_tls_reason());
}

attempt tls_transport::shake_hands() {
    std::lock_guard guard(lock_);
    ERR_clear_error();
    const attempt a = outcome_of(SSL_do_handshake(session_.get()), 0, handshake_);
    agreed_ = !a.must_wait;
    return a;
}

attempt tls_transport::read(std::span<char> buffer) {
    std::lock_guard guard(lock_);
    throw_if_failed();
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(session_.get(), buffer.data(), buffer.size(), &count);
    return outcome_of(result, count, "TLS read");
}

attempt tls_transport::write(std::span<const std::string_view> parts) {
    const std::string_view first =
        *std::find_if(parts.begin(), parts.end(), [](std::string_view part) { return !part.empty(); });
    std::lock_guard guard(lock_);
    throw_if_failed();
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_write_ex(session_.get(), first.data(), first.size(), &count);
    const attempt a = outcome_of(result, count, "TLS write");
    write_is_pending_ = a.must_wait.has_value();
    return a;
}

attempt tls_transport::shutdown_write() {
    std::lock_guard guard(lock_);
    throw_if_failed();
    ERR_clear_error();
    const int result = SSL_shutdown(session_.get());
    const attempt a = outcome_of(result >= 0 ? 1 : result, 0, "TLS shutdown"); // 0: said, and not yet answered
    said_end_ = !a.must_wait;
    return a;
}

void tls_transport::say_goodbye() noexcept {
    std::lock_guard guard(lock_);
    if (agreed_ && !said_end_ && !failure_ && !write_is_pending_) SSL_shutdown(session_.get());
    ERR_clear_error();
}

} // namespace detail

stream start_tls(stream plain, const tls_context& context, std::string_view host) {
    const deadline until = detail::deadline_after(context.settings()->handshake_timeout);
    auto transport =
        std::make_unique<detail::tls_transport>(plain.release(), std::string(plain.peer()), context.settings(), host);
    while (auto must_wait = transport->shake_hands().must_wait) {
        const detail::wait_state result = transport->descriptor().wait(*must_wait, "TLS handshake", until);
        if (result == detail::wait_state::timed_out) throw timeout_error(transport->describe_handshake());
        detail::throw_unless_woken(result, "TLS handshake");
    }
    return stream(std::make_unique<detail::stream_core>(std::move(transport)));
}

} // namespace plait
