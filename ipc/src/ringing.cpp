// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The attachment's part in waking coroutines of other processes: ringing them, and answering when they ring here.
#include "attachment.hpp"
#include "channel.hpp"
#include "doorbell.hpp"
#include "loop_waiters.hpp"

#include <plait/runtime/detail/step.hpp>

#include <algorithm>

namespace plait::ipc::detail {

void attachment::publish_doorbell() {
    std::scoped_lock lock(waiters_mutex_);
    if (doorbell_published_) return;
    // Release: who reads the name finds the socket bound.
    participants_.slot(self()).doorbell.store(doorbell::instance().name(), std::memory_order_release);
    PLAIT_STEP("doorbell.publish.done");
    doorbell_published_ = true;
}

void attachment::add_waiters(const void* on, const std::shared_ptr<loop_waiters>& waiters) {
    std::scoped_lock lock(waiters_mutex_);
    std::erase_if(waiters_, [](const local_waiters& w) { return w.who.expired(); });
    waiters_.push_back({on, waiters});
}

std::vector<std::shared_ptr<loop_waiters>> attachment::waiters_on(const void* on) {
    std::vector<std::shared_ptr<loop_waiters>> found;
    std::scoped_lock lock(waiters_mutex_);
    for (auto& w : waiters_)
        if (!on || w.on == on)
            if (auto alive = w.who.lock()) found.push_back(std::move(alive));
    return found;
}

void attachment::ring(unsigned index, const channel& on) noexcept {
    unsigned self = self_or_none();
    if (index >= participants_.count() || self == no_participant) return;
    if (index == self) {
        for (auto& waiters : waiters_on(on.address()))
            waiters->serve();
        return;
    }
    auto& slot = participants_.slot(index);
    std::uint32_t nobody = 0;
    // seq_cst: comes after the change that we ring for. If somebody's ring is not answered yet, its answer comes after
    // our failed exchange, and looks at our change too.
    if (!slot.rung.compare_exchange_strong(nobody, self + 1, std::memory_order_seq_cst)) return;
    PLAIT_STEP("doorbell.ring.claimed");
    // Acquire: pairs with the release in publish_doorbell().
    auto name = slot.doorbell.load(std::memory_order_acquire);
    if (name && doorbell::ring(name)) {
        PLAIT_STEP("doorbell.ring.rung");
        return;
    }
    // It did not arrive; the ticks of the monitors look after the waiter.
    auto mine = self + 1;
    slot.rung.compare_exchange_strong(mine, 0, std::memory_order_seq_cst);
}

void attachment::answer() noexcept {
    if (!is_attached()) return;
    // seq_cst: before we look; see ring()
    participants_.slot(self_or_none()).rung.store(0, std::memory_order_seq_cst);
    PLAIT_STEP("doorbell.answer.cleared");
    for (auto& waiters : waiters_on(nullptr))
        waiters->serve();
}

void attachment::ring_again_for(unsigned dead) noexcept {
    for (unsigned i = 0; i < participants_.count(); ++i) {
        auto& slot = participants_.slot(i);
        auto ringer = dead + 1;
        // It may have died between the word and the ring.
        if (!slot.rung.compare_exchange_strong(ringer, 0, std::memory_order_seq_cst)) continue;
        PLAIT_STEP("doorbell.again.cleared");
        if (i == self_or_none())
            answer();
        else if (auto name = slot.doorbell.load(std::memory_order_acquire))
            doorbell::ring(name);
    }
}

} // namespace plait::ipc::detail
