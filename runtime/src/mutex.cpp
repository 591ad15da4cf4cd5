// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/error.hpp>
#include <plait/runtime/mutex.hpp>

namespace plait {

detail::lock_request mutex::access::request(bool is_timed) const noexcept {
    const char* kind = of->is_recursive_ ? "recursive_mutex" : "mutex";
    return {{of, kind, of->counters_.name()}, detail::lock_access::exclusive, is_timed};
}

bool mutex::access::take(const detail::party& who, bool was_woken, bool waits) const {
    std::uintptr_t word = of->word_.load(std::memory_order_relaxed);
    for (;;) {
        if ((word & ~flags) == word_of(who)) {
            // Either a lock that the owner already holds, or one that was handed over to a party that was woken.
            if (was_woken) return true;
            if (!waits) return false;
            throw error(errc::resource_deadlock_would_occur, "the caller already owns the mutex");
        }
        bool is_free = (word & ~flags) == 0;
        if (!is_free && !waits) return false;
        std::uintptr_t next = is_free ? word_of(who) | (of->waiters_.empty() ? 0 : has_waiters) : word | has_waiters;
        // acquire; pairs with the release in unlock()
        if (!of->word_.compare_exchange_weak(word, next, std::memory_order_acquire, std::memory_order_relaxed))
            continue;
        if (!is_free && was_woken) of->hand_over_ = true;
        return is_free;
    }
}

// relaxed: the owner's own flag
void mutex::access::mark_as_written() const noexcept { of->word_.fetch_or(is_written, std::memory_order_relaxed); }

void mutex::access::pass_on(std::unique_lock<detail::raw_lock>& guard, const detail::party& who) const noexcept {
    if (of->is_owned_by(who)) return of->release(guard);
    // The owner's unlock will wake the next. Without an owner, it is for the one who was woken to do that.
    if ((of->word_.load(std::memory_order_relaxed) & ~flags) == 0) of->waiters_.wake_one(guard);
}

bool mutex::lock_slowly(deadline until) { return detail::take_lock(access{this}, until); }

bool mutex::try_lock_slowly() noexcept { return detail::locks_are_slow() && detail::try_to_take_lock(access{this}); }

void mutex::release(const detail::party& owner) {
    std::unique_lock guard(lock_);
    std::uintptr_t word = word_.load(std::memory_order_relaxed);
    if ((word & ~flags) != word_of(owner)) throw error(errc::not_owner, "mutex.unlock by one that does not own it");
    detail::lock_graph graph(guard, (word & is_written) != 0 && counters_.end_hold());
    graph.gives_back(this, owner);
    release(guard);
}

void mutex::release(std::unique_lock<detail::raw_lock>& guard) {
    detail::wait_list::chosen next = waiters_.choose();
    std::uintptr_t owner = next.who && hand_over_ ? word_of(*next.who) : 0;
    hand_over_ = false;
    if (owner != 0) counters_.count_hand_overs(1);
    std::uintptr_t flag = waiters_.empty() ? 0 : has_waiters;
    // release; pairs with the acquire of the next owner
    word_.store(owner | flag, std::memory_order_release);
    guard.unlock();
    next.unblock();
}

} // namespace plait
