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

/// Thrown where the lock of an order is held by somebody who does not go on, be it that he was stopped or only lost his
/// processor. Nothing was done; it is worth another attempt later, though nobody will say when.
struct held_up {};

class message_order {
public:
    message_order() = default;
    message_order(const message_order&) = delete;
    message_order& operator=(const message_order&) = delete;
    virtual ~message_order() = default;

    /// Throws segment_error(segment_invalid) if what the memory holds cannot be the work of this protocol. Somebody may be at
    /// work in it.
    virtual void check() const {}

    /// Whether one more message may wait; a hint, but false only if none may.
    [[nodiscard]] virtual bool has_capacity() noexcept = 0;
    enum class commit_result { done, full };
    /// Puts a claimed and written message. `bounded`: not if `capacity` messages wait already; the run is then still the
    /// caller's. Throws, and then it is the caller's as well: segment_error, and if it is bounded, held_up.
    [[nodiscard]] virtual commit_result publish(unsigned self, held_message& m, bool bounded) = 0;
    /// Takes back a message that was just published, if nobody has taken it yet: for a put that meets a close.
    [[nodiscard]] virtual bool take_back(unsigned self, const held_message& m) noexcept = 0;

    /// Brings in what a taker of the message that is next will need.
    virtual void expect_to_take() const noexcept {}
    /// Takes the message that is next; nothing if there is none. A message whose header is damaged comes with an empty
    /// `data` that is null. Throws held_up; segment_error.
    [[nodiscard]] virtual std::optional<held_message> take(unsigned self) = 0;
    /// Puts in a message that is RETURNED; by the one party whose it is. Does not wait for those who are held up.
    virtual void requeue(std::uint32_t cell) noexcept = 0;

    /// How many more messages may wait, at most `wanted`; a hint, but 0 only if none may.
    [[nodiscard]] virtual std::size_t room(std::size_t wanted) noexcept { return has_capacity() ? wanted : 0; }

    // Several at once. An order that gains by it does better than one after the other.

    /// Puts as many as there is room for, in their order, and returns how many; or fewer, but none only if there is no room.
    /// What was not put is still the caller's. Throws as publish(), if it put none.
    [[nodiscard]] virtual std::size_t publish_many(unsigned self, std::span<held_message> messages) {
        return publish(self, messages.front(), true) == commit_result::done ? 1 : 0;
    }
    /// Takes back what one publish_many() put, as take_back(); returns how many stay put, and these are the first ones.
    [[nodiscard]] virtual std::size_t take_back_many(unsigned self, std::span<const held_message> messages) noexcept {
        return take_back(self, messages.front()) ? 0 : 1;
    }
    /// Takes the messages that are next, as many as there are and `messages` has room for; returns how many. Throws as
    /// take(), if it took none.
    [[nodiscard]] virtual std::size_t take_many(unsigned self, std::span<held_message> messages) {
        std::size_t count = 0;
        try {
            while (count < messages.size()) {
                auto message = take(self);
                if (!message) break;
                messages[count++] = *message;
            }
        } catch (...) {
            if (count == 0) throw; // otherwise it comes again when the next is taken
        }
        return count;
    }

    /// For a sweep or an eviction, before any of `found` comes back (recovery.hpp): sets `named` for those that wait here,
    /// and forgets those that are LEASED, so that they can be put in again. Between the finding and this call the word of
    /// a message may have changed, and its place here may be another one's: what is forgotten is checked first. May be cut
    /// off anywhere and begun again.
    virtual void reconcile(std::span<cells::finding> found) noexcept = 0;

    /// For the first who enters memory of another boot, while nobody else is there: what a lock in it says means nothing
    /// now. May be cut off and begun again. Throws system_error.
    virtual void reinitialise() {}

    [[nodiscard]] virtual std::size_t size() const noexcept = 0; ///< of those that wait; a hint
    /// How many messages could be taken now, cheaply: a hint, but 0 only if there was none.
    [[nodiscard]] virtual std::size_t messages_to_take() noexcept = 0;
    /// The other way round: true only if a message waits, or is being taken by somebody who is not done with it; cheaply.
    [[nodiscard]] virtual bool surely_waits() noexcept { return messages_to_take() != 0; }
};

} // namespace plait::ipc::detail
