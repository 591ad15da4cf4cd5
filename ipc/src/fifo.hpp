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

#include <algorithm>
#include <optional>
#include <string>

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

/// What cannot be true of the ring of a FIFO, whoever works on it meanwhile and whoever was killed: ends and slots that
/// are laps apart. Of what is damaged by less the protocol makes the best: it ends, and no message comes twice.
class ring_check {
public:
    /// Read one after the other: `tail`, `head`, then every slot, then `tail` again.
    ring_check(std::uint64_t tail, std::uint64_t head, std::uint32_t places, std::uint32_t cells) noexcept
        : tail_(tail), head_(head), places_(places), cells_(cells) {}
    [[nodiscard]] std::optional<std::string> problem_of(std::uint64_t tail_after) const;
    [[nodiscard]] std::optional<std::string>
    problem_of(std::uint32_t place, slot_word slot, std::uint64_t tail_after) const;

private:
    // Ends are hints: they lag behind by what the dead have not told, and that is far less.
    static constexpr std::uint64_t most_laps = 3;

    [[nodiscard]] std::uint64_t lap_of(std::uint64_t position) const noexcept { return position / places_; }

    std::uint64_t tail_, head_;
    std::uint32_t places_, cells_;
};

class fifo final : public message_order {
public:
    /// How many slots a ring for so many cells has: a power of two.
    [[nodiscard]] static std::uint32_t slots_for(std::uint32_t cells) noexcept;
    [[nodiscard]] static std::size_t order_bytes(std::uint32_t slots) noexcept;

    /// `memory` is the order part of the queue, which has been checked.
    fifo(std::span<std::byte> memory, const queue_geometry& g, std::uint64_t capacity, cells& messages) noexcept;

    void check() const override;
    [[nodiscard]] bool has_capacity() noexcept override;
    [[nodiscard]] commit_result publish(unsigned self, held_message& m, bool bounded) override;
    [[nodiscard]] bool take_back(unsigned self, const held_message& m) noexcept override;
    void expect_to_take() const noexcept override;
    [[nodiscard]] std::optional<held_message> take(unsigned self) override;
    [[nodiscard]] std::size_t room(std::size_t wanted) noexcept override;
    [[nodiscard]] std::size_t publish_many(unsigned self, std::span<held_message> messages) override;
    [[nodiscard]] std::size_t take_back_many(unsigned self, std::span<const held_message> messages) noexcept override;
    [[nodiscard]] std::size_t take_many(unsigned self, std::span<held_message> messages) override;
    void requeue(std::uint32_t cell) noexcept override;
    void reconcile(std::span<cells::finding> found) noexcept override;
    [[nodiscard]] std::size_t size() const noexcept override;
    [[nodiscard]] std::size_t messages_to_take() noexcept override;

private:
    static constexpr std::uint64_t told_every = 16; // messages, by each process to the others
    static constexpr std::uint64_t slots_in_line = cache_line / sizeof(std::uint64_t);

    /// A walk over slots that were others' already. Nobody walks two rounds of the ring while its ends stand still.
    class walk {
    public:
        explicit walk(const fifo& over) noexcept : most_(2 * (over.slot_mask_ + std::uint64_t{1})) {}
        /// To the next position, or to the end that is known by now: whoever was stopped for long does not walk all the way.
        void go_on(std::uint64_t& position, std::uint64_t known_end) noexcept {
            steps_ = known_end > position + 1 ? 0 : steps_ + 1;
            position = std::max(position + 1, known_end);
        }
        void stay() noexcept { ++steps_; }
        [[nodiscard]] bool leads_nowhere() const noexcept { return steps_ > most_; }
        void must_lead_somewhere() const; // or throws segment_error

    private:
        std::uint64_t most_;
        std::uint64_t steps_ = 0;
    };
    [[nodiscard]] commit_result commit(std::uint32_t cell, bool bounded);
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
