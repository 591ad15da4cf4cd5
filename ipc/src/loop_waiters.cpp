// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "loop_waiters.hpp"

namespace plait::ipc::detail {

using plait::detail::wait_state;

loop_waiters::loop_waiters(attachment& in, channel& on, std::size_t (*work)(void*), void* of)
    : attachment_(in), channel_(on), work_(work), of_(of) {}

std::uint64_t loop_waiters::begin_round() {
    attachment_.publish_doorbell();
    std::uint64_t round = 0;
    {
        std::scoped_lock guard(lock_);
        round = rounds_;
    }
    channel_.register_loop(attachment_.self());
    return round;
}

wait_state loop_waiters::park(std::uint64_t round, deadline until) {
    std::unique_lock guard(lock_);
    // Served since the registration, and not in the list then: look again.
    if (rounds_ != round) return wait_state::woken;
    ++waiting_;
    auto leave = [this] {
        std::scoped_lock again(lock_);
        --waiting_;
    };
    try {
        auto result = waiters_.wait(guard, until);
        leave();
        return result;
    } catch (...) {
        leave();
        throw;
    }
}

void loop_waiters::serve() noexcept {
    std::size_t work = work_(of_);
    bool others = false;
    {
        std::unique_lock guard(lock_);
        ++rounds_;
        others = waiting_ == 0;
    }
    if (others) {
        // Nobody here waits any more: the wake belongs to somebody else, if there is work.
        if (work) channel_.notify();
        return;
    }
    for (; work; --work) {
        std::unique_lock guard(lock_);
        if (!waiters_.wake_one(guard)) return;
    }
    bool left = false;
    {
        std::scoped_lock guard(lock_);
        left = !waiters_.empty();
    }
    if (!left || !attachment_.is_attached()) return;
    // Those who go on waiting are registered anew, and then looked after once more: a change in between met no bit.
    channel_.register_loop(attachment_.self_or_none());
    if (work_(of_) == 0) return;
    std::scoped_lock guard(lock_);
    ++rounds_;
    waiters_.wake_all();
}

} // namespace plait::ipc::detail
