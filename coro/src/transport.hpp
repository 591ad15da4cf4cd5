// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   stream_core ──▶ transport ─┬─ socket_transport: recv, send
//                              └─ tls_transport: the same through OpenSSL
//
// What carries the bytes of a stream. Its operations never wait: they say what has to be waited for.

#include "watched_descriptor.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace plait::detail {

/// What came of an attempt.
struct attempt {
    std::size_t count = 0;                   ///< bytes; 0 at the end of the stream
    std::optional<readiness> must_wait = {}; ///< nothing could be done before the socket is ready for this
};

class transport {
public:
    /// `peer` is for people.
    transport(unique_fd socket, std::string peer) noexcept : descriptor_(std::move(socket)), peer_(std::move(peer)) {}
    transport(const transport&) = delete;
    transport& operator=(const transport&) = delete;
    virtual ~transport() = default;

    [[nodiscard]] watched_descriptor& descriptor() noexcept { return descriptor_; }
    [[nodiscard]] const std::string& peer() const noexcept { return peer_; }

    /// Reads into `buffer`, which is not empty.
    virtual attempt read(std::span<char> buffer) = 0;
    /// Writes from the beginning of `parts`, of which at least one is not empty.
    virtual attempt write(std::span<const std::string_view> parts) = 0;
    /// True if bytes of a write that had to wait are on their way already, and it must be repeated.
    [[nodiscard]] virtual bool has_begun_to_write() const noexcept = 0;
    /// Tells the peer that no more data comes.
    virtual attempt shutdown_write() = 0;
    /// Last words that do not wait.
    virtual void say_goodbye() noexcept = 0;
    /// True if the bytes on the socket are those of the stream.
    [[nodiscard]] virtual bool is_plain() const noexcept = 0;

private:
    watched_descriptor descriptor_;
    const std::string peer_;
};

class socket_transport final : public transport {
public:
    using transport::transport;

    attempt read(std::span<char> buffer) override;
    attempt write(std::span<const std::string_view> parts) override;
    [[nodiscard]] bool has_begun_to_write() const noexcept override { return false; }
    attempt shutdown_write() override;
    void say_goodbye() noexcept override {}
    [[nodiscard]] bool is_plain() const noexcept override { return true; }
};

} // namespace plait::detail
