// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   prepare ──▶ loan ──send──▶ [ queue ] ──receive──▶ lease ──ack──▶ gone
//                │                ▲                     │
//                └─ dropped       └── release, or death ┘
//
// Memory of a queue in somebody's hands. A loan is room for a message that is not put yet; a lease is a message that is
// not done yet. Both give direct access to the shared memory, and both know what to do when they are dropped: a loan
// gives its room back, a lease gives its message back to the queue, behind the messages that wait. If the process dies
// instead, a sweep does the same.
//
// Thread safety: one thread at a time. A loan or a lease may move between threads, not between processes.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace plait::ipc {

namespace detail {
class queue_core;
}

/// Room in a queue for one message, to be filled in place.
class [[nodiscard]] loan {
public:
    loan(loan&& other) noexcept;
    loan& operator=(loan&& other) noexcept;
    ~loan();

    /// The room, aligned to 16 bytes, as large as was asked for. Not cleared.
    [[nodiscard]] std::span<std::byte> data() const noexcept { return data_; }

    /// Puts the message at the back of the queue. Does not wait: what prepare() waited for was the room.
    /// Throws: queue_closed, and then the room is given back.
    void send() &&;

private:
    friend class detail::queue_core;
    loan(std::shared_ptr<detail::queue_core> core, std::uint32_t cell, std::uint64_t word, std::span<std::byte> data)
        : core_(std::move(core)), word_(word), data_(data), cell_(cell) {}

    std::shared_ptr<detail::queue_core> core_; // empty once sent or moved from
    std::uint64_t word_;
    std::span<std::byte> data_;
    std::uint32_t cell_;
};

/// A message that was received and is not acknowledged.
class [[nodiscard]] byte_lease {
public:
    byte_lease(byte_lease&& other) noexcept;
    byte_lease& operator=(byte_lease&& other) noexcept;
    ~byte_lease(); ///< releases the message unless it was acknowledged

    /// The message, aligned to 16 bytes. It lies in shared memory: copy out what has to be checked before use.
    [[nodiscard]] std::span<std::byte> data() const noexcept { return data_; }

    /// How often the message was handed out, this time included; stays at 255.
    [[nodiscard]] unsigned deliveries() const noexcept;

    /// The message is done: it is gone, and its room is free. Does not wait.
    /// Throws: lease_lost if the lease was taken away; no_state if it was given up already.
    void ack();
    /// The message goes back to the end of the queue. Does not wait. Throws as ack().
    void release();

private:
    friend class detail::queue_core;
    byte_lease(
        std::shared_ptr<detail::queue_core> core, std::uint32_t cell, std::uint64_t word, std::span<std::byte> data)
        : core_(std::move(core)), word_(word), data_(data), cell_(cell) {}

    std::shared_ptr<detail::queue_core> core_; // empty once acknowledged, released or moved from
    std::uint64_t word_;
    std::span<std::byte> data_;
    std::uint32_t cell_;
};

/// The same for a typed queue: the value, decoded once, and the fate of the message it came from.
template <class T>
class [[nodiscard]] lease {
public:
    lease(T value, byte_lease message) : value_(std::move(value)), message_(std::move(message)) {}

    [[nodiscard]] T& value() noexcept { return value_; }
    [[nodiscard]] const T& value() const noexcept { return value_; }
    T& operator*() noexcept { return value_; }
    const T& operator*() const noexcept { return value_; }
    T* operator->() noexcept { return &value_; }
    const T* operator->() const noexcept { return &value_; }

    [[nodiscard]] unsigned deliveries() const noexcept { return message_.deliveries(); }
    void ack() { message_.ack(); }         ///< see byte_lease::ack
    void release() { message_.release(); } ///< see byte_lease::release

private:
    T value_;
    byte_lease message_;
};

} // namespace plait::ipc
