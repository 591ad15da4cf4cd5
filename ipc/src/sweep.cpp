// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Cleaning up after dead participants: each object of the segment first, then the participant's slot, so that an index
// is used again only when nothing speaks of its former holder any more. Whoever dies in here is dead like any other, and
// the next sweeper does all of it again. An object that is damaged keeps the slot of the dead, of whom it may still speak;
// the others come to their right all the same.
#include "attachment.hpp"
#include "expiry.hpp"
#include "queue_core.hpp"
#include "shared_queue.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <exception>

namespace plait::ipc::detail {
namespace {

/// Does several things, all of which have to be tried. Then rethrow() throws what the first threw that failed.
class all_of_them {
public:
    template <class F>
    void attempt(F f) noexcept {
        try {
            f();
        } catch (...) {
            if (!first_) first_ = std::current_exception();
        }
    }
    void rethrow() const {
        if (first_) std::rethrow_exception(first_);
    }

private:
    std::exception_ptr first_;
};

bool is_queue(const directory_entry& entry) noexcept {
    // Acquire: pairs with the release in publish_entry().
    return static_cast<object_type>(entry.type.load(std::memory_order_acquire)) == object_type::queue;
}

} // namespace

unsigned attachment::sweep() {
    static_cast<void>(self());
    participant_table::housekeeping lock(participants_);
    return sweep_locked();
}

unsigned attachment::sweep_locked() {
    unsigned swept = 0;
    unsigned self = self_.load(std::memory_order_relaxed);
    all_of_them dead;
    for (unsigned i = 0; i < participants_.count(); ++i)
        dead.attempt([&] {
            if (!participants_.is_dead(i, self)) return;
            sweep_participant(i);
            ++swept;
        });
    dead.rethrow();
    return swept;
}

void attachment::sweep_participant(unsigned dead) {
    PLAIT_STEP("sweep.begin");
    all_of_them objects;
    for (auto& entry : directory())
        if (is_queue(entry)) objects.attempt([&] { queue_core::sweep(*this, memory_of(entry), dead); });
    PLAIT_STEP("sweep.objects");
    ring_again_for(dead);
    PLAIT_STEP("sweep.rung");
    objects.rethrow();
    participants_.bury(dead);
    PLAIT_STEP("sweep.done");
}

void attachment::restart_objects() {
    for (auto& entry : directory()) {
        if (!is_queue(entry)) continue;
        shared_queue queue(memory_of(entry)); // which checks it
        queue.order().reinitialise();
        // Limits are told by a clock that began again with the boot; whose they are is swept below.
        queue.header().next_look.store(no_look, std::memory_order_relaxed);
    }
    // Nobody is in: the marks of those who were are those of the dead.
    for (unsigned i = 0; i < participants_.count(); ++i)
        if (participants_.is_dead(i, no_participant)) sweep_participant(i);
}

void attachment::tick() noexcept {
    if (!is_attached()) return;
    // What fails is damaged shared memory: whoever uses the object gets the error, and there is nobody to tell here. Or
    // there was no memory; then the next tick does it.
    all_of_them chores;
    chores.attempt([&] {
        participant_table::housekeeping lock(participants_, std::try_to_lock);
        if (lock.owns()) sweep_locked();
    });
    for (auto& entry : directory())
        if (is_queue(entry)) chores.attempt([&] { queue_core::nudge(*this, memory_of(entry)); });
    // Who took the bit of this process away may have been stopped before it rang, or its ring did not arrive. Then
    // nothing in the channel tells of our waiters any more, and we have to look ourselves.
    answer();
}

} // namespace plait::ipc::detail
