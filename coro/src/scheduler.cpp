// Copyright 2026 the plait authors. Boost Software License 1.0
#include "scheduler.hpp"

#include <boost/context/detail/fcontext.hpp>

#include <cerrno>
#include <memory>

#include <cxxabi.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#elif defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace plait::detail {

namespace context = boost::context::detail;

coroutine_scheduler& coroutine_scheduler::of(loop& home) {
    return static_cast<coroutine_scheduler&>(home.extension(
        [](loop& l) -> std::unique_ptr<loop_extension> { return std::make_unique<coroutine_scheduler>(l); }));
}

// The only place that knows what belongs to a stack besides the registers. Never inlined: the compiler may keep the
// address of errno or of a thread-local over a call, and a coroutine that resumes must not find a stale one. It would
// find its own thread's in any case, since coroutines do not migrate, but the rule costs nothing here.
[[gnu::noinline]] void coroutine_scheduler::switch_to(execution& from, execution& to) noexcept {
    // Boost.Context 1.81 does not keep the exception state; a coroutine that parks inside a catch block, or in a
    // destructor during unwinding, must find its own again.
    from.exceptions = *thread_exceptions_;
    from.error_number = *thread_errno_;
    coroutine::set_running(to.who);
#if defined(__SANITIZE_ADDRESS__)
    bool dying = dead_ && &dead_->execution_ == &from;
    __sanitizer_start_switch_fiber(dying ? nullptr : &from.fake_stack, to.stack_bottom, to.stack_size);
#elif defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(to.fiber, 0);
#endif
    context::transfer_t came = context::jump_fcontext(to.context, &from);
    arrive(from, *static_cast<execution*>(came.data), came.fctx);
}

// The first thing that runs on a stack that was switched to.
void coroutine_scheduler::arrive(execution& self, execution& from, void* from_context) noexcept {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(self.fake_stack, &from.stack_bottom, &from.stack_size);
#endif
    from.context = from_context;
    *thread_exceptions_ = self.exceptions;
    *thread_errno_ = self.error_number;
    if (dead_) std::exchange(dead_, nullptr)->release();
}

void coroutine_scheduler::enter(ready_item& item) noexcept {
    auto& c = static_cast<coroutine&>(item);
    coroutine_scheduler& self = c.scheduler_;
    if (!self.thread_errno_) self.bind_to_this_thread();
    self.switch_to(self.root_, c.execution_);
}

void coroutine_scheduler::bind_to_this_thread() noexcept {
    thread_errno_ = &errno;
    // Two words in every version of the C++ ABI: the stack of caught exceptions and the count of uncaught ones.
    thread_exceptions_ = reinterpret_cast<exception_state*>(abi::__cxa_get_globals());
#if defined(__SANITIZE_THREAD__)
    root_.fiber = __tsan_get_current_fiber();
#endif
}

void coroutine_scheduler::leave(coroutine& c) noexcept {
    ready_item* next = home_.next_ready();
    if (next == &c) return;
    if (next && next->run == &enter) return switch_to(c.execution_, static_cast<coroutine&>(*next).execution_);
    if (next) home_.put_back(*next);
    switch_to(c.execution_, root_);
}

void coroutine_scheduler::leave_for_good(coroutine& c) noexcept {
    dead_ = &c;
    leave(c);
    __builtin_unreachable();
}

void* coroutine_scheduler::new_context(void* top, std::size_t bytes) noexcept {
    return context::make_fcontext(top, bytes, [](context::transfer_t came) {
        coroutine& self = *current_coroutine();
        self.scheduler_.arrive(self.execution_, *static_cast<execution*>(came.data), came.fctx);
        self.scheduler_.add_live(self);
        self.run_body();
        self.end();
        self.scheduler_.leave_for_good(self);
    });
}

void coroutine_scheduler::add_live(coroutine& c) noexcept {
    c.next_live_ = live_;
    if (live_) live_->previous_live_ = &c;
    live_ = &c;
    if (closing()) c.deliver_cancellation();
}

void coroutine_scheduler::remove_live(coroutine& c) noexcept {
    (c.previous_live_ ? c.previous_live_->next_live_ : live_) = c.next_live_;
    if (c.next_live_) c.next_live_->previous_live_ = c.previous_live_;
    // release; pairs with the acquire of whoever compares it with `spawned`
    ended.store(ended.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    if (!live_ && closing()) when_empty_();
}

void coroutine_scheduler::close(std::function<void()> when_empty) {
    when_empty_ = std::move(when_empty);
    for (coroutine* c = live_; c; c = c->next_live_)
        c->deliver_cancellation();
    if (!live_) when_empty_();
}

} // namespace plait::detail
