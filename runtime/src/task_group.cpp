// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/error.hpp>
#include <plait/runtime/task_group.hpp>

#include <mutex>
#include <utility>

namespace plait {
namespace detail {

task_counter::task_counter() noexcept : owner_(pool_worker::current()), mark_(owner_ ? owner_->deque_.position() : 0) {}

bool task_counter::begin() noexcept {
    pool_worker* here = pool_worker::current();
    // One of another pool is none to help: what it brings forth belongs to that pool.
    bool is_thief = owner_ && here != owner_ && &here->pool() == &owner_->pool();
    if (is_thief && here != last_thief_.load(std::memory_order_relaxed)) {
        std::lock_guard guard(lock_);
        last_thief_.store(here, std::memory_order_relaxed);
        if (sleeper_) sleeper_->unpark(); // to help this one
    }
    return !is_cancelled();
}

void task_counter::finish() noexcept {
    std::uint64_t n = unfinished_.load(std::memory_order_relaxed);
    while (n > 1)
        // release; pairs with the acquire in all_have_ended()
        if (unfinished_.compare_exchange_weak(n, n - 1, std::memory_order_release, std::memory_order_relaxed)) return;
    // Perhaps the last: under the lock, which those who waited take before they let the counter go.
    std::lock_guard guard(lock_);
    if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    waiters_.wake_all();
    if (sleeper_) sleeper_->unpark();
}

void task_counter::fail(std::exception_ptr why) noexcept {
    cancel();
    std::lock_guard guard(lock_);
    if (!failure_) failure_ = std::move(why);
}

std::exception_ptr task_counter::take_failure() noexcept {
    cancelled_.store(false, std::memory_order_relaxed);
    std::lock_guard guard(lock_);
    return std::exchange(failure_, nullptr);
}

bool task_counter::wait(cancellation c) {
    if (pool_worker* here = pool_worker::current()) {
        if (c == cancellation::enabled && party::current().cancel_pending()) return false;
        help(*here);
    }
    std::unique_lock guard(lock_);
    while (!all_have_ended()) {
        wait_state result = waiters_.wait(guard, deadline::never(), c);
        if (result == wait_state::cancelled) return false;
        guard.lock();
    }
    return true;
}

void task_counter::help(pool_worker& here) noexcept {
    while (!all_have_ended()) {
        pool_worker* thief = last_thief_.load(std::memory_order_relaxed);
        if (work_item* own = &here == owner_ && here.deque_.position() > mark_ ? here.deque_.pop() : nullptr)
            here.help_with(*own);
        else if (!here.help(thief, [this] { return all_have_ended(); }))
            sleep(here, thief);
    }
}

void task_counter::sleep(pool_worker& here, pool_worker* thief) noexcept {
    {
        std::lock_guard guard(lock_);
        if (all_have_ended() || last_thief_.load(std::memory_order_relaxed) != thief) return;
        sleeper_ = &here;
    }
    here.park_as_joiner_of(thief);
    std::lock_guard guard(lock_);
    sleeper_ = nullptr;
}

} // namespace detail

namespace {

detail::pool_core& pool_of_the_caller() {
    detail::pool_worker* here = detail::pool_worker::current();
    return here ? here->pool() : default_pool().core();
}

} // namespace

task_group::task_group() : pool_(pool_of_the_caller()) {}

task_group::task_group(thread_pool& pool) : pool_(pool.core()) {}

task_group::~task_group() {
    cancel();
    counter_.wait(detail::cancellation::disabled);
}

void task_group::wait() {
    bool caller_was_cancelled = !counter_.wait(detail::cancellation::enabled);
    if (caller_was_cancelled) {
        cancel();
        counter_.wait(detail::cancellation::disabled);
    }
    std::exception_ptr failure = counter_.take_failure();
    if (caller_was_cancelled) throw cancelled();
    if (failure) std::rethrow_exception(failure);
}

} // namespace plait
