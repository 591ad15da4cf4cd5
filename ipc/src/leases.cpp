// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Leases after they are taken: limits, and their ends. What ends a lease against its holder's will is recovery.cpp's.
#include "expiry.hpp"
#include "queue_core.hpp"
#include "recovery.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <string>

#include <unistd.h>

namespace plait::ipc {

lease_for::lease_for(duration d) : length_(d) {
    if (d <= duration::zero())
        throw error(
            errc::invalid_argument,
            "lease_for: the limit is " + std::to_string(d.count()) + " ns; it must be positive");
}

namespace detail {

// ---------------------------------------------------------------------------------------------------------- limits

/// Writes the note about the message at `cell`, which the caller holds by `word`. False if it does not any more.
bool queue_core::note(std::uint32_t cell, cell_word word, cell_note note) noexcept {
    cells& messages = shared_.messages();
    for (;;) {
        auto seen = messages.note_at(cell);
        // In this order: who holds the message after us, and writes a note of its own, makes our exchange fail.
        if (messages.word_at(cell) != word) return false;
        if (messages.change_note(cell, seen, note)) return true;
    }
}

bool queue_core::set_limit(held_message& m, lease_for limit) noexcept {
    auto end = lease_time_after(limit.length());
    auto w = m.word;
    if (!note(m.cell, w, cell_note::of(end, w.generation()))) return false;
    PLAIT_STEP("queue.limit.noted");
    auto timed = cell_word::of(w.generation(), cell_word::timed, w.owner(), w.deliveries());
    if (!shared_.messages().exchange(m.cell, w, timed)) return false;
    PLAIT_STEP("queue.limit.timed");
    m.word = timed;
    expiry_schedule(shared_.header().next_look).announce(end);
    PLAIT_STEP("queue.limit.announced");
    return true;
}

std::uint64_t queue_core::extend(std::uint32_t cell, std::uint64_t word, lease_for limit) {
    static_cast<void>(attachment_->self());
    cells& messages = shared_.messages();
    cell_word held{word};
    if (held.state() == cell_word::leased) {
        if (messages.word_at(cell) != held) throw lease_lost("lease.extend");
        return word;
    }
    auto generation = held.generation() + 1;
    auto extending = cell_word::of(generation, cell_word::extending, held.owner(), held.deliveries());
    PLAIT_STEP("queue.extend.begin");
    // A new generation: who has read the old limit can no longer win with it.
    if (!messages.exchange(cell, held, extending)) throw lease_lost("lease.extend");
    PLAIT_STEP("queue.extend.extending");
    auto end = lease_time_after(limit.length());
    if (!note(cell, extending, cell_note::of(end, generation))) throw lease_lost("lease.extend");
    PLAIT_STEP("queue.extend.noted");
    auto timed = cell_word::of(generation, cell_word::timed, held.owner(), held.deliveries());
    if (!messages.exchange(cell, extending, timed)) throw lease_lost("lease.extend");
    PLAIT_STEP("queue.extend.timed");
    expiry_schedule(shared_.header().next_look).announce(end);
    return timed.bits;
}

bool queue_core::collect_expired() {
    auto returned = expire_leases(shared_, *attachment_);
    for (std::size_t i = 1; i < returned; ++i) // the caller takes one itself
        not_empty_.on.notify();
    notify_if_idle(); // some may be dead letters now
    return returned > 0;
}

// ------------------------------------------------------------------------------------------------------------ ends

bool queue_core::end_lease(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data, dead_letter::reason why) {
    unsigned self = attachment_->self();
    cells& messages = shared_.messages();
    auto seen = messages.note_at(cell);
    auto back = messages.give_back(self, {cell, {word}, data}, why);
    if (!back) return false;
    if (back->state() == cell_word::dead) {
        static_cast<void>(messages.change_note(
            cell, seen, cell_note::of(static_cast<std::uint64_t>(::getpid()), back->generation())));
        PLAIT_STEP("queue.reject.noted");
        notify_if_idle();
        return true;
    }
    shared_.order().requeue(cell);
    not_empty_.on.notify();
    PLAIT_STEP("queue.return.notified");
    if (shared_.drop_if_dropping(self)) after_release();
    return true;
}

void queue_core::give_back(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data) {
    if (!end_lease(cell, word, data, dead_letter::reason::released)) throw lease_lost("lease.release");
}

void queue_core::reject(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data, dead_letter::reason why) {
    if (why != dead_letter::reason::rejected && why != dead_letter::reason::malformed)
        throw error(errc::invalid_argument, "lease.reject: the reason must be rejected or malformed");
    if (!end_lease(cell, word, data, why)) throw lease_lost("lease.reject");
}

std::size_t queue_core::evict(unsigned participant) {
    static_cast<void>(attachment_->self());
    if (participant >= attachment_->participants().count())
        throw error(
            errc::invalid_argument, "queue.evict: participant " + std::to_string(participant) + "; the segment has " +
                                        std::to_string(attachment_->participants().count()));
    auto evicted = evict_leases(shared_, *attachment_, participant);
    if (evicted > 0) not_empty_.on.notify_all();
    if (shared_.drop_if_dropping(attachment_->self())) after_release();
    notify_if_idle();
    return evicted;
}

} // namespace detail
} // namespace plait::ipc
