// Copyright 2026 the plait authors. Boost Software License 1.0
#include "recovery.hpp"

#include <plait/runtime/detail/step.hpp>

namespace plait::ipc::detail {

void sweep_messages(shared_queue& queue, unsigned dead) {
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
        case cell_word::leased: {
            auto back = cell_word::of(f.word.generation() + 1, cell_word::returned, dead, f.word.deliveries());
            if (!messages.exchange(f.cell, f.word, back)) break;
            f.word = back;
            PLAIT_STEP("queue.sweep.returned");
            [[fallthrough]];
        }
        case cell_word::returned:
            if (f.named || messages.word_at(f.cell) != f.word) break; // waits, or was taken meanwhile
            PLAIT_STEP("queue.sweep.requeue");
            queue.order().requeue(f.cell);
            break;
        default: break;
        }
    }
    PLAIT_STEP("queue.sweep.done");
}

} // namespace plait::ipc::detail
