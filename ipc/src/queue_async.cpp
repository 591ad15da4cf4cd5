// Copyright 2026 the plait authors. Boost Software License 1.0
#include "queue_core.hpp"

#include <plait/ipc/detail/queue_operation.hpp>

namespace plait::ipc::detail {

handler_wait::handler_wait(std::shared_ptr<queue_core> core, awaited what) noexcept
    : core_(std::move(core)), what_(what) {}
handler_wait::handler_wait(handler_wait&& other) noexcept = default;
handler_wait::~handler_wait() = default;

wait_point& handler_wait::point() const noexcept {
    switch (what_) {
    case awaited::message: return core_->not_empty();
    case awaited::room: return core_->not_full();
    case awaited::idle: break;
    }
    return core_->idle();
}

plait::detail::raw_lock& handler_wait::lock() const noexcept { return point().coroutines.lock(); }
plait::detail::wait_list& handler_wait::waiters() const noexcept { return point().coroutines.waiters(); }

bool handler_wait::attempt(
    std::unique_lock<plait::detail::raw_lock>& guard, bool was_woken, bool (*once)(void*), void* operation) {
    guard.unlock();
    wait_point& at = point();
    bool registered = false;
    try {
        if (once(operation)) return true;
        if (!ear_) {
            at.introduce(*core_->owner(), *core_);
            ear_ = std::make_unique<listening>(context_);
        }
        for (;;) {
            auto round = at.coroutines.begin_round();
            registered = true;
            if (once(operation)) {
                at.coroutines.leave();
                return true;
            }
            guard.lock();
            // Served since the registration, and not in the list then: look again.
            if (at.coroutines.round() == round) return false;
            guard.unlock();
        }
    } catch (...) {
        if (registered) at.coroutines.leave();
        if (was_woken) at.coroutines.pass_on(); // what this one was woken for is the next one's
        throw;
    }
}

void handler_wait::pass_on(std::unique_lock<plait::detail::raw_lock>& guard) const noexcept {
    guard.unlock();
    point().coroutines.pass_on();
}

void handler_wait::end(bool given_up) noexcept {
    if (given_up) point().coroutines.leave();
    ear_.reset();
}

bool has_to_wait(const boost::system::error_code& code) noexcept { return must_wait(code); }

} // namespace plait::ipc::detail
