// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/detail/coroutine_group.hpp>

namespace plait::detail {

coroutine_group::member::member(coroutine_group& of, coroutine& who) noexcept
    : completion([](completion& self, outcome how) noexcept {
          auto& m = static_cast<member&>(self);
          m.of_.end_of(m, how);
      }),
      of_(of),
      who_(who) {}

coroutine_group::~coroutine_group() { std::lock_guard last_one_inside_has_left(lock_); }

void coroutine_group::start(member& m, bool takes_exceptions) noexcept {
    m.who_.attach_before_start(m, takes_exceptions);
    bool is_late = false;
    {
        std::lock_guard guard(lock_);
        ++inside_;
        is_late = closed_;
        if (!is_late) list(m);
    }
    if (is_late) m.who_.cancel();
    m.who_.start();
}

void coroutine_group::enter() noexcept {
    std::lock_guard guard(lock_);
    ++inside_;
}

void coroutine_group::leave() noexcept {
    std::lock_guard guard(lock_);
    if (--inside_ == 0) waiting_for_the_last_.wake_all();
}

void coroutine_group::end_of(member& m, outcome how) noexcept {
    member_ended(m, how);
    std::lock_guard guard(lock_);
    if (m.is_listed_) unlist(m);
    if (--inside_ == 0) waiting_for_the_last_.wake_all();
}

void coroutine_group::cancel_members() noexcept {
    std::unique_lock guard(lock_);
    ++inside_;
    while (member* m = to_reach_) {
        coroutine& who = m->who_;
        unlist(*m);
        who.retain();
        guard.unlock(); // what is cancelled may be an operation of the user's
        who.cancel();
        who.release();
        guard.lock();
    }
    guard.unlock();
    leave();
}

bool coroutine_group::close() noexcept {
    std::lock_guard guard(lock_);
    return !std::exchange(closed_, true);
}

wait_state coroutine_group::wait_until_empty(deadline until, cancellation c, const char* what) {
    std::unique_lock guard(lock_);
    while (inside_ != 0) {
        wait_state how = waiting_for_the_last_.wait(guard, until, c, wait_list::place::back, what);
        if (how != wait_state::woken) return how;
        guard.lock();
    }
    return wait_state::woken;
}

void coroutine_group::list(member& m) noexcept {
    m.is_listed_ = true;
    m.next_ = to_reach_;
    m.previous_ = nullptr;
    if (to_reach_) to_reach_->previous_ = &m;
    to_reach_ = &m;
}

void coroutine_group::unlist(member& m) noexcept {
    m.is_listed_ = false;
    (m.previous_ ? m.previous_->next_ : to_reach_) = m.next_;
    if (m.next_) m.next_->previous_ = m.previous_;
}

} // namespace plait::detail
