// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Recovery of a FIFO from the death of one party. One sweeper at a time; it may die at any step, and the next one begins
// again: what is done already no longer looks like work.
#include "fifo.hpp"

#include <plait/runtime/detail/step.hpp>

#include <algorithm>
#include <vector>

namespace plait::ipc::detail {
namespace {

cells::finding* find(std::vector<cells::finding>& found, std::uint32_t cell) {
    auto at = std::lower_bound(
        found.begin(), found.end(), cell, [](const cells::finding& f, std::uint32_t c) { return f.cell < c; });
    return at != found.end() && at->cell == cell ? &*at : nullptr;
}

} // namespace

void fifo::sweep(unsigned dead) {
    PLAIT_STEP("queue.sweep.begin");
    auto found = cells_.owned_by(dead);
    PLAIT_STEP("queue.sweep.collected");
    if (found.empty()) return;

    for (std::uint64_t i = 0; i <= slot_mask_; ++i) {
        auto slot = slot_at(i);
        cells::finding* f = slot.is_empty() ? nullptr : find(found, slot.cell());
        if (!f) continue;
        f->named = true;
        if (f->word.state() != cell_word::leased) continue;
        // Before the word changes: a receiver that saw LEASED and was stopped must not clear the slot of the message
        // after it has come back.
        clear(i, slot);
        f->named = false;
        PLAIT_STEP("queue.sweep.cleared");
    }

    for (auto& f : found) {
        switch (f.word.state()) {
        case cell_word::ready:
            if (f.named) break; // committed: it stays where it is
            [[fallthrough]];
        case cell_word::draft: {
            // If it was committed and then taken before we came to its slot, the word is another now.
            auto seen = f.word;
            static_cast<void>(cells_.exchange(f.cell, seen, cell_word::of(seen.generation(), cell_word::free, 0)));
            PLAIT_STEP("queue.sweep.freed");
            break;
        }
        case cell_word::leased:
            f.word = cell_word::of(f.word.generation() + 1, cell_word::returned, dead, f.word.deliveries());
            cells_.store(f.cell, f.word);
            PLAIT_STEP("queue.sweep.returned");
            [[fallthrough]];
        case cell_word::returned:
            if (f.named || cells_.word_at(f.cell) != f.word) break; // in its slot, or taken from there meanwhile
            PLAIT_STEP("queue.sweep.requeue");
            requeue(f.cell);
            break;
        default: break;
        }
    }
    help_head();
    PLAIT_STEP("queue.sweep.done");
}

} // namespace plait::ipc::detail
