// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What a FIFO knows of messages that are to come back: which of them its slots name.
#include "fifo.hpp"

#include <plait/runtime/detail/step.hpp>

#include <algorithm>

namespace plait::ipc::detail {
namespace {

cells::finding* find(std::span<cells::finding> found, std::uint32_t cell) {
    auto at = std::ranges::lower_bound(found, cell, {}, &cells::finding::cell);
    return at != found.end() && at->cell == cell ? &*at : nullptr;
}

} // namespace

void fifo::reconcile(std::span<cells::finding> found) noexcept {
    for (std::uint64_t i = 0; i <= slot_mask_; ++i) {
        auto slot = slot_at(i);
        cells::finding* f = slot.is_empty() ? nullptr : find(found, slot.cell());
        if (!f) continue;
        if (f->word.state() != cell_word::leased) {
            f->named = true;
            continue;
        }
        // Before the word changes: a receiver that saw LEASED and was stopped must not clear the slot of the message
        // after it has come back. But if the word is another already, the slot may be that of the message after it has
        // come back, or of the next message in the same cells.
        if (cells_.word_at(f->cell) != f->word) continue;
        PLAIT_STEP("queue.reconcile.looked");
        clear(i, slot);
        PLAIT_STEP("queue.reconcile.cleared");
    }
    help_head();
}

} // namespace plait::ipc::detail
