// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "expiry.hpp"
#include "recovery.hpp"

#include <plait/runtime/detail/step.hpp>

#include <algorithm>

namespace plait::ipc::detail {
namespace {

std::uint32_t pid_of(attachment& in, unsigned participant) noexcept {
    // Relaxed: for people.
    return participant < in.participants().count()
               ? in.participants().slot(participant).pid.load(std::memory_order_relaxed)
               : 0;
}

enum class outcome { not_that_lease, returned, died };

/// Takes the lease `word` of the message at `cell`, which no place of the order names, from whoever holds it. `as`: whose
/// RETURNED it becomes.
outcome take_lease_away(
    shared_queue& queue, attachment& in, std::uint32_t cell, cell_word word, unsigned as, dead_letter::reason why) {
    cells& messages = queue.messages();
    auto note = messages.note_at(cell);
    auto holder = pid_of(in, word.owner());
    auto back = messages.ended(word, as, why);
    if (!messages.exchange(cell, word, back)) return outcome::not_that_lease;
    PLAIT_STEP("queue.end_lease.ended");
    if (back.state() == cell_word::dead) {
        messages.change_note(cell, note, cell_note::of(holder, back.generation()));
        PLAIT_STEP("queue.end_lease.noted");
        return outcome::died;
    }
    queue.order().requeue(cell);
    return outcome::returned;
}

/// When the lease `word` is over; never_ends if it has no limit.
lease_time limit_of(const cells& messages, std::uint32_t cell, cell_word word) noexcept {
    if (word.state() != cell_word::timed && word.state() != cell_word::extending) return never_ends;
    auto note = messages.note_at(cell);
    // Who is stopped while it extends its lease has that which it had, or already the longer one.
    bool is_its =
        note.is_of(word.generation()) || (word.state() == cell_word::extending && note.is_of(word.generation() - 1));
    return is_its ? note.value() : never_ends; // not its note: the word is another by now
}

} // namespace

void sweep_messages(shared_queue& queue, attachment& in, unsigned dead) {
    cells& messages = queue.messages();
    PLAIT_STEP("queue.sweep.begin");
    auto found = messages.owned_by(dead);
    PLAIT_STEP("queue.sweep.collected");
    if (found.empty()) return;
    queue.order().reconcile(found);
    for (auto& f : found) {
        switch (f.word.state()) {
        case cell_word::ready:
            if (f.named) break; // committed: it stays where it is
            [[fallthrough]];
        case cell_word::draft: {
            // If it was committed and then taken before the order was asked, the word is another now.
            auto seen = f.word;
            static_cast<void>(messages.exchange(f.cell, seen, cell_word::of(seen.generation(), cell_word::free, 0)));
            PLAIT_STEP("queue.sweep.freed");
            break;
        }
        case cell_word::returned:
            if (f.named || messages.word_at(f.cell) != f.word) break; // waits, or was taken meanwhile
            PLAIT_STEP("queue.sweep.requeue");
            queue.order().requeue(f.cell);
            break;
        default: static_cast<void>(take_lease_away(queue, in, f.cell, f.word, dead, dead_letter::reason::holder_died));
        }
    }
    PLAIT_STEP("queue.sweep.done");
}

std::size_t expire_leases(shared_queue& queue, attachment& in) {
    unsigned self = in.self_or_none();
    expiry_schedule schedule(queue.header().next_look);
    if (self == no_participant || !schedule.is_due()) return 0;
    auto now = lease_time_now();
    auto look = schedule.claim_look(now);
    if (look == 0) return 0;
    PLAIT_STEP("queue.expire.claimed");
    cells& messages = queue.messages();
    std::size_t returned = 0;
    auto earliest = never_ends;
    for (std::uint32_t cell = 0; cell < messages.count(); ++cell) {
        auto word = messages.word_at(cell);
        auto limit = limit_of(messages, cell, word);
        if (limit > now) {
            earliest = std::min(earliest, limit);
            continue;
        }
        PLAIT_STEP("queue.expire.found");
        returned += take_lease_away(queue, in, cell, word, self, dead_letter::reason::expired) == outcome::returned;
    }
    schedule.end_look(look, now, earliest);
    PLAIT_STEP("queue.expire.done");
    return returned;
}

std::size_t evict_leases(shared_queue& queue, attachment& in, unsigned participant) {
    cells& messages = queue.messages();
    auto found = messages.owned_by(participant);
    std::erase_if(found, [](const cells::finding& f) { return !f.word.is_lease(); });
    PLAIT_STEP("queue.evict.collected");
    if (found.empty()) return 0;
    queue.order().reconcile(found);
    std::size_t evicted = 0;
    for (auto& f : found)
        // The holder may write down or extend the limit of the very lease meanwhile; a lease without limit is another
        // one, which a place of the order may still name.
        for (auto word = f.word; word.is_lease() && word.owner() == participant;) {
            if (take_lease_away(queue, in, f.cell, word, in.self(), dead_letter::reason::evicted) !=
                outcome::not_that_lease) {
                ++evicted;
                break;
            }
            word = messages.word_at(f.cell);
            if (word.state() == cell_word::leased) break;
        }
    PLAIT_STEP("queue.evict.done");
    return evicted;
}

} // namespace plait::ipc::detail
