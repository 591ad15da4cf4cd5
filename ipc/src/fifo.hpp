// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//    words   [ FREE │ READY │ BODY │ LEASED │ FREE │ … ]   one per cell: the truth about the message that starts there
//    cells   [      │ head  │ …    │ head   │      │ … ]   the memory itself; a message is a run of adjacent cells
//    slots   [ →1 │ empty │ empty │ … ]                    a ring that gives the order
//                ▲ head  ▲ tail                            hints, which anybody may move on
//
// The crash-safe FIFO queue in shared memory: docs/decisions/0001-fifo-queue-protocol.md says why it is right, and
// test/models/fifo_queue.pml checks it. Here are the words and the steps; no step waits, and each operation becomes true
// in one compare-and-swap. Waiting is in channel.hpp and queue.cpp, recovery in fifo_sweep.cpp.
//
// Memory order: everything that publishes is a seq_cst read-modify-write, and everything that looks for it before it
// sleeps a seq_cst load (see channel.hpp). On x86 that costs nothing over acquire and release. Hints are relaxed, but for
// `tail`, by which a commit comes after those at the positions before it.

#include "channel.hpp"
#include "layout.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace plait::ipc::detail {

/// `generation:40 | state:4 | owner:12 | deliveries:8`, or for BODY `generation:40 | state:4 | distance:20`.
struct cell_word {
    enum state_type : unsigned { free, draft, ready, leased, returned, body };
    std::uint64_t bits;

    [[nodiscard]] static constexpr cell_word
    of(std::uint64_t generation, state_type state, unsigned owner, unsigned deliveries = 0) noexcept {
        return {generation << 24 | std::uint64_t{state} << 20 | std::uint64_t{owner} << 8 | deliveries};
    }
    [[nodiscard]] static constexpr cell_word body_of(std::uint64_t generation, std::uint32_t distance) noexcept {
        return {generation << 24 | std::uint64_t{body} << 20 | distance};
    }
    [[nodiscard]] constexpr std::uint64_t generation() const noexcept { return bits >> 24; }
    [[nodiscard]] constexpr unsigned state() const noexcept { return bits >> 20 & 0xf; }
    [[nodiscard]] constexpr unsigned owner() const noexcept { return bits >> 8 & 0xfff; }
    [[nodiscard]] constexpr unsigned deliveries() const noexcept { return bits & 0xff; }
    [[nodiscard]] constexpr std::uint32_t distance() const noexcept { return bits & 0xf'ffff; }
    [[nodiscard]] constexpr bool can_be_taken() const noexcept { return state() == ready || state() == returned; }
    friend bool operator==(cell_word, cell_word) noexcept = default;
};

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

/// What lies at the beginning of a message's first cell. Written by its producer; a taker checks it.
struct alignas(16) message_header {
    std::uint32_t size;  // of the payload, in bytes
    std::uint32_t cells; // of the run, head included
    std::uint64_t reserved;
};

struct fifo_header {
    // Never changes once the queue is made.
    std::uint32_t cells;
    std::uint32_t cell_bytes;
    std::uint32_t slots; // a power of two
    std::uint32_t max_deliveries;
    std::uint64_t capacity; // messages that may wait
    // Changes once, from 0 to 1.
    std::atomic<std::uint32_t> closed;

    alignas(cache_line) std::atomic<std::uint64_t> head;
    alignas(cache_line) std::atomic<std::uint64_t> tail;
    channel_memory not_empty;
    channel_memory not_full;
};

struct fifo_geometry {
    std::uint32_t cells;
    std::uint32_t cell_bytes;
    std::uint32_t slots;

    [[nodiscard]] static fifo_geometry for_room(std::size_t bytes, std::size_t cell_bytes) noexcept;
    [[nodiscard]] constexpr std::size_t words_offset() const noexcept { return sizeof(fifo_header); }
    [[nodiscard]] constexpr std::size_t origins_offset() const noexcept {
        return words_offset() + round_up(cells * std::size_t{8}, cache_line);
    }
    [[nodiscard]] constexpr std::size_t slots_offset() const noexcept {
        return origins_offset() + round_up(cells * std::size_t{8}, cache_line);
    }
    [[nodiscard]] constexpr std::size_t memory_offset() const noexcept {
        return slots_offset() + slots * std::size_t{8};
    }
    [[nodiscard]] constexpr std::size_t bytes() const noexcept {
        return memory_offset() + std::size_t{cells} * cell_bytes;
    }
};

inline constexpr std::uint32_t fifo_cells_limit = (1U << 24) - 2;
inline constexpr std::uint32_t fifo_run_limit = 1U << 20; // cells per message
inline constexpr std::uint32_t fifo_slots_minimum = 4096;
inline constexpr std::uint64_t fifo_layout_hash = hash_of(
    sizeof(fifo_header), offsetof(fifo_header, head), offsetof(fifo_header, not_full), sizeof(message_header),
    fifo_slots_minimum);

/// A message that the caller holds: its first cell, the word it has there, and its payload.
struct held_message {
    std::uint32_t cell = 0;
    cell_word word{0};
    std::span<std::byte> data;
};

/// One queue, seen through one process's mapping. The pointers are checked once, when it is formed. Thread safety: any
/// thread; what it remembers between operations are hints.
class fifo {
public:
    /// Formats zeroed memory.
    static void format(
        std::span<std::byte> memory, const fifo_geometry& g, std::uint64_t capacity, unsigned max_deliveries) noexcept;
    /// Throws segment_error(segment_invalid) if the memory does not hold what its header says.
    explicit fifo(std::span<std::byte> memory);

    [[nodiscard]] fifo_header& header() const noexcept { return *header_; }
    [[nodiscard]] std::size_t largest_message() const noexcept;
    [[nodiscard]] std::size_t size() const noexcept; ///< a hint
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] bool is_closed() const noexcept { return header_->closed.load(std::memory_order_seq_cst) != 0; }

    // put: claim, write, publish
    /// Takes a run of cells for `bytes` bytes of payload; nothing if no run is free. `bytes` is at most largest_message().
    [[nodiscard]] std::optional<held_message> claim(unsigned self, std::size_t bytes) noexcept;
    /// Gives a claimed run back.
    void abandon(const held_message& m) noexcept;
    enum class commit_result { done, full };
    /// Puts a claimed and written message at the back. `bounded`: not if `capacity` messages wait already; the run is
    /// then still the caller's.
    [[nodiscard]] commit_result publish(unsigned self, held_message& m, bool bounded) noexcept;
    /// Takes back a message that was just published, if nobody has taken it yet: for a put that meets a close.
    [[nodiscard]] bool take_back(unsigned self, const held_message& m) noexcept;
    [[nodiscard]] bool has_capacity() noexcept;

    // receive, then ack or give_back
    /// Takes the message at the front; nothing if there is none. A message whose header is damaged comes with an empty
    /// `data` that is null.
    [[nodiscard]] std::optional<held_message> take(unsigned self) noexcept;
    /// How many messages could be taken now, cheaply: a hint, but 0 only if there was none.
    [[nodiscard]] std::size_t messages_to_take() noexcept;
    /// Each returns false if the caller does not hold the message any more.
    [[nodiscard]] bool acknowledge(const held_message& m) noexcept;
    [[nodiscard]] bool give_back(unsigned self, const held_message& m) noexcept;

    /// Gives back what `dead` held. Under the housekeeping lock; may be cut off and begun again anywhere.
    void sweep(unsigned dead);

    struct counts {
        std::size_t free_cells, drafts, ready, leased, returned;
    };
    [[nodiscard]] counts count() const noexcept; ///< exact while nobody works on the queue

private:
    [[nodiscard]] bool is_free(std::uint32_t cell, cell_word word) const noexcept;
    [[nodiscard]] bool
    claim_run(unsigned self, std::uint32_t first, std::uint32_t length, std::uint32_t& next) noexcept;
    [[nodiscard]] commit_result commit(std::uint32_t cell, bool bounded) noexcept;
    void help_head() noexcept;
    bool clear(std::uint64_t position, slot_word seen) noexcept;
    void advance_head(std::uint64_t from) noexcept;
    [[nodiscard]] slot_word slot_at(std::uint64_t position) const noexcept;
    [[nodiscard]] cell_word word_at(std::uint32_t cell) const noexcept;
    [[nodiscard]] std::span<std::byte> payload_of(std::uint32_t cell) const noexcept;

    fifo_header* header_;
    std::atomic<std::uint64_t>* words_;
    std::atomic<std::uint64_t>* origins_;
    std::atomic<std::uint64_t>* slots_;
    std::byte* memory_;
    // Copies of what never changes: shared memory is not trusted twice.
    std::uint32_t cells_;
    std::uint32_t cell_bytes_;
    std::uint32_t slot_mask_;
    unsigned lap_shift_;
    std::uint64_t capacity_;

    // This process's hints, each on its own line: producers and consumers of one process do not meet there.
    alignas(cache_line) std::atomic<std::uint32_t> cursor_{0}; // where to look for free cells next
    std::atomic<std::uint64_t> seen_head_{0};                  // the head as a producer last saw it
};

} // namespace plait::ipc::detail
