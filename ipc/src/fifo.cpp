// Copyright 2026 the plait authors. Boost Software License 1.0
#include "fifo.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <bit>
#include <new>
#include <vector>

namespace plait::ipc::detail {
namespace {

#ifdef PLAIT_KILL_POINTS
constexpr std::uint32_t fewest_slots = 64; // a sweep looks at each, and is killed after each of its instructions
#else
constexpr std::uint32_t fewest_slots = 4096; // so that a lap takes long enough for 40 bits of laps to last
#endif
constexpr std::uint64_t takes_ahead = 4; // that many takes later a message has arrived from the core of its producer

[[noreturn]] void throw_damaged(const std::string& how) {
    throw segment_error(errc::segment_invalid, "a queue is damaged: " + how);
}

} // namespace

// -------------------------------------------------------------------------------------------------------- the check

std::optional<std::string> ring_check::problem_of(std::uint64_t tail_after) const {
    bool can_be = lap_of(tail_) <= lap_of(head_) + most_laps && lap_of(head_) <= lap_of(tail_after) + most_laps;
    if (can_be) return std::nullopt;
    return "its head is at position " + std::to_string(head_) + " and its tail at " + std::to_string(tail_after) +
           " of a ring of " + std::to_string(places_) + " slots";
}

std::optional<std::string> ring_check::problem_of(std::uint32_t place, slot_word slot, std::uint64_t tail_after) const {
    if (!slot.is_empty() && slot.cell() >= cells_)
        return "slot " + std::to_string(place) + " names cell " + std::to_string(slot.cell()) +
               ", of which there are " + std::to_string(cells_);
    if (slot.lap() + most_laps >= lap_of(head_) && slot.lap() <= lap_of(tail_after) + most_laps) return std::nullopt;
    return "slot " + std::to_string(place) + " is of lap " + std::to_string(slot.lap()) + ", and the ends are at " +
           std::to_string(lap_of(head_)) + " and " + std::to_string(lap_of(tail_after));
}

void fifo::check() const {
    // In the order that the check wants; seq_cst loads keep it.
    auto tail = ends_->tail.load(std::memory_order_seq_cst);
    auto head = ends_->head.load(std::memory_order_seq_cst);
    ring_check ring(tail, head, slot_mask_ + 1, cells_.count());
    std::vector<std::pair<std::uint32_t, slot_word>>
        doubtful; // judged by the first tail; the last one may be far ahead
    for (std::uint32_t i = 0; i <= slot_mask_; ++i)
        if (auto slot = slot_at(i); ring.problem_of(i, slot, tail)) doubtful.emplace_back(i, slot);
    auto tail_after = ends_->tail.load(std::memory_order_seq_cst);
    if (auto problem = ring.problem_of(tail_after)) throw_damaged(*problem);
    for (auto& [place, slot] : doubtful)
        if (auto problem = ring.problem_of(place, slot, tail_after)) throw_damaged(*problem);
}

void fifo::walk::must_lead_somewhere() const {
    if (leads_nowhere()) throw_damaged("its slots and its ends contradict each other");
}

std::uint32_t fifo::slots_for(std::uint32_t cells) noexcept {
    // Twice as many slots as cells: a message takes at least one cell, so that half the ring is always left to returns.
    return std::max(fewest_slots, std::bit_ceil(2 * cells));
}

std::size_t fifo::order_bytes(std::uint32_t slots) noexcept { return sizeof(fifo_ends) + slots * std::size_t{8}; }

fifo::fifo(std::span<std::byte> memory, const queue_geometry& g, std::uint64_t capacity, cells& messages) noexcept
    : cells_(messages),
      ends_(std::launder(reinterpret_cast<fifo_ends*>(memory.data()))),
      slots_(std::launder(reinterpret_cast<std::atomic<std::uint64_t>*>(memory.data() + sizeof(fifo_ends)))),
      slot_mask_(g.places - 1),
      lap_shift_(static_cast<unsigned>(std::countr_zero(g.places))),
      capacity_(capacity) {}

slot_word fifo::slot_at(std::uint64_t position) const noexcept {
    return {slots_[position & slot_mask_].load(std::memory_order_seq_cst)};
}

// ------------------------------------------------------------------------------------------------------------ ends

std::uint64_t fifo::known_head() const noexcept {
    return std::max(ends_->head.load(std::memory_order_seq_cst), seen_head_.load(std::memory_order_relaxed));
}

std::uint64_t fifo::known_tail() const noexcept {
    // Acquire: pairs with the releases in pass_tail(). Whoever finds our message finds those before it, too: otherwise a
    // receiver could see an empty slot in front of a message whose put has returned.
    return std::max(ends_->tail.load(std::memory_order_acquire), seen_tail_.load(std::memory_order_acquire));
}

/// Everything before `position` is done.
void fifo::pass_head(std::uint64_t position) noexcept {
    seen_head_.store(position, std::memory_order_relaxed);
    if (position % told_every == 0) tell(ends_->head, position);
}

/// Everything before `position` is filled.
void fifo::pass_tail(std::uint64_t position) noexcept {
    seen_tail_.store(position, std::memory_order_release);
    if (position % told_every == 0) tell(ends_->tail, position);
}

/// Moves `end` on to `position`, if it is not there yet.
void fifo::tell(std::atomic<std::uint64_t>& end, std::uint64_t position) noexcept {
    auto seen = end.load(std::memory_order_relaxed);
    while (seen < position &&
           !end.compare_exchange_weak(seen, position, std::memory_order_seq_cst, std::memory_order_relaxed)) {
    }
}

std::size_t fifo::size() const noexcept {
    // From where the ends are known to have been to where they are.
    auto head = known_head();
    for (walk on(*this); slot_at(head).lap() > head >> lap_shift_ && !on.leads_nowhere();)
        on.go_on(head, known_head());
    auto tail = std::max(known_tail(), head);
    while (tail - head <= slot_mask_ && is_filled(tail))
        ++tail;
    return tail - head;
}

bool fifo::is_filled(std::uint64_t position) const noexcept {
    auto seen = slot_at(position);
    return seen.lap() == position >> lap_shift_ && !seen.is_empty();
}

// ------------------------------------------------------------------------------------------------------------- put

bool fifo::has_room_at(std::uint64_t tail) noexcept {
    if (tail < limit_.load(std::memory_order_relaxed)) return true;
    // `head` never passes a message that waits, so this bound is exact and not a hint.
    auto limit = help_head() + capacity_;
    limit_.store(limit, std::memory_order_relaxed);
    return tail < limit;
}

bool fifo::has_capacity() noexcept { return has_room_at(known_tail()); }

message_order::commit_result fifo::commit(std::uint32_t cell, bool bounded) {
    walk on(*this);
    for (auto position = known_tail();; on.must_lead_somewhere()) {
        auto seen = slot_at(position);
        auto lap = position >> lap_shift_;
        PLAIT_STEP("queue.commit.looked");
        if (seen == slot_word::empty(lap)) {
            if (bounded && !has_room_at(position)) return commit_result::full;
            if (slots_[position & slot_mask_].compare_exchange_strong(
                    seen.bits, slot_word::full(lap, cell).bits, std::memory_order_seq_cst, std::memory_order_relaxed)) {
                PLAIT_STEP("queue.commit.committed");
                // The next line of slots, not this one: a receiver that spins looks there, and would take it away again.
                prefetch_to_write(&slots_[(position + slots_in_line) & slot_mask_]);
                pass_tail(position + 1);
                PLAIT_STEP("queue.commit.advanced");
                return commit_result::done;
            }
        } else if (seen.lap() < lap) {
            help_head(); // the ring went round onto slots of messages that are taken but not cleared
            on.stay();
        } else {
            on.go_on(position, known_tail());
        }
    }
}

message_order::commit_result fifo::publish(unsigned self, held_message& m, bool bounded) {
    cells_.make_ready(self, m);
    return commit(m.cell, bounded);
}

void fifo::requeue(std::uint32_t cell) noexcept {
    try {
        static_cast<void>(commit(cell, false));
    } catch (const segment_error&) { // the next one who puts or takes hears of it
    }
}

bool fifo::take_back(unsigned self, const held_message& m) noexcept {
    auto seen = m.word;
    auto leased = cell_word::of(seen.generation(), cell_word::leased, self);
    if (!cells_.exchange(m.cell, seen, leased)) return false;
    PLAIT_STEP("queue.take_back.taken");
    // As in a receive, the slot is cleared before the cells are let go; here it has to be looked for. An eviction may take
    // the message from us like any lease; then it is put after all, and its slot is another.
    for (std::uint64_t i = 0; i <= slot_mask_; ++i) {
        auto slot = slot_at(i);
        if (!slot.is_empty() && slot.cell() == m.cell && cells_.word_at(m.cell) == leased) clear(i, slot);
    }
    PLAIT_STEP("queue.take_back.cleared");
    bool freed = cells_.exchange(m.cell, leased, cell_word::of(leased.generation(), cell_word::free, 0));
    help_head();
    return freed;
}

// --------------------------------------------------------------------------------------------------------- receive

bool fifo::clear(std::uint64_t position, slot_word seen) noexcept {
    return slots_[position & slot_mask_].compare_exchange_strong(
        seen.bits, slot_word::empty(seen.lap() + 1).bits, std::memory_order_seq_cst, std::memory_order_relaxed);
}

void fifo::expect_to_take() const noexcept {
    auto position = known_head();
    auto seen = slot_at(position);
    if (seen.is_empty()) return;
    prefetch_to_write(&slots_[position & slot_mask_]);
    cells_.expect_to_take(seen.cell());
}

std::optional<held_message> fifo::take(unsigned self) {
    walk on(*this);
    for (auto position = known_head();;) {
        auto seen = slot_at(position);
        auto lap = position >> lap_shift_;
        if (seen.lap() > lap) [[unlikely]] {
            on.go_on(position, known_head());
            on.must_lead_somewhere();
            continue;
        }
        if (seen.is_empty() || seen.lap() < lap) return std::nullopt;
        if (seen.cell() >= cells_.count()) [[unlikely]] { // not the work of this protocol
            clear(position, seen);
            continue;
        }
        // All at once what will be written or read below: one after the other each would wait for the other core.
        prefetch_to_write(&slots_[position & slot_mask_]);
        cells_.expect_to_take(seen.cell());
        cells::expect_to_answer();
        auto word = cells_.word_at(seen.cell());
        PLAIT_STEP("queue.take.looked");
        // The second look: an unchanged slot was not cleared in between, so the word is that of its message.
        if (slot_at(position) != seen) continue;
        if (!word.can_be_taken()) {
            clear(position, seen);
            continue;
        }
        auto message = cells_.lease(self, seen.cell(), word);
        if (!message) continue;
        PLAIT_STEP("queue.take.taken");
        cells_.expect_to_take(slot_at(position + takes_ahead).cell());
        clear(position, seen);
        PLAIT_STEP("queue.take.cleared");
        pass_head(position + 1);
        PLAIT_STEP("queue.take.advanced");
        message->data = cells_.payload_of(seen.cell());
        return message;
    }
}

/// Clears the slots of the messages that are taken. Returns the position of the first one that waits.
std::uint64_t fifo::help_head() noexcept {
    walk on(*this);
    for (auto position = known_head();;) {
        auto seen = slot_at(position);
        auto lap = position >> lap_shift_;
        if (seen.lap() > lap) {
            if (on.leads_nowhere()) return position; // it is damaged: whoever takes hears of it
            on.go_on(position, known_head());
            continue;
        }
        bool waits = seen.is_empty() || seen.lap() < lap || seen.cell() >= cells_.count();
        if (!waits) {
            auto word = cells_.word_at(seen.cell());
            if (slot_at(position) != seen) continue;
            waits = word.can_be_taken();
        }
        if (waits) {
            pass_head(position);
            return position;
        }
        clear(position, seen);
    }
}

std::size_t fifo::messages_to_take() noexcept {
    auto position = help_head(); // past those that are taken already
    auto seen = slot_at(position);
    if (seen.lap() <= position >> lap_shift_ && seen.is_empty()) return 0;
    return std::max<std::size_t>(size(), 1);
}

} // namespace plait::ipc::detail
