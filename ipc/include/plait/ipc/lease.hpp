// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   prepare ──▶ loan ──send──▶ [ queue ] ──receive──▶ lease ──ack──▶ gone
//                │                ▲                     │
//                └─ dropped       └── release, or death ├─ reject ──▶ dead letters
//                                     or its limit passes┘
//
// Memory of a queue in somebody's hands. A loan is room for a message that is not put yet; a lease is a message that is
// not done yet. Both give direct access to the shared memory, and both know what to do when they are dropped: a loan
// gives its room back, a lease gives its message back to the queue: behind the messages that wait, or where the queue is
// not first in, first out, to its old place among them. If the process dies instead, a sweep does the same.
//
// A lease has no limit of time unless it was taken with lease_for. Only a limit that has passed, or an operator's
// eviction (byte_queue::evict), takes a message from a holder that lives; it is then somebody else's, and what the former
// holder does to it afterwards fails with lease_lost. The data of a lease that may be lost so is copied, or its ack comes
// before anything is done that cannot be undone.
//
// Thread safety: one thread at a time. A loan or a lease may move between threads, not between processes.

#include <plait/ipc/dead_letter.hpp>
#include <plait/runtime/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace plait::ipc {

namespace detail {
class queue_core;
}

/// How long a lease may last: `q.receive(lease_for(30s))`. When it is over, the message goes to the next receiver that
/// comes for it; to one that waits already within 100 ms. A holder that needs longer says extend(). Measured by
/// CLOCK_MONOTONIC, which stands still while the machine is suspended; rounded up to a quarter of a millisecond.
class lease_for {
public:
    /// Throws error(invalid_argument) unless `d` is positive.
    explicit lease_for(duration d);
    [[nodiscard]] duration length() const noexcept { return length_; }

private:
    duration length_;
};

/// Room in a queue for one message, to be filled in place.
class [[nodiscard]] loan {
public:
    loan() noexcept = default; ///< of nothing
    loan(loan&& other) noexcept;
    loan& operator=(loan&& other) noexcept;
    ~loan();

    /// The room, aligned to 16 bytes, as large as was asked for. Not cleared.
    [[nodiscard]] std::span<std::byte> data() const noexcept { return data_; }

    /// Puts the message, with a priority if the queue goes by it. Does not wait: what prepare() waited for was the room.
    /// Throws, and then the room is given back: queue_closed; error(invalid_argument) for a priority other than 0 where it
    /// means nothing; segment_error(segment_invalid).
    void send(std::int64_t priority = 0) &&;

private:
    friend class detail::queue_core;
    loan(std::shared_ptr<detail::queue_core> core, std::uint32_t cell, std::uint64_t word, std::span<std::byte> data)
        : core_(std::move(core)), word_(word), data_(data), cell_(cell) {}

    std::shared_ptr<detail::queue_core> core_; // empty once sent or moved from
    std::uint64_t word_ = 0;
    std::span<std::byte> data_;
    std::uint32_t cell_ = 0;
};

/// A message that was received and is not acknowledged.
class [[nodiscard]] byte_lease {
public:
    byte_lease() noexcept = default; ///< of nothing
    byte_lease(byte_lease&& other) noexcept;
    byte_lease& operator=(byte_lease&& other) noexcept;
    ~byte_lease(); ///< releases the message unless it was acknowledged

    /// False once it was acknowledged, given up or moved from.
    [[nodiscard]] bool valid() const noexcept { return core_ != nullptr; }

    /// The message, aligned to 16 bytes. It lies in shared memory: copy out what has to be checked before use.
    [[nodiscard]] std::span<std::byte> data() const noexcept { return data_; }

    /// How often the message was handed out, this time included; stays at 255.
    [[nodiscard]] unsigned deliveries() const noexcept;

    /// The message is done: it is gone, and its room is free. Does not wait.
    /// Throws: lease_lost if the lease was taken away; no_state if it was given up already.
    void ack();
    /// The message goes back to the queue; or to the dead letters, if it was delivered max_deliveries times.
    /// Does not wait. Throws as ack().
    void release();
    /// The message goes to the dead letters, with its deliveries: nobody is to get it until somebody has looked at it.
    /// `why` is rejected or malformed. Does not wait. Throws as ack(); invalid_argument for another reason.
    void reject(dead_letter::reason why = dead_letter::reason::rejected);
    /// The lease is over `d` from now, be that later than before or sooner. One without limit stays so. Does not wait.
    /// Throws: lease_lost if the lease was taken away, and then it is lost for good; no_state if it was given up;
    ///         invalid_argument unless `d` is positive.
    void extend(duration d);

private:
    friend class detail::queue_core;
    byte_lease(
        std::shared_ptr<detail::queue_core> core, std::uint32_t cell, std::uint64_t word, std::span<std::byte> data)
        : core_(std::move(core)), word_(word), data_(data), cell_(cell) {}

    std::shared_ptr<detail::queue_core> core_; // empty once acknowledged, released or moved from
    std::uint64_t word_ = 0;
    std::span<std::byte> data_;
    std::uint32_t cell_ = 0;
};

/// The same for a typed queue: the value, decoded once, and the fate of the message it came from.
template <class T>
class [[nodiscard]] lease {
public:
    lease() = default; ///< of nothing
    lease(T value, byte_lease message) : value_(std::move(value)), message_(std::move(message)) {}

    [[nodiscard]] T& value() noexcept { return value_; }
    [[nodiscard]] const T& value() const noexcept { return value_; }
    T& operator*() noexcept { return value_; }
    const T& operator*() const noexcept { return value_; }
    T* operator->() noexcept { return &value_; }
    const T* operator->() const noexcept { return &value_; }

    [[nodiscard]] unsigned deliveries() const noexcept { return message_.deliveries(); }
    void ack() { message_.ack(); }                  ///< see byte_lease::ack
    void release() { message_.release(); }          ///< see byte_lease::release
    void reject() { message_.reject(); }            ///< see byte_lease::reject
    void extend(duration d) { message_.extend(d); } ///< see byte_lease::extend

private:
    T value_;
    byte_lease message_;
};

} // namespace plait::ipc
