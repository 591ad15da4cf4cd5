// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/error.hpp>
#include <plait/runtime/semaphore.hpp>

#include <string>

namespace plait {
namespace {

std::uint64_t checked(std::ptrdiff_t initial, std::ptrdiff_t max) {
    if (max < 1)
        throw error(errc::invalid_argument, "semaphore: a max of " + std::to_string(max) + "; it must be at least 1");
    if (initial < 0 || initial > max)
        throw error(
            errc::invalid_argument,
            "semaphore: an initial count of " + std::to_string(initial) + "; it must be 0 to " + std::to_string(max));
    return static_cast<std::uint64_t>(initial);
}

} // namespace

counting_semaphore::counting_semaphore(std::ptrdiff_t initial, std::ptrdiff_t max)
    : word_(checked(initial, max) << 1), max_(max) {}

// With the lock held. Whoever finds no permit is about to join the wait list.
bool counting_semaphore::take_or_announce_waiter() noexcept {
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    for (;;) {
        bool is_free = free_in(word) > 0;
        std::uint64_t next = is_free ? word - permits(1) : word | has_waiters;
        // acquire; pairs with the release in release()
        if (word_.compare_exchange_weak(word, next, std::memory_order_acquire, std::memory_order_relaxed))
            return is_free;
    }
}

bool counting_semaphore::attempt(bool was_woken) noexcept {
    if (!was_woken) return take_or_announce_waiter();
    --on_the_way_;
    if (kept_ > 0) {
        --kept_;
        return true;
    }
    if (take_or_announce_waiter()) return true;
    hand_over_ = true;
    return false;
}

bool counting_semaphore::acquire_slowly(deadline until) {
    acquiring operation{*this};
    detail::wait_state result = detail::perform(operation, until);
    if (result == detail::wait_state::timed_out) return false;
    detail::throw_unless_woken(result, acquiring::what);
    static_cast<void>(operation.taken.detach());
    return true;
}

void counting_semaphore::release_slowly(std::ptrdiff_t n) {
    if (n < 0)
        throw error(
            errc::invalid_argument, "semaphore.release of " + std::to_string(n) + " permits; it must be at least 0");
    std::unique_lock guard(lock_);
    // relaxed: until it is cleared, every other release takes the lock, so the permits can only become fewer
    std::ptrdiff_t free = free_in(word_.fetch_or(has_waiters, std::memory_order_relaxed));
    if (n > max_ - free - kept_)
        throw error(
            errc::over_released, "semaphore.release of " + std::to_string(n) + " permits, with " +
                                     std::to_string(free + kept_) + " of at most " + std::to_string(max_) + " free");
    detail::wait_list::chosen first;
    if (hand_over_ && n > 0) {
        hand_over_ = false;
        first = waiters_.choose();
        if (first.who) {
            ++on_the_way_;
            ++kept_;
            --n;
        }
    }
    // release; pairs with the acquire in take_free()
    word_.fetch_add(permits(n), std::memory_order_release);
    wake_for_what_is_free(guard, first);
}

// A woken waiter does not come.
void counting_semaphore::pass_on(std::unique_lock<detail::raw_lock>& guard) noexcept {
    --on_the_way_;
    word_.fetch_or(has_waiters, std::memory_order_relaxed); // relaxed: as in release_slowly()
    if (kept_ > on_the_way_) {
        --kept_;
        // release; pairs with the acquire in take_free()
        word_.fetch_add(permits(1), std::memory_order_release);
    }
    wake_for_what_is_free(guard, {});
}

// Wakes as many as there are permits that nobody is on the way to, besides `first`, who is chosen already. Leaves the lock.
void counting_semaphore::wake_for_what_is_free(
    std::unique_lock<detail::raw_lock>& guard, detail::wait_list::chosen first) noexcept {
    detail::wait_list::chosen last = first;
    while (on_the_way_ - kept_ < available()) {
        detail::wait_list::chosen next = waiters_.choose();
        if (!next.who) break;
        ++on_the_way_;
        last.unblock();
        last = next;
    }
    // A kept permit is not in the word: a release that does not know of it could go beyond the maximum.
    if (waiters_.empty() && kept_ == 0) word_.fetch_and(~has_waiters, std::memory_order_relaxed);
    guard.unlock();
    last.unblock(); // whose first step is to take the lock
}

} // namespace plait
