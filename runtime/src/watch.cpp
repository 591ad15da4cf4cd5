// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/watch.hpp>

namespace plait::detail {

watch::~watch() {
    for (std::size_t i = 0; i < size_; ++i)
        if (!has_arrived(entries_[i])) entries_[i].detach(entries_[i].source, entries_[i]);
    std::lock_guard last_one_to_arrive_has_left(lock_);
}

void watch::notify(completion& c, outcome how) noexcept {
    auto& e = static_cast<entry&>(c);
    e.of->arrive(e, how);
}

void watch::arrive(entry& e, outcome how) noexcept {
    std::lock_guard guard(lock_);
    e.has_arrived = true;
    ++arrived_;
    has_exception_ |= how == outcome::exception;
    if (how != outcome::value && !first_failure_) first_failure_ = &e;
    (first_ ? last_->next_arrived : first_) = &e;
    last_ = &e;
    if (is_satisfied()) waiters_.wake_all();
}

bool watch::has_arrived(const entry& e) const noexcept {
    std::lock_guard guard(lock_);
    return e.has_arrived;
}

bool watch::is_satisfied() const noexcept {
    return arrived_ >= wanted_ || (early_end_ == early_end::exception && has_exception_) ||
           (early_end_ == early_end::failure && first_failure_);
}

void watch::want(std::size_t count, early_end early) noexcept {
    std::lock_guard guard(lock_);
    wanted_ = count;
    early_end_ = early;
}

wait_state watch::wait(std::size_t count, early_end early, deadline until) {
    want(count, early);
    waiting operation{this};
    return perform(operation, until);
}

const void* watch::next() noexcept {
    std::lock_guard guard(lock_);
    entry* e = first_;
    if (!e) return nullptr;
    first_ = e->next_arrived;
    return e->source;
}

const void* watch::first_failure() const noexcept {
    std::lock_guard guard(lock_);
    return first_failure_ ? first_failure_->source : nullptr;
}

} // namespace plait::detail
