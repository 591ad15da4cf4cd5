// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   stream_core ──▶ SSL_read, SSL_write ──▶ [ BIO of ours ] ──▶ recv, send
//
// TLS over a socket. The BIO is ours because OpenSSL's own would raise SIGPIPE, and needs a socket in non-blocking mode.

#include "tls_settings.hpp"
#include "transport.hpp"

#include <plait/runtime/error.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace plait::detail {

class tls_transport final : public transport {
public:
    /// `expected`: the server that a client means to talk to.
    tls_transport(
        unique_fd socket, std::string peer, std::shared_ptr<const tls_settings> settings, std::string_view expected);
    ~tls_transport() override;

    /// Is repeated until it need not wait.
    attempt shake_hands();
    /// "TLS handshake with example.com(192.0.2.7:443)", for errors.
    [[nodiscard]] std::string describe_handshake() const { return handshake_ + "(" + peer() + ")"; }

    attempt read(std::span<char> buffer) override;
    attempt write(std::span<const std::string_view> parts) override;
    [[nodiscard]] bool has_begun_to_write() const noexcept override { return write_is_pending_; }
    attempt shutdown_write() override;
    void say_goodbye() noexcept override;
    [[nodiscard]] bool is_plain() const noexcept override { return false; }

private:
    struct socket_io; // what OpenSSL calls

    void expect(const std::string& server);
    attempt outcome_of(int result, std::size_t count, const std::string& what);
    [[noreturn]] void fail(errc code, const std::string& what, const std::string& why);
    void throw_if_failed() const;

    const std::shared_ptr<const tls_settings> settings_;
    std::string handshake_ = "TLS handshake";
    std::mutex lock_; // guards the session: who reads and who writes may be two threads
    ssl_ptr session_;
    int socket_error_ = 0;        // errno of the BIO's last call; 0: it was the end of the stream
    bool at_end_ = false;         // of what the socket has
    bool agreed_ = false;         // the handshake is over
    bool said_end_ = false;       // that we write no more
    std::optional<errc> failure_; // what has ended the session
    std::string why_failed_;
    bool write_is_pending_ = false; // the writer's: OpenSSL has taken bytes of a write that had to wait
};

} // namespace plait::detail
