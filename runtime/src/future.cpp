// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/future_state.hpp>

namespace plait::detail {

// Under the lock. The producer either finds the flag, and comes for the lock, or was there first.
bool future_state_base::is_done_after_showing_interest() noexcept {
    // acquire; pairs with the release in complete()
    std::uint32_t was = word_.fetch_or(interested, std::memory_order_acquire);
    if (!(was & done)) attract();
    return (was & done) != 0;
}

wait_state future_state_base::wait_until_done(deadline until) {
    if (until.is_never()) {
        assist();
        if (is_done()) return wait_state::woken;
    }
    waiting operation{this};
    return perform(operation, until);
}

bool future_state_base::attach(completion& c) noexcept {
    std::lock_guard guard(lock_);
    if (is_done_after_showing_interest()) return false;
    completions_.link(c);
    return true;
}

void future_state_base::detach(completion& c) noexcept {
    std::lock_guard guard(lock_);
    completions_.unlink(c);
}

void future_state_base::on_done(std::unique_ptr<callback> c) {
    {
        std::lock_guard guard(lock_);
        if (!is_done_after_showing_interest()) return callbacks_.push(std::move(c));
    }
    callback::deliver(std::move(c));
}

bool future_state_base::cancel() noexcept {
    // acq_rel: release for is_cancel_requested(), acquire so that one who is told "done" can read the result
    std::uint32_t was = word_.fetch_or(cancel_requested, std::memory_order_acq_rel);
    if (was & done) return false;
    if (!(was & cancel_requested)) {
        boost::intrusive_ptr<future_state_base> keep(this); // a callback may drop the caller's handle
        request_cancel();
    }
    return true;
}

void future_state_base::on_cancel(std::unique_ptr<callback> hook) {
    {
        std::lock_guard guard(lock_);
        if (is_done_after_showing_interest()) return;
        if (!is_cancel_requested()) return on_cancel_.swap(hook); // the one before is destroyed after the unlock
    }
    callback::run_here(std::move(hook));
}

void future_state_base::request_cancel() noexcept {
    std::unique_ptr<callback> hook;
    {
        std::lock_guard guard(lock_);
        hook.swap(on_cancel_);
    }
    if (hook) callback::run_here(std::move(hook));
}

void future_state_base::set_exception(std::exception_ptr e) {
    if (!e) throw error(errc::invalid_argument, "promise.set_exception: the exception_ptr is null");
    complete(outcome::exception, [&] { exception_ = std::move(e); });
}

void future_state_base::set_cancelled() {
    complete(outcome::cancelled, [] {});
}

std::exception_ptr future_state_base::failure() const {
    if (outcome_ == outcome::cancelled) return std::make_exception_ptr(error(errc::task_cancelled, "future"));
    return exception_;
}

// Somebody is interested, or has asked to cancel.
void future_state_base::announce() noexcept {
    boost::intrusive_ptr<future_state_base> keep(this);
    std::unique_ptr<callback> unneeded;
    std::unique_lock guard(lock_);
    // release; pairs with the acquire in is_done()
    word_.fetch_or(done, std::memory_order_release);
    callback_queue callbacks = std::move(callbacks_);
    unneeded.swap(on_cancel_);
    completions_.notify_all(outcome_);
    // The first is made to go on without the lock: woken on this very core, it would come for it at once.
    wait_list::chosen first = waiters_.choose();
    waiters_.wake_all();
    guard.unlock();
    first.unblock();
    while (std::unique_ptr<callback> c = callbacks.pop())
        callback::deliver(std::move(c));
}

} // namespace plait::detail
