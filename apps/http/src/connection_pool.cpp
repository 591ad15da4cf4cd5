// Copyright 2026 the plait authors. Boost Software License 1.0
#include "connection_pool.hpp"

#include <algorithm>
#include <utility>

namespace plait::http {
namespace {

time_point now() { return plait::detail::party::current().now(); }

} // namespace

connection_pool::connection_pool(
    std::size_t per_origin, std::size_t in_all, duration idle_time, const response_limits& answer)
    : per_origin_(per_origin),
      in_all_(in_all),
      idle_time_(idle_time),
      limits_(answer),
      free_(static_cast<std::ptrdiff_t>(in_all)) {}

connection_pool::lease connection_pool::take(const std::string& origin, time_point until) {
    lease taken(shared_from_this(), enter(origin)); // leaves, however this ends
    // The origin's first: who waits for a busy origin keeps nobody from the others.
    if (!taken.host_->free.try_acquire_until(until)) return {};
    taken.of_origin_ = permit(taken.host_->free, std::adopt_lock);
    if (!free_.try_acquire_until(until)) return {};
    taken.of_all_ = permit(free_, std::adopt_lock);
    const std::lock_guard guard(lock_);
    ++in_use_;
    ++taken.host_->in_use;
    return taken;
}

connection_pool::host& connection_pool::enter(const std::string& origin) {
    const std::lock_guard guard(lock_);
    const auto [at, is_new] =
        hosts_.try_emplace(origin, per_origin_); // a node: it stays where it is until nobody needs it
    at->second.self = at;
    ++at->second.users;
    return at->second;
}

void connection_pool::forget_if_unused(host& h) noexcept {
    if (h.users == 0 && h.idle.empty()) hosts_.erase(h.self);
}

void connection_pool::take_out(idle_list::iterator which, idle_list& to) noexcept {
    std::erase(which->of->idle, which);
    to.splice(to.end(), idle_, which);
}

void connection_pool::take_out_expired(time_point at, idle_list& to) noexcept {
    while (!idle_.empty() && (closed_ || at - idle_.front().since >= idle_time_)) {
        host& of = *idle_.front().of;
        take_out(idle_.begin(), to);
        forget_if_unused(of);
    }
}

std::unique_ptr<connection> connection_pool::lease::idle() {
    idle_list out; // closed without the lock
    const time_point at = now();
    const std::lock_guard guard(pool_->lock_);
    pool_->take_out_expired(at, out);
    if (host_->idle.empty()) return nullptr;
    idle_list found;
    pool_->take_out(host_->idle.back(), found);
    return std::move(found.front().what);
}

void connection_pool::lease::make_room() {
    idle_list out;
    const std::lock_guard guard(pool_->lock_);
    while (!host_->idle.empty() && host_->idle.size() + host_->in_use > pool_->per_origin_)
        pool_->take_out(host_->idle.front(), out);
    while (!pool_->idle_.empty() && pool_->idle_.size() + pool_->in_use_ > pool_->in_all_) {
        host& of = *pool_->idle_.front().of;
        pool_->take_out(pool_->idle_.begin(), out);
        pool_->forget_if_unused(of);
    }
}

connection_pool::lease& connection_pool::lease::operator=(lease&& other) noexcept {
    if (this == &other) return *this;
    end();
    pool_ = std::move(other.pool_);
    host_ = other.host_;
    of_origin_ = std::move(other.of_origin_);
    of_all_ = std::move(other.of_all_);
    return *this;
}

void connection_pool::lease::keep(std::unique_ptr<connection> c) {
    idle_list out; // closed without the lock
    idle_list added;
    added.push_back({host_, std::move(c), now()});
    {
        const std::lock_guard guard(pool_->lock_);
        host_->idle.push_back(added.begin());
        pool_->idle_.splice(pool_->idle_.end(), added);
        stop_using();
        pool_->take_out_expired(pool_->idle_.back().since, out);
    }
    leave();
}

void connection_pool::lease::end() noexcept {
    if (!pool_) return;
    {
        const std::lock_guard guard(pool_->lock_);
        stop_using();
    }
    leave();
}

// The lock is held.
void connection_pool::lease::stop_using() noexcept {
    if (!of_all_) return; // it never had a connection
    --pool_->in_use_;
    --host_->in_use;
}

void connection_pool::lease::leave() noexcept {
    of_all_.release();
    of_origin_.release(); // before the host may go
    const std::shared_ptr<connection_pool> pool = std::move(pool_);
    const std::lock_guard guard(pool->lock_);
    --host_->users;
    pool->forget_if_unused(*host_);
}

void connection_pool::close() {
    {
        const std::lock_guard guard(lock_);
        closed_ = true;
    }
    close_idle();
}

void connection_pool::close_idle() {
    idle_list out;
    const std::lock_guard guard(lock_);
    while (!idle_.empty()) {
        host& of = *idle_.front().of;
        take_out(idle_.begin(), out);
        forget_if_unused(of);
    }
}

std::size_t connection_pool::idle() const {
    const std::lock_guard guard(lock_);
    return idle_.size();
}

} // namespace plait::http
