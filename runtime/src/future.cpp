// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/future.hpp>

namespace plait::detail {

wait_state future_state_base::wait(deadline until) {
    if (is_done()) return wait_state::woken;
    std::unique_lock guard(lock_);
    if (is_done()) return wait_state::woken;
    return waiters_.wait(guard, until);
}

void future_state_base::on_done(std::function<void()> callback) {
    {
        std::lock_guard guard(lock_);
        if (!is_done()) return callbacks_.push_back(std::move(callback));
    }
    callback();
}

void future_state_base::set_exception(std::exception_ptr e) {
    complete([&] { exception_ = std::move(e); });
}

void future_state_base::announce(std::unique_lock<raw_lock>& guard) {
    // release; pairs with the acquire in is_done()
    done_.store(true, std::memory_order_release);
    auto callbacks = std::move(callbacks_);
    waiters_.wake_all();
    guard.unlock();
    for (auto& callback : callbacks)
        callback();
}

} // namespace plait::detail
