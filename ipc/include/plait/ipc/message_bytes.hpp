// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   worker: message_bytes(span) ──copied once, into shared memory──▶ owner: bytes(), where they lie
//
// The bytes that a pool's task returns, without a copy for whoever gets them: they stay in the message that brought them, until
// the object is destroyed, released, or assigned to. Meanwhile they take room that other results need, so whoever keeps one
// for long copies its bytes. As an element of a std::tuple it may travel beside other values.

#include <plait/ipc/lease.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace plait::ipc {

/// Thread safety: one thread at a time.
class message_bytes {
public:
    message_bytes() noexcept = default;
    /// Refers to them: in a task, which returns it, they live as long as its arguments, or longer.
    explicit message_bytes(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}
    message_bytes(byte_lease message, std::span<const std::byte> bytes) noexcept
        : bytes_(bytes), message_(std::move(message)) {}
    message_bytes(message_bytes&& other) noexcept
        : bytes_(std::exchange(other.bytes_, {})), message_(std::move(other.message_)) {}
    message_bytes& operator=(message_bytes&& other) noexcept {
        if (this == &other) return *this;
        release();
        bytes_ = std::exchange(other.bytes_, {});
        message_ = std::move(other.message_);
        return *this;
    }
    ~message_bytes() { release(); }

    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::string_view text() const noexcept {
        return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
    }

    /// Gives the room back; the bytes are gone.
    void release() noexcept;

private:
    std::span<const std::byte> bytes_;
    byte_lease message_;
};

} // namespace plait::ipc
