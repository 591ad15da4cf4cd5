// Copyright 2026 the plait authors. Boost Software License 1.0
//
//   get ──▶ [ kept: LEASED words of this process ] ──task_done──▶ FREE ──▶ nothing in use any more? ──▶ those who join
//
// join() counts nothing that a killed process could leave wrong: it looks at the words of the cells. So what a dead worker
// had in hand is still to be done, until a sweep has brought it back and somebody else has done it. Whoever lets go of a
// message looks in its turn, if somebody joins, and wakes everybody if it was the last one.
#include "queue_core.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <algorithm>

namespace plait::ipc::detail {
namespace {

const void* calling_party() noexcept { return &plait::detail::party::current(); }

} // namespace

void queue_core::keep(kept_list& room, const held_message& message, taker by) noexcept {
    room.front() = {message, by == taker::handler ? nullptr : calling_party()};
    std::scoped_lock lock(kept_mutex_);
    kept_.splice(kept_.end(), room, room.begin());
}

void queue_core::task_done() {
    held_message message;
    {
        std::scoped_lock lock(kept_mutex_);
        auto oldest_of = [&](const void* who) {
            return std::ranges::find(kept_, who, [](const kept_message& k) { return k.taker; });
        };
        auto chosen = oldest_of(calling_party());
        if (chosen == kept_.end()) chosen = oldest_of(nullptr);
        if (chosen == kept_.end()) chosen = kept_.begin();
        if (chosen == kept_.end()) throw error(errc::task_done_without_get, "queue.task_done");
        message = chosen->message;
        kept_.erase(chosen);
    }
    acknowledge(message.cell, message.word.bits, message.data);
}

/// The last handle of this process goes: nobody here can say task_done() any more, so others get the messages.
void queue_core::give_back_kept() noexcept {
    if (!attachment_->is_attached()) return; // a forked child's copy
    for (auto& k : kept_)
        put_back(k.message);
}

std::uint64_t queue_core::begin_join() noexcept {
    // seq_cst: whoever lets go of the last message counts this join before it looks, or we see in our look that it is gone.
    auto join = shared_.header().joins.fetch_add(1, std::memory_order_seq_cst) + 1;
    PLAIT_STEP("queue.join.begun");
    return join;
}

boost::system::result<void> queue_core::try_join(std::uint64_t join) {
    unsigned self = attachment_->self();
    if (shared_.drop_if_dropping(self)) after_release();
    PLAIT_STEP("queue.join.looks");
    // If somebody saw the queue idle since, that will do, even if something was put afterwards.
    // Acquire: pairs with the release in tell_idle(); what was done before that is seen by who joins.
    if (shared_.header().idle_seen.load(std::memory_order_acquire) >= join || shared_.messages().were_idle()) return {};
    return boost::system::errc::make_error_code(boost::system::errc::resource_unavailable_try_again);
}

void queue_core::notify_if_idle(shared_queue& queue, channel& idle) noexcept {
    if (!idle.has_waiters()) return;
    // What is found holds for the joins that had begun before the look: only theirs it ends, however late it is told.
    auto joins = queue.header().joins.load(std::memory_order_seq_cst);
    // What waits is seen at once; only then is a look at all words worth its time.
    if (queue.order().surely_waits() || !queue.messages().were_idle()) return;
    PLAIT_STEP("queue.idle.seen");
    tell_idle(queue, idle, joins);
    PLAIT_STEP("queue.idle.notified");
}

void queue_core::tell_idle(shared_queue& queue, channel& idle, std::uint64_t joins) noexcept {
    auto& seen = queue.header().idle_seen;
    auto known = seen.load(std::memory_order_relaxed);
    while (known < joins && !seen.compare_exchange_weak(known, joins, std::memory_order_release)) {
    }
    PLAIT_STEP("queue.idle.noted");
    idle.notify_all();
}

} // namespace plait::ipc::detail
