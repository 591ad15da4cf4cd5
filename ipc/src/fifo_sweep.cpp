// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Recovery of a queue from the death of one party. One sweeper at a time; it may die at any step, and the next one
// begins again: what is done already no longer looks like work.
#include "fifo.hpp"

#include <plait/runtime/detail/step.hpp>

#include <algorithm>
#include <vector>

namespace plait::ipc::detail {
namespace {

struct finding {
    std::uint32_t cell;
    cell_word word;
    bool named = false; // by a slot
};

finding* find(std::vector<finding>& found, std::uint32_t cell) {
    auto at = std::lower_bound(
        found.begin(), found.end(), cell, [](const finding& f, std::uint32_t c) { return f.cell < c; });
    return at != found.end() && at->cell == cell ? &*at : nullptr;
}

} // namespace

void fifo::sweep(unsigned dead) {
    PLAIT_STEP("queue.sweep.begin");
    std::vector<finding> found; // in ascending order of cells
    for (std::uint32_t cell = 0; cell < cells_; ++cell) {
        auto word = word_at(cell);
        if (word.state() >= cell_word::draft && word.state() <= cell_word::returned && word.owner() == dead)
            found.push_back({cell, word});
    }
    PLAIT_STEP("queue.sweep.collected");
    if (found.empty()) return;

    for (std::uint64_t i = 0; i <= slot_mask_; ++i) {
        auto slot = slot_at(i);
        finding* f = slot.is_empty() ? nullptr : find(found, slot.cell());
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
            words_[f.cell].compare_exchange_strong(
                seen.bits, cell_word::of(seen.generation(), cell_word::free, 0).bits, std::memory_order_seq_cst);
            PLAIT_STEP("queue.sweep.freed");
            break;
        }
        case cell_word::leased:
            f.word = cell_word::of(f.word.generation() + 1, cell_word::returned, dead, f.word.deliveries());
            words_[f.cell].store(f.word.bits, std::memory_order_seq_cst);
            PLAIT_STEP("queue.sweep.returned");
            [[fallthrough]];
        case cell_word::returned:
            if (f.named || word_at(f.cell) != f.word) break; // in its slot, or taken from there meanwhile
            PLAIT_STEP("queue.sweep.requeue");
            static_cast<void>(commit(f.cell, false));
            break;
        default: break;
        }
    }
    help_head();
    PLAIT_STEP("queue.sweep.done");
}

fifo::counts fifo::count() const noexcept {
    counts n{};
    for (std::uint32_t cell = 0; cell < cells_; ++cell) {
        auto word = word_at(cell);
        n.free_cells += is_free(cell, word);
        n.drafts += word.state() == cell_word::draft;
        n.ready += word.state() == cell_word::ready;
        n.leased += word.state() == cell_word::leased;
        n.returned += word.state() == cell_word::returned;
    }
    return n;
}

} // namespace plait::ipc::detail
