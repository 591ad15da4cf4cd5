// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/pool_core.hpp>
#include <plait/runtime/observe.hpp>

#include <algorithm>
#include <array>
#include <new>
#include <thread>

namespace plait::detail {
namespace {

// How often a worker that found nothing lets others run and looks again, before it sleeps.
constexpr int yields_before_sleep = 10;

// The largest handful that a worker takes of what came from outside.
constexpr std::size_t handful = 32;

// How often one whose own work does not end takes the oldest first. More than a handful, so that what came from outside
// keeps its order; a prime, so that it meets every phase of a periodic load.
constexpr std::uint32_t turns_per_oldest = 61;

} // namespace

void stack_fork::begin() noexcept {
    // seq_cst, both: either the owner sees who the thief is before it sleeps, or the thief sees that the owner sleeps
    thief_.store(pool_worker::current_, std::memory_order_seq_cst);
    if (state_.load(std::memory_order_seq_cst) == owner_sleeps) owner_.unpark();
}

void stack_fork::end() noexcept {
    pool_worker& owner = owner_;
    // acq_rel: release pairs with the acquire in join(), what the fork did is seen there
    if (state_.exchange(done, std::memory_order_acq_rel) == owner_sleeps) owner.unpark();
}

void pool_worker::work() noexcept {
    current_ = this;
    {
        std::lock_guard guard(party_lock_);
        party_ = &thread_party::of_this_thread();
    }
    random_ = static_cast<std::uint32_t>(index_) * 2654435769u + 1;
    pool_.initialise(*this);
    // Whoever started the thread has counted it as searching.
    for (work_item* item = search_or_sleep(); item; item = next())
        run(*item);
    current_ = nullptr;
    std::lock_guard guard(party_lock_);
    party_ = nullptr;
}

void pool_worker::describe(dump& to) {
    std::lock_guard guard(party_lock_); // keeps the party
    if (!party_) return;
    // acquire; pairs with the release in take_idle(), as the thread's own look does
    bool is_idle = idle_.load(std::memory_order_acquire);
    to.add("  " + party_->describe() + ", " + (is_idle ? "is idle" : party_->activity()) + "\n");
}

work_item* pool_worker::next() noexcept {
    if (work_item* item = take_turn()) return item;
    pool_.start_searching();
    return search_or_sleep();
}

work_item* pool_worker::search_or_sleep() noexcept {
    do {
        work_item* found = nullptr;
        auto look = [&] { return (found = search()) != nullptr; };
        auto backlog = [&] { return pool_.injected_.size() + deque_.size(); };
        bool is_found = look() || search_spin_.until(look, backlog);
        // Those who bring work may need this very core. While one searches they wake nobody, and bring more at a time.
        for (int i = 0; i < yields_before_sleep && !is_found; ++i) {
            std::this_thread::yield();
            is_found = look();
        }
        if (is_found) {
            pool_.stop_searching();
            return found;
        }
    } while (pool_.sleep(*this));
    return nullptr;
}

work_item* pool_worker::take_turn() noexcept {
    if (++turns_since_fetch_ % turns_per_oldest == 0) [[unlikely]] {
        bool own_first = turns_since_fetch_ / turns_per_oldest % 2 == 0;
        if (work_item* oldest = own_first ? deque_.steal() : take_oldest_from_outside()) return oldest;
    }
    if (work_item* item = deque_.pop()) return item;
    return fetch();
}

work_item* pool_worker::take_oldest_from_outside() noexcept {
    work_item* oldest = nullptr;
    if (!pool_.injected_.empty()) pool_.injected_.take(&oldest, 1);
    return oldest;
}

work_item* pool_worker::fetch() noexcept {
    std::size_t queued = pool_.injected_.size();
    if (queued == 0) return nullptr;
    std::array<work_item*, handful> items;
    std::size_t count = pool_.injected_.take(items.data(), std::min(handful, queued / pool_.size() + 1));
    if (count == 0) return nullptr;
    turns_since_fetch_ = 0;
    for (std::size_t i = count; i-- > 1;)
        deque_.push(*items[i]); // it is empty and has room for more than a handful: cannot throw
    return items[0];
}

work_item* pool_worker::search() noexcept {
    if (work_item* item = fetch()) return item;
    std::size_t count = pool_.size();
    random_ = random_ * 1664525u + 1013904223u;
    std::size_t first = (random_ >> 8) % count;
    for (std::size_t i = 0; i < count; ++i) {
        pool_worker& victim = *pool_.workers_[first + i < count ? first + i : first + i - count];
        if (&victim == this || victim.deque_.empty()) continue;
        if (work_item* item = victim.deque_.steal()) {
            stolen_.add(1);
            return item;
        }
    }
    return nullptr;
}

void pool_worker::run(work_item& item) noexcept {
    ran_.add(1);
    trace(trace_event::run, reinterpret_cast<std::uintptr_t>(&item));
    if (item.what == work_item::kind::task)
        if (const error* reason = pool_.drop_reason()) return item.drop(*reason);
    item.run();
}

void pool_worker::help_with(work_item& item) noexcept {
    if (item.what == work_item::kind::fork) return run(item);
    try {
        pool_.injected_.push_again(item);
    } catch (const std::bad_alloc&) {
        return run(item);
    }
    set_aside_.add(1);
    pool_.announce();
}

bool pool_worker::leapfrog(pool_worker* thief) noexcept {
    work_item* item = thief ? thief->deque_.steal() : nullptr;
    if (!item) return false;
    stolen_.add(1);
    help_with(*item);
    return true;
}

void pool_worker::join(stack_fork& fork) noexcept {
    // acquire; pairs with the release in end()
    auto is_done = [&] { return fork.state_.load(std::memory_order_acquire) == stack_fork::done; };
    while (!is_done()) {
        pool_worker* thief = fork.thief_.load(std::memory_order_acquire);
        if (help(thief, is_done)) continue;
        std::uint32_t state = stack_fork::not_done;
        // seq_cst, and so the load: see begin()
        if (!fork.state_.compare_exchange_strong(state, stack_fork::owner_sleeps, std::memory_order_seq_cst)) return;
        if (fork.thief_.load(std::memory_order_seq_cst) == thief) park_as_joiner_of(thief);
        state = stack_fork::owner_sleeps;
        fork.state_.compare_exchange_strong(state, stack_fork::not_done, std::memory_order_relaxed);
    }
}

void pool_worker::park_as_joiner_of(pool_worker* thief) noexcept {
    if (!thief) return park();
    pool_worker* nobody = nullptr;
    // seq_cst: before the look at the thief's deque; pairs with the load in push(). With another joiner there already,
    // this one sleeps until what it waits for is done.
    bool registered = thief->joiner_.compare_exchange_strong(nobody, this, std::memory_order_seq_cst);
    if (thief->deque_.empty()) park();
    pool_worker* self = this;
    if (registered) thief->joiner_.compare_exchange_strong(self, nullptr, std::memory_order_acq_rel);
}

namespace {
enum parker_state : std::uint32_t { awake, asleep, notified };
}

void pool_worker::park() noexcept {
    std::uint32_t state = awake;
    if (parker_.compare_exchange_strong(state, asleep, std::memory_order_relaxed))
        while (parker_.load(std::memory_order_relaxed) == asleep)
            futex_wait(parker_, asleep, deadline::never(), futex_scope::private_to_process);
    // acquire; pairs with the release in unpark()
    parker_.exchange(awake, std::memory_order_acquire);
}

void pool_worker::unpark() noexcept {
    // release; pairs with the acquire in park()
    if (parker_.exchange(notified, std::memory_order_release) == asleep)
        futex_wake(parker_, 1, futex_scope::private_to_process);
}

} // namespace plait::detail
