// Copyright 2026 the plait authors. Boost Software License 1.0
//
//    slots   [ … │ →4 │ →7 │ →2 │ empty │ … ]
//                 ▲ tail, moved once        every message has its own commit, as if it came alone
//
// Several messages at once. Each becomes true by itself, in its slot or in its word, so whoever is killed in the middle
// has put, or taken, the first of them. What a batch saves are the hints, which it moves once, and the waits for memory:
// the words and slots of many messages share cache lines, and the messages themselves come while those are worked on.
#include "fifo.hpp"
#include "prefetch.hpp"

#include <plait/runtime/detail/step.hpp>

#include <algorithm>

namespace plait::ipc::detail {

std::size_t fifo::room(std::size_t wanted) noexcept {
    auto tail = known_tail();
    if (has_room_at(tail + wanted - 1)) return wanted;
    auto limit = limit_.load(std::memory_order_relaxed);
    return limit > tail ? static_cast<std::size_t>(limit - tail) : 0;
}

std::size_t fifo::publish_many(unsigned self, std::span<held_message> messages) {
    for (auto& m : messages)
        cells_.make_ready(self, m);
    std::size_t count = 0;
    // As in commit(): every slot before `position` is filled, by us or by others.
    auto position = known_tail();
    walk on(*this);
    while (count < messages.size() && !on.leads_nowhere()) {
        auto seen = slot_at(position);
        auto lap = position >> lap_shift_;
        PLAIT_STEP("queue.commit_many.looked");
        if (seen == slot_word::empty(lap)) {
            if (!has_room_at(position)) break;
            if (!slots_[position & slot_mask_].compare_exchange_strong(
                    seen.bits, slot_word::full(lap, messages[count].cell).bits, std::memory_order_seq_cst,
                    std::memory_order_relaxed))
                continue;
            PLAIT_STEP("queue.commit_many.committed");
            ++count;
            ++position;
        } else if (seen.lap() < lap) {
            help_head(); // the ring went round onto slots of messages that are taken but not cleared
            on.stay();
        } else {
            on.go_on(position, known_tail());
        }
    }
    if (count == 0) on.must_lead_somewhere();
    seen_tail_.store(position, std::memory_order_release);
    tell(ends_->tail, position);
    PLAIT_STEP("queue.commit_many.advanced");
    return count;
}

std::size_t fifo::take_back_many(unsigned self, std::span<const held_message> messages) noexcept {
    // From the last one on: receivers come from the other side, so what they have got are the first ones.
    auto count = messages.size();
    while (count > 0 && take_back(self, messages[count - 1]))
        --count;
    return count;
}

std::size_t fifo::take_many(unsigned self, std::span<held_message> messages) {
    std::size_t count = 0;
    auto position = known_head();
    // The slots that are filled, all at once; those behind them are still being written by producers.
    auto filled = std::min(known_tail(), position + messages.size());
    for (auto ahead = position; ahead < filled; ahead += slots_in_line)
        prefetch_to_write(&slots_[ahead & slot_mask_]);
    walk on(*this);
    while (count < messages.size() && !on.leads_nowhere()) {
        auto seen = slot_at(position);
        auto lap = position >> lap_shift_;
        if (seen.lap() > lap) {
            on.go_on(position, known_head());
            continue;
        }
        if (seen.is_empty() || seen.lap() < lap) break;
        if (seen.cell() >= cells_.count()) [[unlikely]] { // not the work of this protocol
            clear(position, seen);
            continue;
        }
        if (position >= filled) { // it came just now: as in take()
            prefetch_to_write(&slots_[position & slot_mask_]);
            cells_.expect_to_take(seen.cell());
        }
        auto word = cells_.word_at(seen.cell());
        if (position + slots_in_line < filled) cells_.expect_words_behind(seen.cell());
        PLAIT_STEP("queue.take_many.looked");
        if (slot_at(position) != seen) continue; // the second look, as in take()
        if (word.can_be_taken()) {
            auto message = cells_.lease(self, seen.cell(), word);
            if (!message) continue;
            PLAIT_STEP("queue.take_many.taken");
            cells_.prefetch(seen.cell(), cells_.cell_bytes() - sizeof(message_header));
            messages[count++] = *message;
        }
        clear(position, seen);
        PLAIT_STEP("queue.take_many.cleared");
        ++position;
    }
    if (count == 0) on.must_lead_somewhere();
    seen_head_.store(position, std::memory_order_relaxed);
    tell(ends_->head, position);
    PLAIT_STEP("queue.take_many.advanced");
    for (auto& m : messages.first(count))
        m.data = cells_.payload_of(m.cell);
    return count;
}

} // namespace plait::ipc::detail
