// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/error.hpp>
#include <plait/runtime/shared_mutex.hpp>

namespace plait {

detail::lock_request shared_mutex::exclusive::request(bool is_timed) const noexcept {
    return {{of, "shared_mutex", of->counters_.name()}, detail::lock_access::exclusive, is_timed};
}

detail::lock_request shared_mutex::shared::request(bool is_timed) const noexcept {
    return {{of, "shared_mutex", of->counters_.name()}, detail::lock_access::shared, is_timed};
}

bool shared_mutex::exclusive::take(const detail::party& who, bool was_woken, bool waits) const {
    if (was_woken) return true; // by one who has handed the lock over
    std::uintptr_t word = of->word_.load(std::memory_order_relaxed);
    for (;;) {
        bool is_free = (word & ~flags) == 0;
        if (!is_free && !waits) return false;
        if ((word & ~flags) == owned_by(who))
            throw error(errc::resource_deadlock_would_occur, "the caller already owns the shared_mutex");
        std::uintptr_t next = is_free ? owned_by(who) | (word & flags) : word | has_waiters;
        // acquire; pairs with the releases of those who leave
        if (of->word_.compare_exchange_weak(word, next, std::memory_order_acquire, std::memory_order_relaxed))
            return is_free;
    }
}

bool shared_mutex::shared::take(const detail::party& who, bool was_woken, bool waits) const {
    if (was_woken) return true; // by one who has let all readers in
    std::uintptr_t word = of->word_.load(std::memory_order_relaxed);
    for (;;) {
        bool may_enter = !(word & is_exclusive) && of->writers_.empty();
        if (!may_enter && !waits) return false;
        if ((word & ~flags) == owned_by(who))
            throw error(errc::resource_deadlock_would_occur, "the caller already owns the shared_mutex");
        std::uintptr_t next = may_enter ? word + reader : word | has_waiters;
        // acquire; pairs with the release of the writer before
        if (of->word_.compare_exchange_weak(word, next, std::memory_order_acquire, std::memory_order_relaxed))
            return may_enter;
    }
}

bool shared_mutex::lock_slowly(deadline until) { return detail::take_lock(exclusive{this}, until); }

bool shared_mutex::lock_shared_slowly(deadline until) { return detail::take_lock(shared{this}, until); }

bool shared_mutex::try_lock_slowly() noexcept {
    return detail::locks_are_slow() && detail::try_to_take_lock(exclusive{this});
}

// A flag may have kept the caller from the fast path, and those who waited be gone.
bool shared_mutex::try_lock_shared_slowly() noexcept { return detail::try_to_take_lock(shared{this}); }

void shared_mutex::leave(const detail::party& owner) {
    std::unique_lock guard(lock_);
    std::uintptr_t word = word_.load(std::memory_order_relaxed);
    if ((word & ~flags) != owned_by(owner))
        throw error(errc::not_owner, "shared_mutex.unlock by one that does not own it");
    detail::lock_graph graph(guard, (word & is_written) != 0 && counters_.end_hold());
    graph.gives_back(this, owner);
    end_writing(guard);
}

void shared_mutex::leave_shared(const detail::party& who) {
    std::unique_lock guard(lock_);
    detail::lock_graph graph(guard, (word_.load(std::memory_order_relaxed) & is_written) != 0);
    std::uintptr_t word = word_.load(std::memory_order_relaxed);
    bool has_readers = !(word & is_exclusive) && word >= reader;
    if (!has_readers || (!graph.gives_back(this, who) && graph.count_holders(this) == word / reader))
        throw error(errc::not_owner, "shared_mutex.unlock_shared by one that is no reader");
    end_reading(guard);
}

void shared_mutex::end_writing(std::unique_lock<detail::raw_lock>& guard) noexcept {
    std::uintptr_t readers = wake_readers();
    if (readers == 0) return hand_over_to_writer(guard);
    // release; pairs with the acquires of join_readers() and take()
    word_.store(readers | waiters_flag(), std::memory_order_release);
}

void shared_mutex::end_reading(std::unique_lock<detail::raw_lock>& guard) noexcept {
    std::uintptr_t word = word_.load(std::memory_order_relaxed);
    while (!(word & flags)) // readers come and go without the lists' lock
        // release; pairs with the acquire of the writer after
        if (word_.compare_exchange_weak(word, word - reader, std::memory_order_release, std::memory_order_relaxed))
            return;
    std::uintptr_t readers = (word & ~flags) - reader;
    if (readers == 0) return hand_over_to_writer(guard);
    // release; pairs with the acquire of the writer after
    word_.store(readers | (word & is_written) | waiters_flag(), std::memory_order_release);
}

void shared_mutex::hand_over_to_writer(std::unique_lock<detail::raw_lock>& guard) noexcept {
    detail::wait_list::chosen next = writers_.choose();
    std::uintptr_t owners = next.who ? owned_by(*next.who) : wake_readers(); // they waited for writers that left
    if (next.who) counters_.count_hand_overs(1);
    // release; pairs with the acquires of join_readers() and take()
    word_.store(owners | waiters_flag(), std::memory_order_release);
    guard.unlock();
    next.unblock();
}

std::uintptr_t shared_mutex::wake_readers() noexcept {
    std::uintptr_t readers = 0;
    for (auto next = readers_.choose(); next.who; next = readers_.choose()) {
        readers += reader;
        next.unblock(); // it needs the lists' lock before it looks at the word
    }
    counters_.count_hand_overs(readers / reader);
    return readers;
}

void shared_mutex::let_readers_past_writers_that_left() noexcept {
    std::lock_guard guard(lock_);
    std::uintptr_t word = word_.load(std::memory_order_relaxed);
    if ((word & is_exclusive) || !writers_.empty() || readers_.empty()) return;
    word = (word & ~has_waiters) + wake_readers();
    // release: for those who join them on the fast path, what the writer before has done; pairs with join_readers()
    word_.store(word | waiters_flag(), std::memory_order_release);
}

} // namespace plait
