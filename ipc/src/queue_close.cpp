// Copyright 2026 the plait authors. Boost Software License 1.0
//
//   open ──close──▶ draining ──close_now──▶ dropping      (or at once)
//
// Closing is one word that only grows, so it needs no recovery. A queue that is dropping keeps nothing that waits: whoever
// closes it takes out what is there, and so does everybody who looks at it afterwards (a get, a join, the tick of every
// process, the sweep of somebody who died with a message in hand), so it does not matter who dies, or stops, on the way.
#include "queue_core.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

namespace plait::ipc::detail {

void queue_core::close() {
    static_cast<void>(attachment_->self());
    shared_.close(queue_closing::draining);
    PLAIT_STEP("queue.close.closed");
    not_empty_.on.notify_all();
    PLAIT_STEP("queue.close.told");
    not_full_.on.notify_all();
    PLAIT_STEP("queue.close.done");
}

void queue_core::close_now() {
    unsigned self = attachment_->self();
    shared_.close(queue_closing::dropping);
    PLAIT_STEP("queue.close_now.closed");
    not_empty_.on.notify_all();
    not_full_.on.notify_all();
    PLAIT_STEP("queue.close_now.woken");
    shared_.drop_if_dropping(self);
    PLAIT_STEP("queue.close_now.dropped");
    notify_if_idle();
    PLAIT_STEP("queue.close_now.done");
}

boost::system::error_code queue_core::refuse_to_take() noexcept {
    if (shared_.drop_if_dropping(attachment_->self_or_none())) notify_if_idle();
    return make_error_code(errc::queue_closed);
}

} // namespace plait::ipc::detail
