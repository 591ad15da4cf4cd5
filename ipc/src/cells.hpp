// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//    words   [ FREE │ READY │ BODY │ LEASED │ FREE │ … ]   one per cell: the truth about the message that starts there
//    cells   [      │ head  │ …    │ head   │      │ … ]   the memory itself; a message is a run of adjacent cells
//
//              claim            publish           take             acknowledge
//        FREE ──────▶ DRAFT ─────────────▶ READY ──────▶ LEASED ────────────────▶ FREE
//                                            ▲             │  │  limit      extend
//                                            │             │  └─────▶ TIMED ◀─────▶ EXTENDING
//                                            │ as READY    ▼            ▼             ▼
//                                            └───────── RETURNED    or, after too many deliveries,
//                                                          ▲──replay── DEAD ──drop──▶ FREE
//
// The memory of a queue's messages, and the truth about each of them: its state and its owner, in one word. In which
// order messages are taken is another matter (message_order.hpp); every order stands on these words, and each of its
// operations becomes true in one compare-and-swap of such a word, or of what makes it visible. No step here waits.
// docs/decisions/0001-fifo-queue-protocol.md says why it is right.

#include "prefetch.hpp"
#include "queue_layout.hpp"

#include <plait/ipc/dead_letter.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace plait::ipc::detail {

/// `generation:40 | state:4 | owner:12 | deliveries:8`, or for BODY `generation:40 | state:4 | distance:20`.
struct cell_word {
    enum state_type : unsigned { free, draft, ready, leased, timed, extending, returned, dead, body };
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
    /// Whether somebody holds the message.
    [[nodiscard]] constexpr bool is_lease() const noexcept { return state() >= leased && state() <= extending; }
    /// A dead letter belongs to nobody: where its owner was stands why it is one.
    [[nodiscard]] constexpr bool has_owner() const noexcept { return state() >= draft && state() <= returned; }
    [[nodiscard]] constexpr dead_letter::reason why() const noexcept {
        return static_cast<dead_letter::reason>(owner());
    }
    friend bool operator==(cell_word, cell_word) noexcept = default;
};

/// What a process writes beside the word of a message that it holds, or found dead: `value:44 | generation:20`. It is
/// about that message while the generation is that of the word, in its lower bits.
struct cell_note {
    std::uint64_t bits;

    [[nodiscard]] static constexpr cell_note of(std::uint64_t value, std::uint64_t generation) noexcept {
        return {value << 20 | (generation & 0xf'ffff)};
    }
    [[nodiscard]] constexpr std::uint64_t value() const noexcept { return bits >> 20; }
    [[nodiscard]] constexpr bool is_of(std::uint64_t generation) const noexcept {
        return ((bits ^ generation) & 0xf'ffff) == 0;
    }
};

/// What lies at the beginning of a message's first cell. Written by its producer; a taker checks it.
struct alignas(16) message_header {
    std::uint32_t size;  // of the payload, in bytes
    std::uint32_t cells; // of the run, head included
    std::uint64_t reserved;
};

/// A message that the caller holds: its first cell, the word it has there, and its payload.
struct held_message {
    std::uint32_t cell = 0;
    cell_word word{0};
    std::span<std::byte> data;
    std::int64_t priority = 0; // for an order that goes by it
};

/// Whether no message has `cell`, whose word is `word`. `word_at(cell)` and `origin_at(cell)` read a word and an origin.
template <class WordAt, class OriginAt>
[[nodiscard]] bool
is_free_cell(std::uint32_t cell, cell_word word, const WordAt& word_at, const OriginAt& origin_at) noexcept {
    if (word.state() == cell_word::free) return true;
    if (word.state() != cell_word::body || word.distance() > cell) return false;
    // It belongs to the message that was claimed at its head in that generation, if that is still there. The order
    // matters: once the origin is another, the message is gone for good; while it is the same, the head's word tells.
    std::uint32_t head = cell - word.distance();
    if (origin_at(head) != word.generation()) return true;
    auto state = word_at(head).state();
    return state == cell_word::free || state == cell_word::body;
}

/// The cells of one queue, seen through one process's mapping. Thread safety: any thread, any process; what the object
/// remembers between operations are hints.
class cells {
public:
    /// `g` has been checked against `queue`, the memory of the whole queue.
    cells(std::span<std::byte> queue, const queue_geometry& g, unsigned max_deliveries) noexcept;

    [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
    [[nodiscard]] std::uint32_t cell_bytes() const noexcept { return cell_bytes_; }
    [[nodiscard]] std::size_t largest_message() const noexcept;

    /// Takes a run of cells for `bytes` bytes of payload; nothing if no run is free. `bytes` is at most largest_message().
    /// Sets `gave_back`, whether it finds a run or not, if it has taken a cell on the way that is free again: who looked for
    /// room meanwhile, and found too little, waits now and has to be told.
    [[nodiscard]] std::optional<held_message> claim(unsigned self, std::size_t bytes, bool& gave_back) noexcept;
    /// The two halves of it, for those who claim many: first all of the cells, then what is written into them. A locked
    /// instruction waits for the stores before it, and those miss the cache.
    [[nodiscard]] std::optional<held_message> reserve(unsigned self, std::size_t bytes, bool& gave_back) noexcept;
    void begin(const held_message& m) noexcept;
    /// Reserves for messages of these sizes, one after the other until there is no room; returns how many.
    [[nodiscard]] std::size_t reserve_many(
        unsigned self, std::span<const std::size_t> sizes, std::span<held_message> messages, bool& gave_back) noexcept;
    /// Gives a claimed run back.
    void abandon(const held_message& m) noexcept;
    /// DRAFT → READY, once the payload is written. It is put when its order says so.
    void make_ready(unsigned self, held_message& m) noexcept;
    /// READY or RETURNED → LEASED; nothing if the word is not `seen` any more.
    [[nodiscard]] std::optional<held_message> lease(unsigned self, std::uint32_t cell, cell_word seen) noexcept;
    /// LEASED → FREE. False if the caller does not hold the message any more.
    [[nodiscard]] bool acknowledge(const held_message& m) noexcept;
    /// What becomes of a lease that ends without an ack: RETURNED, and then it is for `self` to put it into the order
    /// again; or DEAD, if it was delivered often enough or `why` is reason enough.
    [[nodiscard]] cell_word ended(cell_word lease, unsigned self, dead_letter::reason why) const noexcept;
    /// A lease → what ended() says, which is the result. Nothing if the caller does not hold it any more.
    [[nodiscard]] std::optional<cell_word>
    give_back(unsigned self, const held_message& m, dead_letter::reason why) noexcept;

    /// Fetches the memory of a message that is going to be read, or written, soon.
    void prefetch(std::uint32_t cell, std::size_t bytes) const noexcept {
        constexpr std::size_t most = 4 * cache_line; // the rest follows by itself
        const std::byte* memory = memory_ + std::size_t{cell} * cell_bytes_;
        for (std::size_t at = 0; at < std::min(bytes + sizeof(message_header), most); at += cache_line)
            __builtin_prefetch(memory + at, 1);
    }
    /// The payload of the message at `cell`, for its holder; an empty span that is null if its header is damaged.
    [[nodiscard]] std::span<std::byte> payload_of(std::uint32_t cell) const noexcept {
        message_header header;
        std::memcpy(&header, memory_ + std::size_t{cell} * cell_bytes_, sizeof header); // once: it may change
        if (header.cells < 1 || header.cells > count_ - cell ||
            sizeof(message_header) + header.size > std::size_t{header.cells} * cell_bytes_)
            return {};
        return {payload_at(cell), header.size};
    }

    /// Brings in what a taker of the message at `cell` will need; a cell that does not exist needs nothing.
    void expect_to_take(std::uint32_t cell) const noexcept {
        if (cell >= count_) return;
        prefetch_to_write(&words_[cell]);
        const std::byte* memory = memory_ + std::size_t{cell} * cell_bytes_;
        prefetch_to_read(memory);
        prefetch_to_read(memory + cache_line);
    }

    /// Brings in what the next claim of a short message will need.
    void expect_to_claim() const noexcept { expect_to_claim(cursor_.load(std::memory_order_relaxed)); }

    /// The same for the words behind that of `cell`: those of messages that come next, nearly always.
    void expect_words_behind(std::uint32_t cell) const noexcept {
        constexpr std::uint32_t words_in_line = cache_line / sizeof(std::uint64_t);
        prefetch_to_write(&words_[cell + words_in_line]); // never faults
    }

    /// For one who waits for a message: brings in these two, which it will write then, while the message is on the way from
    /// another core. Once; `first` and `second` are never read.
    static void expect_with_next_message(const void* first, const void* second) noexcept {
        with_next_message_[1] = first;
        with_next_message_[2] = second;
    }
    /// For a taker, while its message is on the way: brings in what it expected. And what follows is an answer, often: the
    /// word at which this thread's next claim begins, if it claims in the same queue as last, lies with the core that took
    /// the last message there. Once for each claim only: by then others may put there.
    static void expect_to_answer() noexcept {
        for (const void*& line : with_next_message_)
            if (const void* address = std::exchange(line, nullptr)) prefetch_to_write(address);
    }

    // For orders and sweeps.
    [[nodiscard]] cell_word word_at(std::uint32_t cell) const noexcept {
        // Acquire: pairs with the releases of those who let go of the message; what they wrote before is visible.
        return {words_[cell].load(std::memory_order_acquire)};
    }
    /// seq_cst; `expected` is what was found instead if it fails.
    [[nodiscard]] bool exchange(std::uint32_t cell, cell_word& expected, cell_word desired) noexcept {
        return words_[cell].compare_exchange_strong(
            expected.bits, desired.bits, std::memory_order_seq_cst, std::memory_order_relaxed);
    }
    void store(std::uint32_t cell, cell_word word) noexcept {
        words_[cell].store(word.bits, std::memory_order_seq_cst);
    }

    /// A message of somebody's, as a sweep found it.
    struct finding {
        std::uint32_t cell;
        cell_word word;
        bool named = false; // by the order
    };
    /// The messages whose owner is `owner`, in ascending order of cells.
    [[nodiscard]] std::vector<finding> owned_by(unsigned owner) const;

    // Notes. They are changed by compare-and-swap alone: who has lost the message meanwhile must not write into the note
    // of its next holder.
    [[nodiscard]] cell_note note_at(std::uint32_t cell) const noexcept {
        return {notes_[cell].load(std::memory_order_acquire)}; // pairs with the release below
    }
    bool change_note(std::uint32_t cell, cell_note seen, cell_note note) noexcept {
        return notes_[cell].compare_exchange_strong(
            seen.bits, note.bits, std::memory_order_acq_rel, std::memory_order_relaxed);
    }
    /// A copy of the bytes of the dead letter at `cell`, which has `word`; nothing if it is one no more.
    [[nodiscard]] std::optional<std::vector<std::byte>> copy_of_dead(std::uint32_t cell, cell_word word) const;

    struct counts {
        std::size_t free_cells, drafts, ready, leased, returned, dead; // leased: with a limit or without
    };
    [[nodiscard]] counts count_states() const noexcept; ///< exact while nobody works on the queue
    /// True if at some instant of the call no message was waiting, held or being put. Exact whoever works on the queue.
    [[nodiscard]] bool were_idle() const noexcept;

    /// Throws segment_error(segment_invalid) if a word is none that there can be.
    void check() const;

private:
    [[nodiscard]] bool is_free(std::uint32_t cell, cell_word word) const noexcept;
    void disown_bodies(std::uint32_t cell) noexcept;
    [[nodiscard]] bool
    claim_run(unsigned self, std::uint32_t first, std::uint32_t length, std::uint32_t& next, bool& gave_back) noexcept;
    void expect_to_claim(std::uint32_t cell) const noexcept;
    void let_go(const held_message& m) const noexcept;
    void claim_next_at(std::uint32_t cell) noexcept {
        cursor_.store(cell, std::memory_order_relaxed);
        with_next_message_[0] = &words_[cell];
    }
    [[nodiscard]] std::byte* payload_at(std::uint32_t cell) const noexcept {
        return memory_ + std::size_t{cell} * cell_bytes_ + sizeof(message_header);
    }

    std::atomic<std::uint64_t>* words_;
    // The generation in which a cell was claimed as the head of a run of several; 0 since it was claimed as one of its own.
    std::atomic<std::uint64_t>* origins_;
    std::atomic<std::uint64_t>* notes_;
    std::byte* memory_;
    // Copies of what never changes: shared memory is not trusted twice.
    std::uint32_t count_;
    std::uint32_t cell_bytes_;
    unsigned max_deliveries_; // 0: no limit
    // This process's hint, on a line of its own.
    alignas(cache_line) std::atomic<std::uint32_t> cursor_{0}; // where to look for free cells next
    // First the word there, of the queue in which this thread claimed last. Fetched and never read: the queue may be gone.
    static inline constinit thread_local std::array<const void*, 3> with_next_message_{};
};

} // namespace plait::ipc::detail
