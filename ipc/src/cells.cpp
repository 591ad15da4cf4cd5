// Copyright 2026 the plait authors. Boost Software License 1.0
#include "cells.hpp"
#include "prefetch.hpp"
#include "tsan.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <string>

namespace plait::ipc::detail {
namespace {

constexpr unsigned deliveries_limit = 255; // the count stays there
constexpr std::uint32_t claims_ahead = 8;  // that many claims later a cell has arrived from the core of who freed it

std::uint32_t cells_for(std::size_t payload, std::uint32_t cell_bytes) noexcept {
    std::size_t bytes = payload + sizeof(message_header);
    return bytes <= cell_bytes ? 1 : static_cast<std::uint32_t>((bytes + cell_bytes - 1) / cell_bytes);
}

template <class T>
T* at(std::byte* memory, std::size_t offset) noexcept {
    return std::launder(reinterpret_cast<T*>(memory + offset));
}

} // namespace

cells::cells(std::span<std::byte> queue, const queue_geometry& g, unsigned max_deliveries) noexcept
    : words_(at<std::atomic<std::uint64_t>>(queue.data(), g.words_offset())),
      origins_(at<std::atomic<std::uint64_t>>(queue.data(), g.origins_offset())),
      notes_(at<std::atomic<std::uint64_t>>(queue.data(), g.notes_offset())),
      memory_(queue.data() + g.memory_offset()),
      count_(g.cells),
      cell_bytes_(g.cell_bytes),
      max_deliveries_(max_deliveries) {}

std::size_t cells::largest_message() const noexcept {
    auto room = std::size_t{std::min(count_, run_limit)} * cell_bytes_ - sizeof(message_header);
    return std::min<std::size_t>(room, std::numeric_limits<decltype(message_header::size)>::max());
}

/// ThreadSanitizer is told that what the holder wrote comes before whoever has the cells next.
void cells::let_go(const held_message& m) const noexcept {
    tsan_let_go(memory_ + std::size_t{m.cell} * cell_bytes_, cells_for(m.data.size(), cell_bytes_), cell_bytes_);
}

// ---------------------------------------------------------------------------------------------------------- memory

bool cells::is_free(std::uint32_t cell, cell_word word) const noexcept {
    auto origin_at = [this](std::uint32_t head) { return origins_[head].load(std::memory_order_acquire); };
    return is_free_cell(
        cell, word, [this](std::uint32_t head) { return word_at(head); }, origin_at);
}

/// Before a message of one cell: the bodies of a longer one that began at `cell` are not its own, and free. The owner of
/// the head alone writes there, and nearly always there is nothing to write: the line stays with all who read it.
void cells::disown_bodies(std::uint32_t cell) noexcept {
    if (origins_[cell].load(std::memory_order_relaxed) != 0) [[unlikely]]
        origins_[cell].store(0, std::memory_order_release); // pairs with the acquire in is_free()
}

bool cells::claim_run(
    unsigned self, std::uint32_t first, std::uint32_t length, std::uint32_t& next, bool& gave_back) noexcept {
    auto head = word_at(first);
    std::uint64_t generation = head.generation();
    next = first + 1;
    if (!is_free(first, head)) return false;
    for (std::uint32_t i = 1; i < length; ++i) {
        auto word = word_at(first + i);
        next = first + i + 1;
        if (!is_free(first + i, word)) return false;
        generation = std::max(generation, word.generation());
    }
    ++generation;
    PLAIT_STEP("queue.claim.found");
    auto draft = cell_word::of(generation, cell_word::draft, self);
    next = first + 1;
    if (!words_[first].compare_exchange_strong(
            head.bits, draft.bits, std::memory_order_acq_rel, std::memory_order_relaxed))
        return false;
    PLAIT_STEP("queue.claim.head");
    if (length == 1) {
        disown_bodies(first);
    } else {
        origins_[first].store(generation, std::memory_order_release);
        for (std::uint32_t i = 1; i < length; ++i) {
            PLAIT_STEP("queue.claim.body");
            auto word = word_at(first + i);
            if (word.generation() < generation && is_free(first + i, word) &&
                words_[first + i].compare_exchange_strong(
                    word.bits, cell_word::body_of(generation, i).bits, std::memory_order_acq_rel,
                    std::memory_order_relaxed))
                continue;
            // Somebody was faster: the bodies taken so far are free again with their head. seq_cst: the caller tells those
            // who wait (step a in channel.hpp).
            store(first, cell_word::of(generation, cell_word::free, 0));
            gave_back = true;
            next = first + i + 1;
            return false;
        }
    }
    PLAIT_STEP("queue.claim.done");
    return true;
}

std::optional<held_message> cells::claim(unsigned self, std::size_t bytes, bool& gave_back) noexcept {
    auto message = reserve(self, bytes, gave_back);
    if (message) begin(*message);
    return message;
}

std::size_t cells::reserve_many(
    unsigned self, std::span<const std::size_t> sizes, std::span<held_message> messages, bool& gave_back) noexcept {
    std::size_t count = 0;
    // Nearly always a message takes one cell, and the next one is free. What is not so takes the long way.
    auto cell = cursor_.load(std::memory_order_relaxed);
    for (auto bytes : sizes) {
        bool taken = false;
        if (bytes + sizeof(message_header) <= cell_bytes_ && cell < count_) {
            auto word = word_at(cell);
            auto draft = cell_word::of(word.generation() + 1, cell_word::draft, self);
            taken = word.state() == cell_word::free &&
                    words_[cell].compare_exchange_strong(
                        word.bits, draft.bits, std::memory_order_acq_rel, std::memory_order_relaxed);
            PLAIT_STEP("queue.reserve_many.taken");
            if (taken) {
                disown_bodies(cell);
                messages[count] = {cell, draft, {payload_at(cell), bytes}};
            }
        }
        if (!taken) {
            cursor_.store(cell, std::memory_order_relaxed);
            auto message = reserve(self, bytes, gave_back);
            if (!message) return count;
            messages[count] = *message;
            cell = cursor_.load(std::memory_order_relaxed);
        } else {
            ++cell;
        }
        prefetch(messages[count].cell, bytes);
        ++count;
    }
    claim_next_at(cell);
    return count;
}

void cells::begin(const held_message& m) noexcept {
    auto bytes = m.data.size();
    auto length = cells_for(bytes, cell_bytes_);
    std::byte* memory = memory_ + std::size_t{m.cell} * cell_bytes_;
    tsan_taken(memory, length, cell_bytes_);
    new (memory) message_header{static_cast<std::uint32_t>(bytes), length, 0};
}

std::optional<held_message> cells::reserve(unsigned self, std::size_t bytes, bool& gave_back) noexcept {
    std::uint32_t length = cells_for(bytes, cell_bytes_);
    // A queue frees cells in the order in which it took them, so walking on finds the next run free nearly always.
    std::uint32_t start = cursor_.load(std::memory_order_relaxed);
    if (start >= count_) start = 0;
    bool wrapped = false;
    for (std::uint32_t first = start;;) {
        if (length > count_ - first) {
            if (wrapped) return std::nullopt;
            wrapped = true;
            first = 0;
        }
        if (wrapped && first >= start) return std::nullopt;
        std::uint32_t next = 0;
        if (claim_run(self, first, length, next, gave_back)) {
            claim_next_at(first + length);
            std::byte* memory = memory_ + std::size_t{first} * cell_bytes_;
            expect_to_claim(first + claims_ahead * length);
            return held_message{first, word_at(first), {memory + sizeof(message_header), bytes}};
        }
        first = next;
        if (first >= count_) {
            if (wrapped) return std::nullopt;
            wrapped = true;
            first = 0;
        }
    }
}

/// Brings in what the claim of `cell` and the writing of a message's beginning will need.
void cells::expect_to_claim(std::uint32_t cell) const noexcept {
    if (cell >= count_) cell -= count_;
    if (cell >= count_) return;
    prefetch_to_write(&words_[cell]);
    std::byte* memory = memory_ + std::size_t{cell} * cell_bytes_;
    prefetch_to_write(memory);
    prefetch_to_write(memory + cache_line);
}

void cells::abandon(const held_message& m) noexcept {
    PLAIT_STEP("queue.abandon");
    store(m.cell, cell_word::of(m.word.generation(), cell_word::free, 0));
}

// ----------------------------------------------------------------------------------------------------- the messages

void cells::make_ready(unsigned self, held_message& m) noexcept {
    let_go(m);
    m.word = cell_word::of(m.word.generation(), cell_word::ready, self);
    PLAIT_STEP("queue.publish.written");
    // Release: pairs with the acquire in word_at() of the taker, which then sees the payload.
    words_[m.cell].store(m.word.bits, std::memory_order_release);
    PLAIT_STEP("queue.publish.ready");
}

std::optional<held_message> cells::lease(unsigned self, std::uint32_t cell, cell_word seen) noexcept {
    auto deliveries = std::min(seen.deliveries() + 1, deliveries_limit);
    auto leased = cell_word::of(seen.generation(), cell_word::leased, self, deliveries);
    if (!exchange(cell, seen, leased)) return std::nullopt;
    tsan_taken(memory_ + std::size_t{cell} * cell_bytes_, 1, cell_bytes_);
    return held_message{cell, leased, {}};
}

bool cells::acknowledge(const held_message& m) noexcept {
    let_go(m);
    PLAIT_STEP("queue.ack.begin");
    auto seen = m.word;
    bool mine = exchange(m.cell, seen, cell_word::of(seen.generation(), cell_word::free, 0));
    PLAIT_STEP("queue.ack.done");
    return mine;
}

cell_word cells::ended(cell_word lease, unsigned self, dead_letter::reason why) const noexcept {
    bool dies = why >= dead_letter::reason::rejected || (max_deliveries_ != 0 && lease.deliveries() >= max_deliveries_);
    auto generation = lease.generation() + 1;
    return dies ? cell_word::of(generation, cell_word::dead, static_cast<unsigned>(why), lease.deliveries())
                : cell_word::of(generation, cell_word::returned, self, lease.deliveries());
}

std::optional<cell_word> cells::give_back(unsigned self, const held_message& m, dead_letter::reason why) noexcept {
    let_go(m);
    PLAIT_STEP("queue.return.begin");
    auto seen = m.word;
    auto back = ended(seen, self, why);
    bool mine = exchange(m.cell, seen, back);
    PLAIT_STEP("queue.return.returned");
    return mine ? std::optional(back) : std::nullopt;
}

// ---------------------------------------------------------------------------------------------------------- looking

std::vector<cells::finding> cells::owned_by(unsigned owner) const {
    std::vector<finding> found;
    for (std::uint32_t cell = 0; cell < count_; ++cell) {
        auto word = word_at(cell);
        if (word.has_owner() && word.owner() == owner) found.push_back({cell, word});
    }
    return found;
}

// The message may be taken away and its memory used again while it is read; the word tells, and the copy is thrown away.
// Whoever writes there then does not expect a reader: hence nothing but the words of the copy is looked at.
#ifdef __SANITIZE_THREAD__
__attribute__((no_sanitize("thread")))
#endif
std::optional<std::vector<std::byte>>
cells::copy_of_dead(std::uint32_t cell, cell_word word) const {
    auto payload = payload_of(cell);
    std::vector<std::byte> copy((payload.size() + 7) / 8 * 8);
    for (std::size_t i = 0; i < copy.size(); i += 8) {
        // Messages begin at multiples of 16, and have whole cells.
        std::uint64_t eight = __atomic_load_n(at<std::uint64_t>(payload.data(), i), __ATOMIC_RELAXED);
        std::memcpy(copy.data() + i, &eight, 8);
    }
    copy.resize(payload.size());
    // The reads above come before the look at the word.
    std::atomic_thread_fence(std::memory_order_acquire);
    if (word_at(cell) != word) return std::nullopt;
    return copy;
}

cells::counts cells::count_states() const noexcept {
    counts n{};
    for (std::uint32_t cell = 0; cell < count_; ++cell) {
        auto word = word_at(cell);
        n.free_cells += is_free(cell, word);
        n.drafts += word.state() == cell_word::draft;
        n.ready += word.state() == cell_word::ready;
        n.leased += word.is_lease();
        n.returned += word.state() == cell_word::returned;
        n.dead += word.state() == cell_word::dead;
    }
    return n;
}

void cells::check() const {
    for (std::uint32_t cell = 0; cell < count_; ++cell)
        if (word_at(cell).state() > cell_word::body)
            throw segment_error(
                errc::segment_invalid,
                "a queue is damaged: cell " + std::to_string(cell) + " is in no state that there is");
}

bool cells::were_idle() const noexcept {
    // A message that is put into a cell which was looked at already, while the one that it follows from is done before
    // we come to it, must not go unseen. So two looks have to agree: generations only grow, so if their sum is the same,
    // every cell had the same word all the time between the looks, and all of those words were free at once.
    for (std::uint64_t before = 0, looks = 0;; ++looks) {
        std::uint64_t generations = 0;
        for (std::uint32_t cell = 0; cell < count_; ++cell) {
            // seq_cst: of two who let go of the last two messages, and look then, one at least sees that both are gone
            cell_word word{words_[cell].load(std::memory_order_seq_cst)};
            if (word.state() >= cell_word::draft && word.state() <= cell_word::returned) return false;
            generations += word.generation();
        }
        if (looks > 0 && generations == before) return true;
        before = generations;
    }
}

} // namespace plait::ipc::detail
