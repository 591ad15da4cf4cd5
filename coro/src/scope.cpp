// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/scope.hpp>

#include <mutex>

namespace plait {
namespace {

detail::coroutine& body_of_scope() {
    if (detail::coroutine* c = detail::current_coroutine()) return *c;
    throw error(errc::invalid_argument, "in_scope outside of a coroutine");
}

// True if `e` only says that something else was cancelled.
bool tells_of_a_cancellation(const std::exception_ptr& e) {
    try {
        std::rethrow_exception(e);
    } catch (const error& x) {
        return x.code() == errc::task_cancelled;
    } catch (...) {
        return false;
    }
}

} // namespace

scope::scope() : body_(body_of_scope()), until_(body_.first_deadline()) {
    if (body_waits_.is_cancelled()) cancel();
}

// A child that failed keeps its stack, on which both the note about it and its exception are: there are never more failures
// than children that were alive when the first one failed.
void scope::member_ended(member& m, detail::outcome how) noexcept {
    if (how == detail::outcome::value) return;
    {
        std::lock_guard guard(lock_);
        if (how == detail::outcome::cancelled) {
            cut_a_child_short_ |= is_closed();
            return;
        }
        auto& failed = static_cast<child&>(m);
        failed.who().retain();
        failed.failed_late = is_closed();
        (last_failed_ ? last_failed_->next_failed : first_failed_) = &failed;
        last_failed_ = &failed;
    }
    cancel();
}

void scope::body_failed() noexcept {
    {
        std::lock_guard guard(lock_);
        body_failure_ = std::current_exception();
        failed_before_body_ = last_failed_;
        body_failed_late_ = is_closed();
    }
    cancel();
}

void scope::cancel() noexcept {
    enter();
    if (close()) {
        cancel_body(); // first: one that sees a cancelled child is cancelled itself
        cancel_members();
    }
    leave();
}

bool scope::is_cancelled() const noexcept {
    std::lock_guard guard(lock_);
    return is_closed();
}

void scope::cancel_body() noexcept {
    if (loop::current() == body_.home()) return body_waits_.cancel();
    enter(); // the message
    if (!body_.send_home(to_body_)) leave();
}

void scope::message::deliver(ready_item& item) noexcept {
    scope& to = static_cast<message&>(item).to;
    to.body_waits_.cancel();
    to.leave();
}

// The wait is not cancellable itself: a cancellation reaches the children through body_waits_.
void scope::join(bool body_returned) {
    wait_until_empty(deadline::never(), detail::cancellation::disabled, "in_scope");
    throw_failures();
    bool cut_short = !body_returned || cut_a_child_short_;
    if (cut_short && !body_waits_.is_the_reason()) throw cancelled();
}

void scope::throw_failures() {
    detail::exception_collector failures;
    auto add = [&](const std::exception_ptr& e, bool late) {
        if (late && tells_of_a_cancellation(e))
            cut_a_child_short_ = true;
        else
            failures.add(e);
    };
    if (body_failure_ && !failed_before_body_) add(body_failure_, body_failed_late_);
    for (child* c = first_failed_; c;) {
        add(c->who().failure(), c->failed_late);
        if (c == failed_before_body_) add(body_failure_, body_failed_late_);
        detail::coroutine& who = c->who();
        c = c->next_failed;
        who.release();
    }
    if (!failures.empty()) std::move(failures).rethrow();
}

} // namespace plait
