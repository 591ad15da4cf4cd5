// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   claimed, written ──publish──▶ [ the messages that wait, in some order ] ──take──▶ LEASED
//                                        ▲
//                       RETURNED ──requeue
//
// In which order the messages of a queue are taken. The words of the cells are the truth about each message; an order
// says which of those that wait comes next, and can be rebuilt from the words. Thread safety: any thread, any process.

#include "cells.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace plait::ipc::detail {

class message_order {
public:
    message_order() = default;
    message_order(const message_order&) = delete;
    message_order& operator=(const message_order&) = delete;
    virtual ~message_order() = default;

    /// Whether one more message may wait; a hint, but false only if none may.
    [[nodiscard]] virtual bool has_capacity() noexcept = 0;
    enum class commit_result { done, full };
    /// Puts a claimed and written message. `bounded`: not if `capacity` messages wait already; the run is then still the
    /// caller's.
    [[nodiscard]] virtual commit_result publish(unsigned self, held_message& m, bool bounded) noexcept = 0;
    /// Takes back a message that was just published, if nobody has taken it yet: for a put that meets a close.
    [[nodiscard]] virtual bool take_back(unsigned self, const held_message& m) noexcept = 0;

    /// Takes the message that is next; nothing if there is none. A message whose header is damaged comes with an empty
    /// `data` that is null.
    [[nodiscard]] virtual std::optional<held_message> take(unsigned self) noexcept = 0;
    /// Puts in a message that is RETURNED; by the one party whose it is.
    virtual void requeue(std::uint32_t cell) noexcept = 0;

    /// For a sweep or an eviction, before any of `found` comes back (recovery.hpp): sets `named` for those that wait here,
    /// and forgets those that are LEASED, so that they can be put in again. Between the finding and this call the word of
    /// a message may have changed, and its place here may be another one's: what is forgotten is checked first. May be cut
    /// off anywhere and begun again.
    virtual void reconcile(std::span<cells::finding> found) noexcept = 0;

    [[nodiscard]] virtual std::size_t size() const noexcept = 0; ///< of those that wait; a hint
    /// How many messages could be taken now, cheaply: a hint, but 0 only if there was none.
    [[nodiscard]] virtual std::size_t messages_to_take() noexcept = 0;
};

} // namespace plait::ipc::detail
