// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/cancellable_work.hpp>

#include <utility>

namespace plait::detail {

bool cancellable_work::begin() noexcept {
    {
        std::lock_guard guard(lock_);
        if (phase_ != phase::waiting) return false;
        phase_ = phase::running;
    }
    outer_ = current_;
    current_ = this;
    if (outer_) outer_->make_room();
    come_to_the_top(thread_party::of_this_thread());
    return true;
}

void cancellable_work::end() noexcept {
    make_room();
    current_ = outer_;
    if (outer_) outer_->come_to_the_top(thread_party::of_this_thread());
}

void cancellable_work::come_to_the_top(thread_party& here) noexcept {
    std::lock_guard guard(lock_);
    innermost_on_ = &here;
    if (cancelled_) here.cancel();
}

void cancellable_work::make_room() noexcept {
    thread_party* here = nullptr;
    bool was_cancelled = false;
    {
        std::lock_guard guard(lock_);
        here = std::exchange(innermost_on_, nullptr);
        was_cancelled = cancelled_;
    }
    if (was_cancelled) here->forget_cancellation();
}

bool cancellable_work::cancel() noexcept {
    std::lock_guard guard(lock_);
    cancelled_ = true;
    if (innermost_on_) innermost_on_->cancel();
    if (phase_ != phase::waiting) return false;
    phase_ = phase::ended;
    return true;
}

bool cancellable_work::is_cancelled() const noexcept {
    std::lock_guard guard(lock_);
    return cancelled_;
}

} // namespace plait::detail
