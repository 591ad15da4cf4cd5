// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "loop_waiters.hpp"

#include <plait/runtime/detail/step.hpp>

namespace plait::ipc::detail {

using plait::detail::wait_state;

loop_waiters::loop_waiters(attachment& in, channel& on, channel::need n, std::size_t (*work)(void*), void* of)
    : attachment_(in), channel_(on), need_(n), work_(work), of_(of) {}

std::uint64_t loop_waiters::begin_round() {
    attachment_.publish_doorbell();
    PLAIT_STEP("waiters.begin.published");
    std::uint64_t round = 0;
    {
        std::scoped_lock guard(lock_);
        round = rounds_;
    }
    channel_.register_loop(attachment_.self(), need_);
    return round;
}

wait_state loop_waiters::park(std::uint64_t round, deadline until) {
    std::unique_lock guard(lock_);
    // Served since the registration, and not in the list then: look again.
    if (rounds_ != round) return wait_state::woken;
    auto result = waiters_.wait(guard, until);
    PLAIT_STEP("waiters.park.ended");
    if (result != wait_state::woken) leave();
    return result;
}

void loop_waiters::leave() noexcept {
    PLAIT_STEP("waiters.leave.begin");
    unsigned self = attachment_.self_or_none();
    if (self == no_participant) return;
    {
        std::scoped_lock guard(lock_);
        if (!waiters_.empty()) return;
        // Under the lock: who has registered meanwhile, and is not in the list yet, loses the bit and sees the round.
        ++rounds_;
        if (channel_.forget_loop(self)) return;
    }
    PLAIT_STEP("waiters.leave.chosen");
    if (work_(of_)) channel_.notify();
}

void loop_waiters::pass_on() noexcept {
    PLAIT_STEP("waiters.pass_on.begin");
    {
        std::unique_lock guard(lock_);
        if (waiters_.wake_one(guard)) return;
    }
    if (work_(of_)) channel_.notify();
}

void loop_waiters::serve() noexcept {
    PLAIT_STEP("waiters.serve.begin");
    std::size_t work = work_(of_);
    {
        std::scoped_lock guard(lock_);
        ++rounds_;
    }
    for (bool woken = false; work; --work, woken = true) {
        std::unique_lock guard(lock_);
        if (waiters_.wake_one(guard)) {
            PLAIT_STEP("waiters.serve.woken");
            continue;
        }
        // Nobody here waits any more: the wake belongs to somebody else. Where needs differ all were woken, and those
        // who were woken in vain must not go on ringing each other.
        if (!woken || need_ == channel::need::any) channel_.notify();
        return;
    }
    bool left = false;
    {
        std::scoped_lock guard(lock_);
        left = !waiters_.empty();
    }
    if (!left || !attachment_.is_attached()) return;
    // Those who go on waiting are registered anew, and then looked after once more: a change in between met no bit.
    channel_.register_loop(attachment_.self_or_none(), need_);
    PLAIT_STEP("waiters.serve.registered");
    if (work_(of_) == 0) return;
    std::scoped_lock guard(lock_);
    ++rounds_;
    waiters_.wake_all();
}

} // namespace plait::ipc::detail
