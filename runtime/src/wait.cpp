// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/error.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/wait.hpp>

#include <algorithm>
#include <fstream>
#include <new>
#include <string>

#include <unistd.h>

namespace plait {
namespace detail {
party& party::current_thread() noexcept { return thread_party::of_this_thread(); }

void party::deliver_cancellation() noexcept {
    request_cancellation(true);
    interrupt();
}

void party::interrupt() noexcept {
    if (parked_ && parked_cancellably_ && cancel_pending()) parked_->cancel();
    for (cancel_scope* s = innermost_; s; s = s->outer_)
        if (s->on_cancel_ && s->is_cancelled()) s->on_cancel_(*s);
}

cancel_scope* party::next_to_expire() const noexcept {
    cancel_scope* first = nullptr;
    for (cancel_scope* s = innermost_; s; s = s->outer_)
        if (!s->cancelled_ && !s->until_.is_never() && shields_ <= s->shields_ &&
            (!first || s->until_.at() < first->until_.at()))
            first = s;
    return first;
}

deadline party::first_deadline() const noexcept {
    deadline first;
    for (cancel_scope* s = innermost_; s; s = s->outer_)
        if (shields_ <= s->shields_ && s->until_.at() < first.at()) first = s->until_;
    return first;
}

cancel_scope::cancel_scope(deadline until, void (*on_cancel)(cancel_scope&) noexcept) noexcept
    : timer_node(&cancel_scope::expire),
      who_(party::current()),
      outer_(who_.innermost_),
      until_(until),
      on_cancel_(on_cancel),
      shields_(who_.shields_) {
    who_.innermost_ = this;
}

cancel_scope::cancel_scope(deadline until, ends_with_another) noexcept : cancel_scope(until, nullptr) {}

cancel_scope::cancel_scope(void (*on_cancel)(cancel_scope&) noexcept) noexcept
    : cancel_scope(deadline::never(), on_cancel) {}

// Its destructor takes it back if arming throws.
cancel_scope::cancel_scope(deadline until) : cancel_scope(until, nullptr) {
    // A thread has no timers: it looks at the deadlines of its scopes when it parks.
    if (who_.home() && !until.is_never()) who_.home()->timers().arm(*this, until.at());
}

cancel_scope::~cancel_scope() {
    if (who_.home()) who_.home()->timers().disarm(*this);
    who_.innermost_ = outer_;
    who_.cancelled_below_ = 0;
    for (cancel_scope* s = outer_; s; s = s->outer_)
        if (s->cancelled_) who_.cancelled_below_ = std::max(who_.cancelled_below_, s->shields_ + 1);
}

void cancel_scope::cancel() noexcept {
    cancelled_ = true;
    who_.cancelled_below_ = std::max(who_.cancelled_below_, shields_ + 1);
    who_.ever_cancelled_.store(true, std::memory_order_relaxed);
    who_.interrupt();
}

bool cancel_scope::is_cancelled_around() const noexcept {
    if (shields_ == 0 && who_.cancel_requested_.load(std::memory_order_relaxed)) return true;
    for (cancel_scope* s = outer_; s; s = s->outer_)
        if (s->cancelled_ && shields_ <= s->shields_) return true;
    return false;
}

thread_party& thread_party::of_this_thread() noexcept {
    static thread_local thread_party self;
    return self;
}

thread_party::thread_party() noexcept : party(kind::thread, nullptr, [](ready_item&) noexcept {}), id_(::gettid()) {}

std::string thread_party::describe() const {
    std::string id = std::to_string(id_), name;
    std::getline(std::ifstream("/proc/self/task/" + id + "/comm"), name);
    return name.empty() ? "thread " + id : "thread " + id + " '" + name + "'";
}

std::string thread_party::activity() const {
    if (const char* what = waits_for_.load(std::memory_order_relaxed)) return std::string("waits for ") + what;
    // proc(5): the state follows the name, which is in parentheses and may itself hold some
    std::string line;
    std::getline(std::ifstream("/proc/self/task/" + std::to_string(id_) + "/stat"), line);
    auto end_of_name = line.rfind(") ");
    return end_of_name != std::string::npos && line[end_of_name + 2] == 'R' ? "runs" : "sleeps";
}

namespace {

bool is_decided_soon(waiter& w) noexcept {
    constexpr int looks = 200;
    for (int i = 0; i < looks; ++i) {
        // relaxed: waiter::park reads it again
        if (w.word().load(std::memory_order_relaxed) != static_cast<std::uint32_t>(wait_state::idle)) return true;
        cpu_relax();
    }
    return false;
}

} // namespace

void thread_party::block(waiter& w, deadline until) noexcept {
    if (loop::current()) return w.refuse();
    // A wake-up from another core costs tens of microseconds; one that is about to come is worth some looks. It costs its
    // waker no system call, as the wait has not begun.
    if (is_decided_soon(w) || !w.begin()) return;
    if (!parked_cancellably() || shielded()) return sleep(w, until);
    {
        std::lock_guard guard(cancel_lock_);
        if (cancel_pending()) w.cancel(); // since the look that waiter::park took
        cancellable_ = &w;
    }
    sleep(w, until);
    std::lock_guard guard(cancel_lock_);
    cancellable_ = nullptr;
}

void thread_party::sleep(waiter& w, deadline until) noexcept {
    constexpr auto waiting = static_cast<std::uint32_t>(wait_state::waiting);
    auto& word = w.word();
    waits_for_.store(w.what(), std::memory_order_relaxed);
    // acquire; pairs with the release in waiter::settle()
    while (word.load(std::memory_order_acquire) == waiting) {
        cancel_scope* scope = parked_cancellably() ? next_to_expire() : nullptr;
        bool scope_comes_first = scope && scope->until_.at() <= until.at();
        deadline first = scope_comes_first ? scope->until_ : until;
        if (futex_wait(word, waiting, first, futex_scope::private_to_process)) continue;
        if (scope_comes_first)
            scope->cancel(); // which may only ask an operation to stop: the wait then goes on
        else
            w.time_out();
    }
    waits_for_.store(nullptr, std::memory_order_relaxed);
}

void thread_party::cancel() noexcept {
    std::lock_guard guard(cancel_lock_); // the thread cannot leave its wait, and the waiter lives
    request_cancellation(true);
    if (cancellable_) cancellable_->cancel();
}

void thread_party::forget_cancellation() noexcept {
    std::lock_guard guard(cancel_lock_);
    request_cancellation(false);
}

bool party::abandon() noexcept { return !parked_ || parked_->settle(wait_state::refused) <= wait_state::waiting; }

time_point party::now() const noexcept {
    return home_ ? home_->now() : std::chrono::time_point_cast<duration>(std::chrono::steady_clock::now());
}

void blocked::unblock() const noexcept {
    if (!who)
        futex_wake(*word, 1, futex_scope::private_to_process);
    else if (loop* home = who->home())
        home->make_ready(*who);
    else
        who->run(*who);
}

wait_state waiter::park(deadline until, cancellation c) noexcept {
    party& p = *party_;
    bool cancellable = c == cancellation::enabled;
    if (cancellable && p.cancel_pending()) cancel();
    // A nested park (a primitive used inside another's wait) must not exist: one party, one wait.
    p.parked_ = this;
    p.parked_cancellably_ = cancellable;
    p.block(*this, until);
    p.parked_ = nullptr;
    // acquire; pairs with the release in settle()
    return static_cast<wait_state>(state_.load(std::memory_order_acquire));
}

void wait_list::link(waiter& w, place where) noexcept {
    w.linked_ = true;
    if (where == place::back) {
        w.previous_ = last_;
        w.next_ = nullptr;
        (last_ ? last_->next_ : first_) = &w;
        last_ = &w;
    } else {
        w.next_ = first_;
        w.previous_ = nullptr;
        (first_ ? first_->previous_ : last_) = &w;
        first_ = &w;
    }
}

void wait_list::unlink(waiter& w) noexcept {
    w.linked_ = false;
    (w.previous_ ? w.previous_->next_ : first_) = w.next_;
    (w.next_ ? w.next_->previous_ : last_) = w.previous_;
}

wait_state
wait_list::wait(std::unique_lock<raw_lock>& guard, deadline until, cancellation c, place where, const char* what) {
    raw_lock* lock = guard.mutex();
    waiter w(what);
    link(w, where);
    guard.unlock();
    wait_state result = w.park(until, c);
    if (result == wait_state::woken) return result; // the waker took it out of the list
    {
        std::lock_guard relock(*lock);
        if (w.linked_) unlink(w);
    }
    throw_if_not_parked(result);
    return result;
}

bool wait_list::cancel(waiter& w) noexcept {
    if (!w.linked_) return false;
    unlink(w);
    w.settle(wait_state::cancelled);
    return true;
}

wait_list::chosen wait_list::choose() noexcept {
    while (waiter* w = first_) {
        unlink(*w);
        const party* who = &w->who();
        blocked b = w->who_is_blocked();
        wait_state was = w->settle(wait_state::woken);
        if (was == wait_state::waiting) return {who, b};
        if (was == wait_state::idle) return {who, {}};
    }
    return {};
}

bool wait_list::wake_one(std::unique_lock<raw_lock>& guard) noexcept {
    chosen c = choose();
    guard.unlock();
    c.unblock();
    return c.who != nullptr;
}

void wait_list::wake_all() noexcept {
    for (chosen c = choose(); c.who; c = choose())
        c.unblock();
}

void throw_if_not_parked(wait_state result) {
    if (result == wait_state::refused)
        throw error(errc::would_block_loop, "a handler on a loop's thread must not wait; use a coroutine");
    if (result == wait_state::no_memory) throw std::bad_alloc();
}

void throw_unless_woken(wait_state result, const char* what) {
    if (result == wait_state::timed_out) throw timeout_error(what);
    if (result == wait_state::cancelled) throw cancelled();
}

void throw_if_cancelled() {
    if (party::current().cancel_pending()) throw cancelled();
}

deadline deadline_after(duration d) {
    if (d < duration::zero())
        throw error(errc::invalid_argument, "a timeout of " + std::to_string(d.count()) + " ns is negative");
    return deadline(saturating_add(party::current().now(), d));
}

void throw_if_park_would_block_loop(const char* what) {
    if (!party::current().home() && loop::current()) throw error(errc::would_block_loop, what);
}

} // namespace detail

void sleep_until(time_point t) {
    detail::waiter w("its time");
    detail::wait_state result = w.park(deadline(t), detail::cancellation::enabled);
    detail::throw_if_not_parked(result);
    if (result == detail::wait_state::cancelled) throw cancelled();
}

void sleep_for(duration d) { sleep_until(detail::deadline_after(d).at()); }

} // namespace plait
