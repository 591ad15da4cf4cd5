// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//    cells   [      │ 1: READY │ …  │ 3: LEASED │ … ]
//    slots   [ →1 │ empty │ empty │ … ]              a ring that gives the order
//                ▲ head  ▲ tail                      hints, which anybody may move on
//
// First in, first out, without a lock: a put becomes true when its slot is filled, a receive when the word of its cell is
// LEASED. docs/decisions/0001-fifo-queue-protocol.md says why it is right, and test/models/fifo_queue.pml checks it. No
// step waits. Waiting is in channel.hpp and queue_core.cpp, recovery in recovery.hpp.
//
// Memory order: everything that publishes is a seq_cst read-modify-write, and everything that looks for it before it
// sleeps a seq_cst load (see channel.hpp). On x86 that costs nothing over acquire and release. Hints are relaxed, but for
// `tail`, by which a commit comes after those at the positions before it.

#include "message_order.hpp"

namespace plait::ipc::detail {

/// `lap:40 | cell + 1:24`; cell part 0: empty, to be filled in that lap.
struct slot_word {
    std::uint64_t bits;

    [[nodiscard]] static constexpr slot_word empty(std::uint64_t lap) noexcept { return {lap << 24}; }
    [[nodiscard]] static constexpr slot_word full(std::uint64_t lap, std::uint32_t cell) noexcept {
        return {lap << 24 | (std::uint64_t{cell} + 1)};
    }
    [[nodiscard]] constexpr std::uint64_t lap() const noexcept { return bits >> 24; }
    [[nodiscard]] constexpr bool is_empty() const noexcept { return (bits & 0xff'ffff) == 0; }
    [[nodiscard]] constexpr std::uint32_t cell() const noexcept {
        return static_cast<std::uint32_t>((bits & 0xff'ffff) - 1);
    }
    friend bool operator==(slot_word, slot_word) noexcept = default;
};

/// The order part of a FIFO; the slots follow it.
struct fifo_ends {
    alignas(cache_line) std::atomic<std::uint64_t> head;
    alignas(cache_line) std::atomic<std::uint64_t> tail;
};

class fifo final : public message_order {
public:
    /// How many slots a ring for so many cells has: a power of two.
    [[nodiscard]] static std::uint32_t slots_for(std::uint32_t cells) noexcept;
    [[nodiscard]] static std::size_t order_bytes(std::uint32_t slots) noexcept;

    /// `memory` is the order part of the queue, which has been checked.
    fifo(std::span<std::byte> memory, const queue_geometry& g, std::uint64_t capacity, cells& messages) noexcept;

    [[nodiscard]] bool has_capacity() noexcept override;
    [[nodiscard]] commit_result publish(unsigned self, held_message& m, bool bounded) noexcept override;
    [[nodiscard]] bool take_back(unsigned self, const held_message& m) noexcept override;
    [[nodiscard]] std::optional<held_message> take(unsigned self) noexcept override;
    [[nodiscard]] std::size_t room(std::size_t wanted) noexcept override;
    [[nodiscard]] std::size_t publish_many(unsigned self, std::span<held_message> messages) noexcept override;
    [[nodiscard]] std::size_t take_back_many(unsigned self, std::span<const held_message> messages) noexcept override;
    [[nodiscard]] std::size_t take_many(unsigned self, std::span<held_message> messages) noexcept override;
    void requeue(std::uint32_t cell) noexcept override;
    void reconcile(std::span<cells::finding> found) noexcept override;
    [[nodiscard]] std::size_t size() const noexcept override;
    [[nodiscard]] std::size_t messages_to_take() noexcept override;

private:
    static constexpr std::uint64_t told_every = 16; // messages, by each process to the others
    static constexpr std::uint64_t slots_in_line = cache_line / sizeof(std::uint64_t);

    [[nodiscard]] commit_result commit(std::uint32_t cell, bool bounded) noexcept;
    [[nodiscard]] bool has_room_at(std::uint64_t tail) noexcept;
    std::uint64_t help_head() noexcept;
    bool clear(std::uint64_t position, slot_word seen) noexcept;
    [[nodiscard]] std::uint64_t known_head() const noexcept;
    [[nodiscard]] std::uint64_t known_tail() const noexcept;
    void pass_head(std::uint64_t position) noexcept;
    void pass_tail(std::uint64_t position) noexcept;
    static void tell(std::atomic<std::uint64_t>& end, std::uint64_t position) noexcept;
    [[nodiscard]] bool is_filled(std::uint64_t position) const noexcept;
    [[nodiscard]] slot_word slot_at(std::uint64_t position) const noexcept;

    cells& cells_;
    fifo_ends* ends_;
    std::atomic<std::uint64_t>* slots_;
    // Copies of what never changes: shared memory is not trusted twice.
    std::uint32_t slot_mask_;
    unsigned lap_shift_;
    std::uint64_t capacity_;
    // How far this process knows the ends to have moved; consumers and producers do not meet there.
    alignas(cache_line) std::atomic<std::uint64_t> seen_head_{0}; // everything before is taken, and its slots cleared
    alignas(cache_line) std::atomic<std::uint64_t> seen_tail_{0}; // everything before is filled
    std::atomic<std::uint64_t> limit_{0};                         // positions before it are within the capacity
};

} // namespace plait::ipc::detail
