// Copyright 2026 the plait authors. Boost Software License 1.0
#include "participants.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <unistd.h>

namespace plait::ipc::detail {

unsigned participant_table::claim() {
    for (unsigned i = 0; i < count_; ++i) {
        auto word = slots_[i].word.load(std::memory_order_relaxed);
        if ((word & 3) != participant_slot::free) continue;
        if (!liveness_.lock(i)) continue;
        PLAIT_STEP("participant.claim.locked");
        // Acquire: pairs with the release in bury() and leave(), so that we see the segment without the former holder.
        word = slots_[i].word.load(std::memory_order_acquire);
        std::uint64_t mine = (((word >> 2) + 1) << 2) | participant_slot::taken;
        if ((word & 3) == participant_slot::free &&
            slots_[i].word.compare_exchange_strong(word, mine, std::memory_order_acq_rel, std::memory_order_relaxed)) {
            PLAIT_STEP("participant.claim.taken");
            slots_[i].rung.store(0, std::memory_order_relaxed);
            slots_[i].doorbell.store(0, std::memory_order_relaxed);
            slots_[i].pid.store(static_cast<std::uint32_t>(::getpid()), std::memory_order_release);
            return i;
        }
        liveness_.unlock(i); // its former holder died and is not swept yet
    }
    throw segment_error(
        errc::too_many_participants, "segment: all " + std::to_string(count_) + " participant slots are taken");
}

void participant_table::leave(unsigned index) noexcept {
    bury(index);
    PLAIT_STEP("participant.leave.freed");
    liveness_.unlock(index);
}

void participant_table::bury(unsigned index) noexcept {
    auto word = slots_[index].word.load(std::memory_order_relaxed);
    // Release: whoever claims the index sees everything that was done for its former holder.
    slots_[index].word.store((word & ~std::uint64_t{3}) | participant_slot::free, std::memory_order_release);
}

void participant_table::forget_everybody() noexcept {
    for (unsigned i = 0; i < count_; ++i) {
        bury(i);
        slots_[i].pid.store(0, std::memory_order_relaxed);
        slots_[i].rung.store(0, std::memory_order_relaxed);
        slots_[i].doorbell.store(0, std::memory_order_relaxed);
    }
}

bool participant_table::is_dead(unsigned index, unsigned self) const {
    // The kernel does not tell a process about its own locks.
    if (index == self) return false;
    auto word = slots_[index].word.load(std::memory_order_acquire);
    if ((word & 3) != participant_slot::taken) return false;
    if (liveness_.is_locked_by_others(index, 1)) return false;
    // It may have left in order between the two looks, and another may have come. The same incarnation before and after
    // a moment at which the byte was not locked can only be dead.
    return slots_[index].word.load(std::memory_order_acquire) == word;
}

bool participant_table::is_taken(unsigned index) const noexcept {
    return (slots_[index].word.load(std::memory_order_relaxed) & 3) == participant_slot::taken;
}

unsigned participant_table::taken() const noexcept {
    unsigned n = 0;
    for (unsigned i = 0; i < count_; ++i)
        n += is_taken(i);
    return n;
}

} // namespace plait::ipc::detail
