// Copyright 2026 the plait authors. Boost Software License 1.0
#include "fifo.hpp"
#include "tsan.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <bit>
#include <new>

namespace plait::ipc::detail {
namespace {

constexpr unsigned deliveries_limit = 255; // the count stays there

std::uint32_t cells_for(std::size_t payload, std::uint32_t cell_bytes) noexcept {
    std::size_t bytes = payload + sizeof(message_header);
    return bytes <= cell_bytes ? 1 : static_cast<std::uint32_t>((bytes + cell_bytes - 1) / cell_bytes);
}

template <class T>
T* at(std::byte* memory, std::size_t offset) noexcept {
    return std::launder(reinterpret_cast<T*>(memory + offset));
}

} // namespace

fifo_geometry fifo_geometry::for_room(std::size_t bytes, std::size_t cell_bytes) noexcept {
    auto cells = static_cast<std::uint32_t>((bytes + cell_bytes - 1) / cell_bytes);
    // Twice as many slots as cells: a message takes at least one cell, so that half the ring is always left to returns.
    return {cells, static_cast<std::uint32_t>(cell_bytes), std::max(fifo_slots_minimum, std::bit_ceil(2 * cells))};
}

void fifo::format(
    std::span<std::byte> memory, const fifo_geometry& g, std::uint64_t capacity, unsigned max_deliveries) noexcept {
    auto* header = new (memory.data()) fifo_header{};
    header->cells = g.cells;
    header->cell_bytes = g.cell_bytes;
    header->slots = g.slots;
    header->capacity = capacity;
    header->max_deliveries = max_deliveries;
    // Zeroed words mean: every cell FREE in generation 0, every slot EMPTY in lap 0.
}

fifo::fifo(std::span<std::byte> memory) {
    auto refuse = [](const char* why) {
        throw segment_error(errc::segment_invalid, std::string("the memory of a queue is damaged: ") + why);
    };
    if (memory.size() < sizeof(fifo_header)) refuse("it is too small");
    header_ = at<fifo_header>(memory.data(), 0);
    fifo_geometry g{header_->cells, header_->cell_bytes, header_->slots};
    if (g.cells < 1 || g.cells > fifo_cells_limit) refuse("number of cells");
    if (g.cell_bytes < 2 * sizeof(message_header) || g.cell_bytes % alignof(message_header) != 0)
        refuse("size of a cell");
    if (!std::has_single_bit(g.slots) || g.slots < fifo_slots_minimum || g.slots / 2 < g.cells)
        refuse("number of slots");
    if (g.bytes() > memory.size()) refuse("its parts do not fit into it");
    words_ = at<std::atomic<std::uint64_t>>(memory.data(), g.words_offset());
    origins_ = at<std::atomic<std::uint64_t>>(memory.data(), g.origins_offset());
    slots_ = at<std::atomic<std::uint64_t>>(memory.data(), g.slots_offset());
    memory_ = memory.data() + g.memory_offset();
    cells_ = g.cells;
    cell_bytes_ = g.cell_bytes;
    slot_mask_ = g.slots - 1;
    lap_shift_ = static_cast<unsigned>(std::countr_zero(g.slots));
    capacity_ = header_->capacity;
}

std::size_t fifo::largest_message() const noexcept {
    return std::size_t{std::min(cells_, fifo_run_limit)} * cell_bytes_ - sizeof(message_header);
}

std::size_t fifo::size() const noexcept {
    auto head = header_->head.load(std::memory_order_relaxed);
    auto tail = header_->tail.load(std::memory_order_relaxed);
    return tail > head ? tail - head : 0;
}

slot_word fifo::slot_at(std::uint64_t position) const noexcept {
    return {slots_[position & slot_mask_].load(std::memory_order_seq_cst)};
}

cell_word fifo::word_at(std::uint32_t cell) const noexcept {
    // Acquire: pairs with the releases in publish(), acknowledge() and the sweep; what they wrote before is visible.
    return {words_[cell].load(std::memory_order_acquire)};
}

// ---------------------------------------------------------------------------------------------------------- memory

bool fifo::is_free(std::uint32_t cell, cell_word word) const noexcept {
    if (word.state() == cell_word::free) return true;
    if (word.state() != cell_word::body || word.distance() > cell) return false;
    // It belongs to the message that was claimed at its head in that generation, if that is still there. The order
    // matters: once the origin is another, the message is gone for good; while it is the same, the head's word tells.
    std::uint32_t head = cell - word.distance();
    if (origins_[head].load(std::memory_order_acquire) != word.generation()) return true;
    auto state = word_at(head).state();
    return state == cell_word::free || state == cell_word::body;
}

bool fifo::claim_run(unsigned self, std::uint32_t first, std::uint32_t length, std::uint32_t& next) noexcept {
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
    if (length > 1) {
        origins_[first].store(generation, std::memory_order_release);
        for (std::uint32_t i = 1; i < length; ++i) {
            PLAIT_STEP("queue.claim.body");
            auto word = word_at(first + i);
            if (word.generation() < generation && is_free(first + i, word) &&
                words_[first + i].compare_exchange_strong(
                    word.bits, cell_word::body_of(generation, i).bits, std::memory_order_acq_rel,
                    std::memory_order_relaxed))
                continue;
            // Somebody was faster: the bodies taken so far are free again with their head.
            words_[first].store(cell_word::of(generation, cell_word::free, 0).bits, std::memory_order_release);
            next = first + i + 1;
            return false;
        }
    }
    PLAIT_STEP("queue.claim.done");
    return true;
}

std::optional<held_message> fifo::claim(unsigned self, std::size_t bytes) noexcept {
    std::uint32_t length = cells_for(bytes, cell_bytes_);
    // A queue frees cells in the order in which it took them, so walking on finds the next run free nearly always.
    std::uint32_t start = cursor_.load(std::memory_order_relaxed);
    if (start >= cells_) start = 0;
    bool wrapped = false;
    for (std::uint32_t first = start;;) {
        if (length > cells_ - first) {
            if (wrapped) return std::nullopt;
            wrapped = true;
            first = 0;
        }
        if (wrapped && first >= start) return std::nullopt;
        std::uint32_t next = 0;
        if (claim_run(self, first, length, next)) {
            cursor_.store(first + length, std::memory_order_relaxed);
            std::byte* memory = memory_ + std::size_t{first} * cell_bytes_;
            tsan_taken(memory, length, cell_bytes_);
            new (memory) message_header{static_cast<std::uint32_t>(bytes), length, 0};
            return held_message{first, word_at(first), {memory + sizeof(message_header), bytes}};
        }
        first = next;
        if (first >= cells_) {
            if (wrapped) return std::nullopt;
            wrapped = true;
            first = 0;
        }
    }
}

void fifo::abandon(const held_message& m) noexcept {
    PLAIT_STEP("queue.abandon");
    words_[m.cell].store(cell_word::of(m.word.generation(), cell_word::free, 0).bits, std::memory_order_seq_cst);
}

// ------------------------------------------------------------------------------------------------------------- put

bool fifo::has_capacity() noexcept {
    auto tail = header_->tail.load(std::memory_order_relaxed);
    if (tail < seen_head_.load(std::memory_order_relaxed) + capacity_) return true;
    help_head();
    auto head = header_->head.load(std::memory_order_seq_cst);
    seen_head_.store(head, std::memory_order_relaxed);
    return tail < head + capacity_;
}

fifo::commit_result fifo::commit(std::uint32_t cell, bool bounded) noexcept {
    for (;;) {
        // Acquire: pairs with the releases below. Whoever finds our message finds those before it, too: otherwise a
        // receiver could see an empty slot in front of a message whose put has returned.
        auto position = header_->tail.load(std::memory_order_acquire);
        auto seen = slot_at(position);
        auto lap = position >> lap_shift_;
        PLAIT_STEP("queue.commit.looked");
        if (seen == slot_word::empty(lap)) {
            if (bounded && position >= seen_head_.load(std::memory_order_relaxed) + capacity_) {
                // `head` never passes a message that waits, so this bound is exact and not a hint.
                help_head();
                auto head = header_->head.load(std::memory_order_seq_cst);
                seen_head_.store(head, std::memory_order_relaxed);
                if (position >= head + capacity_) return commit_result::full;
            }
            if (slots_[position & slot_mask_].compare_exchange_strong(
                    seen.bits, slot_word::full(lap, cell).bits, std::memory_order_seq_cst, std::memory_order_relaxed)) {
                PLAIT_STEP("queue.commit.committed");
                header_->tail.compare_exchange_strong(
                    position, position + 1, std::memory_order_release, std::memory_order_relaxed);
                PLAIT_STEP("queue.commit.advanced");
                return commit_result::done;
            }
        } else if (seen.lap() < lap) {
            help_head(); // the ring went round onto slots of messages that are taken but not cleared
        } else {
            header_->tail.compare_exchange_strong(
                position, position + 1, std::memory_order_release, std::memory_order_relaxed);
        }
    }
}

fifo::commit_result fifo::publish(unsigned self, held_message& m, bool bounded) noexcept {
    tsan_let_go(memory_ + std::size_t{m.cell} * cell_bytes_, cells_for(m.data.size(), cell_bytes_), cell_bytes_);
    auto ready = cell_word::of(m.word.generation(), cell_word::ready, self);
    PLAIT_STEP("queue.publish.written");
    // Release: pairs with the acquire in word_at() of the taker, which then sees the payload.
    words_[m.cell].store(ready.bits, std::memory_order_release);
    PLAIT_STEP("queue.publish.ready");
    auto result = commit(m.cell, bounded);
    if (result == commit_result::done) m.word = ready;
    return result;
}

bool fifo::take_back(unsigned self, const held_message& m) noexcept {
    auto seen = m.word;
    auto leased = cell_word::of(seen.generation(), cell_word::leased, self);
    if (!words_[m.cell].compare_exchange_strong(seen.bits, leased.bits, std::memory_order_seq_cst)) return false;
    PLAIT_STEP("queue.take_back.taken");
    // As in a receive, the slot is cleared before the cells are let go; here it has to be looked for.
    for (std::uint64_t i = 0; i <= slot_mask_; ++i) {
        auto slot = slot_at(i);
        if (!slot.is_empty() && slot.cell() == m.cell) clear(i, slot);
    }
    PLAIT_STEP("queue.take_back.cleared");
    words_[m.cell].store(cell_word::of(seen.generation(), cell_word::free, 0).bits, std::memory_order_seq_cst);
    help_head();
    return true;
}

// --------------------------------------------------------------------------------------------------------- receive

bool fifo::clear(std::uint64_t position, slot_word seen) noexcept {
    return slots_[position & slot_mask_].compare_exchange_strong(
        seen.bits, slot_word::empty(seen.lap() + 1).bits, std::memory_order_seq_cst, std::memory_order_relaxed);
}

void fifo::advance_head(std::uint64_t from) noexcept {
    header_->head.compare_exchange_strong(from, from + 1, std::memory_order_seq_cst, std::memory_order_relaxed);
}

std::optional<held_message> fifo::take(unsigned self) noexcept {
    for (;;) {
        auto position = header_->head.load(std::memory_order_seq_cst);
        auto seen = slot_at(position);
        auto lap = position >> lap_shift_;
        if (seen.lap() > lap) {
            advance_head(position);
            continue;
        }
        if (seen.is_empty() || seen.lap() < lap) return std::nullopt;
        if (seen.cell() >= cells_) [[unlikely]] { // not the work of this protocol
            clear(position, seen);
            continue;
        }
        auto word = word_at(seen.cell());
        PLAIT_STEP("queue.take.looked");
        // The second look: an unchanged slot was not cleared in between, so the word is that of its message.
        if (slot_at(position) != seen) continue;
        if (!word.can_be_taken()) {
            clear(position, seen);
            advance_head(position);
            continue;
        }
        auto deliveries = std::min(word.deliveries() + 1, deliveries_limit);
        auto leased = cell_word::of(word.generation(), cell_word::leased, self, deliveries);
        if (!words_[seen.cell()].compare_exchange_strong(
                word.bits, leased.bits, std::memory_order_seq_cst, std::memory_order_relaxed))
            continue;
        PLAIT_STEP("queue.take.taken");
        clear(position, seen);
        PLAIT_STEP("queue.take.cleared");
        advance_head(position);
        PLAIT_STEP("queue.take.advanced");
        tsan_taken(memory_ + std::size_t{seen.cell()} * cell_bytes_, 1, cell_bytes_);
        return held_message{seen.cell(), leased, payload_of(seen.cell())};
    }
}

std::span<std::byte> fifo::payload_of(std::uint32_t cell) const noexcept {
    std::byte* memory = memory_ + std::size_t{cell} * cell_bytes_;
    message_header header = *at<message_header>(memory, 0);
    if (header.cells < 1 || header.cells > cells_ - cell ||
        sizeof(message_header) + header.size > std::size_t{header.cells} * cell_bytes_)
        return {};
    return {memory + sizeof(message_header), header.size};
}

void fifo::help_head() noexcept {
    for (;;) {
        auto position = header_->head.load(std::memory_order_seq_cst);
        auto seen = slot_at(position);
        auto lap = position >> lap_shift_;
        if (seen.lap() > lap) {
            advance_head(position);
            continue;
        }
        if (seen.is_empty() || seen.lap() < lap || seen.cell() >= cells_) return;
        auto word = word_at(seen.cell());
        if (slot_at(position) != seen) continue;
        if (word.can_be_taken()) return;
        clear(position, seen);
        advance_head(position);
    }
}

std::size_t fifo::messages_to_take() noexcept {
    help_head(); // past those that are taken already
    auto position = header_->head.load(std::memory_order_seq_cst);
    auto seen = slot_at(position);
    if (seen.lap() <= position >> lap_shift_ && seen.is_empty()) return 0;
    return std::max<std::size_t>(size(), 1);
}

bool fifo::acknowledge(const held_message& m) noexcept {
    tsan_let_go(memory_ + std::size_t{m.cell} * cell_bytes_, cells_for(m.data.size(), cell_bytes_), cell_bytes_);
    PLAIT_STEP("queue.ack.begin");
    auto seen = m.word;
    bool mine = words_[m.cell].compare_exchange_strong(
        seen.bits, cell_word::of(seen.generation(), cell_word::free, 0).bits, std::memory_order_seq_cst,
        std::memory_order_relaxed);
    PLAIT_STEP("queue.ack.done");
    return mine;
}

bool fifo::give_back(unsigned self, const held_message& m) noexcept {
    tsan_let_go(memory_ + std::size_t{m.cell} * cell_bytes_, cells_for(m.data.size(), cell_bytes_), cell_bytes_);
    PLAIT_STEP("queue.return.begin");
    auto seen = m.word;
    auto returned = cell_word::of(seen.generation() + 1, cell_word::returned, self, seen.deliveries());
    if (!words_[m.cell].compare_exchange_strong(
            seen.bits, returned.bits, std::memory_order_seq_cst, std::memory_order_relaxed))
        return false;
    PLAIT_STEP("queue.return.returned");
    static_cast<void>(commit(m.cell, false));
    return true;
}

} // namespace plait::ipc::detail
