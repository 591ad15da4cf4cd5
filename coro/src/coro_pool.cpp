// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/coro_pool.hpp>

namespace plait {

coro_pool::coro_pool(std::size_t most, std::span<loop* const> loops)
    : size_(most), loops_(loops.begin(), loops.end()), free_(most) {
    if (most == 0) throw error(errc::invalid_argument, "a coro_pool of 0; it must be at least 1");
}

coro_pool::~coro_pool() {
    cancel();
    wait_until_empty(deadline::never(), detail::cancellation::disabled, "coro_pool");
}

coro_pool::place coro_pool::enter(deadline until) {
    entering operation{*this};
    detail::throw_unless_woken(detail::perform(operation, until), entering::what);
    return std::move(operation.taken);
}

coro_pool::place coro_pool::try_enter() noexcept {
    std::lock_guard guard(lock_);
    if (free_ == 0) return {};
    --free_;
    return place(*this);
}

void coro_pool::give_back() noexcept {
    std::unique_lock guard(lock_);
    ++free_;
    waiting_for_a_place_.wake_one(guard);
}

loop& coro_pool::loop_for(const spawn_options& options) {
    if (options.on || loops_.empty()) return detail::loop_to_spawn_on(options);
    std::lock_guard guard(lock_);
    return *loops_[turn_++ % loops_.size()];
}

void coro_pool::join() {
    detail::throw_unless_woken(
        wait_until_empty(deadline::never(), detail::cancellation::enabled, "coro_pool.join"), "coro_pool.join");
}

bool coro_pool::join_until_deadline(deadline until) {
    detail::wait_state how = wait_until_empty(until, detail::cancellation::enabled, "coro_pool.join");
    if (how == detail::wait_state::timed_out) return false;
    detail::throw_unless_woken(how, "coro_pool.join");
    return true;
}

std::size_t coro_pool::running() const noexcept {
    std::lock_guard guard(lock_);
    return size_ - free_;
}

} // namespace plait
