// Copyright 2026 the plait authors. Boost Software License 1.0
#include "frames.hpp"
#include "scheduler.hpp"
#include "stack_overflow.hpp"

#include <plait/coro/spawn.hpp>

#include <boost/context/detail/fcontext.hpp>

#include <cerrno>
#include <memory>
#include <mutex>
#include <thread>

#include <cxxabi.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#elif defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace plait::detail {

namespace context = boost::context::detail;

namespace {

// jump_fcontext, entered by a jump instead of a call. It leaves through an indirect jump, so a call would put an address
// onto the processor's return stack that nothing takes off again, and the next `ret` (ours, to whoever parked) would be
// mispredicted at every switch: 16.6 ns a yield instead of 8.4.
[[gnu::always_inline]] inline context::transfer_t jump(void* to, void* data) noexcept {
#if defined(__x86_64__) && !defined(__CET__)
    void *from, *back;
    // The push is into nothing: this file is compiled without a red zone.
    asm volatile("leaq 1f(%%rip), %%rax\n\t"
                 "pushq %%rax\n\t"
                 "jmp jump_fcontext@PLT\n\t"
                 "1:"
                 : "=a"(from), "=d"(back), "+D"(to), "+S"(data)
                 :
                 : "rcx", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                   "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "memory", "cc");
    return {from, back};
#else
    return context::jump_fcontext(to, data);
#endif
}

// The innermost frame of what is suspended there, where jump_fcontext has put the registers; nullptr if not known.
const void* frame_of([[maybe_unused]] void* registers) noexcept {
#if defined(__x86_64__)
    constexpr std::size_t position_of_rbp = 7; // jump_x86_64_sysv_elf_gas.S
    if (registers) return static_cast<void**>(registers)[position_of_rbp];
#endif
    return nullptr;
}

} // namespace

coroutine_scheduler& coroutine_scheduler::of(loop& home) {
    return static_cast<coroutine_scheduler&>(home.extension(
        [](loop& l) -> std::unique_ptr<loop_extension> { return std::make_unique<coroutine_scheduler>(l); }));
}

// The first thing that runs on a stack that was switched to.
inline void
coroutine_scheduler::arrive([[maybe_unused]] execution& self, execution& from, void* from_context) noexcept {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(self.fake_stack, &from.stack_bottom, &from.stack_size);
#endif
    // release; pairs with the acquire in describe(): whoever sees it sees what is above it
    from.context.store(from_context, std::memory_order_release);
    if (dead_) std::exchange(dead_, nullptr)->release();
}

[[gnu::always_inline]] inline void
coroutine_scheduler::switch_to(execution& from, execution& to, party* whose) noexcept {
    void* context = to.context.load(std::memory_order_relaxed);
    // Who looks on reads the stacks of those that are suspended. relaxed: is_wanted() orders it for them
    to.context.store(nullptr, std::memory_order_relaxed);
    if (whose && live_lock_.is_wanted()) [[unlikely]]
        return switch_after_visit(from, to, context, whose);
    jump_to(from, to, context, whose);
}

// Apart, as everything that is rare, so that the way from coroutine to coroutine has few registers to save.
[[gnu::noinline]] void
coroutine_scheduler::switch_after_visit(execution& from, execution& to, void* context, party* whose) noexcept {
    live_lock_.step_back();
    jump_to(from, to, context, whose);
}

// The only place that knows what belongs to a stack besides the registers. It becomes part of functions that are never
// inlined themselves: the compiler may keep the address of errno or of a thread-local over a call, and a coroutine that
// resumes must not find a stale one. It would find its own thread's in any case, since coroutines do not migrate, but the
// rule costs nothing here.
[[gnu::always_inline]] inline void
coroutine_scheduler::jump_to(execution& from, execution& to, void* context, party* whose) noexcept {
    // Boost.Context 1.81 does not keep the exception state; a coroutine that parks inside a catch block, or in a
    // destructor during unwinding, must find its own again.
    from.exceptions = *thread_exceptions_;
    *thread_exceptions_ = to.exceptions;
    from.error_number = std::exchange(*thread_errno_, to.error_number);
    coroutine::set_running(whose);
#if defined(__SANITIZE_ADDRESS__)
    bool dying = dead_ && &dead_->execution_ == &from;
    __sanitizer_start_switch_fiber(dying ? nullptr : &from.fake_stack, to.stack_bottom, to.stack_size);
#elif defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(to.fiber, 0);
#endif
    context::transfer_t came = jump(context, &from);
    arrive(from, *static_cast<execution*>(came.data), came.fctx);
}

coroutine_scheduler::~coroutine_scheduler() {
    if (this_thread_ == this) this_thread_ = nullptr;
}

std::size_t coroutine_scheduler::abandon() noexcept {
    std::size_t woken = 0;
    for (coroutine* c = live_; c; c = c->next_live_)
        woken += !c->lose_loop(true);
    return woken;
}

bool coroutine_scheduler::abandon(ready_item& item) noexcept {
    if (item.run == &coroutine::cancel_request::deliver) item.run(item); // which lets its target go
    if (item.run != &enter) return false;
    auto& c = static_cast<coroutine&>(item);
    if (c.has_ended()) return c.is_parked();
    static_cast<void>(c.lose_loop(false));
    return false;
}

std::vector<coroutine_info> coroutine_scheduler::list() {
    std::vector<coroutine_info> all;
    visit_live([&](const coroutine& c, bool runs) { all.push_back(c.info(runs)); });
    return all;
}

std::optional<coroutine_info> coroutine_scheduler::running() {
    std::optional<coroutine_info> found;
    visit_live([&](const coroutine& c, bool runs) {
        if (runs) found = c.info(true);
    });
    return found;
}

template <class Visit>
void coroutine_scheduler::visit_live(Visit visit) {
    std::unique_lock guard(live_lock_, std::try_to_lock);
    if (!guard) return;
    for (coroutine* c = live_; c; c = c->next_live_) {
        // relaxed: what is said of it is what was true a moment ago
        bool on_its_way = c->waits_for_.load(std::memory_order_relaxed) != nullptr; // into a wait, or out of one
        visit(*c, !c->execution_.context.load(std::memory_order_relaxed) && !on_its_way);
    }
}

void coroutine_scheduler::describe(dump& to) {
    visit_live([&](const coroutine& c, bool runs) {
        coroutine_info info = c.info(runs);
        to.add("  " + to_string(info) + "\n");
        // acquire; pairs with the release in arrive()
        const void* innermost = frame_of(c.execution_.context.load(std::memory_order_acquire));
        if (&c == current_coroutine()) innermost = __builtin_frame_address(0);
        if (innermost)
            to.add_stack(
                "coroutine " + std::to_string(info.id), frames(innermost, c.end_of_frames()).return_addresses());
    });
}

[[gnu::noinline]] void coroutine_scheduler::enter(ready_item& item) noexcept {
    auto& c = static_cast<coroutine&>(item);
    coroutine_scheduler& self = c.scheduler_;
    if (!self.thread_errno_) self.bind_to_this_thread();
    this_thread_ = &self; // each time: a thread may run several loops in turn
    self.switch_to(self.root_, c.execution_, &c);
}

void coroutine_scheduler::bind_to_this_thread() noexcept {
    thread_errno_ = &errno;
    // Two words in every version of the C++ ABI: the stack of caught exceptions and the count of uncaught ones.
    thread_exceptions_ = reinterpret_cast<exception_state*>(abi::__cxa_get_globals());
#if defined(__SANITIZE_THREAD__)
    root_.fiber = __tsan_get_current_fiber();
#endif
    report_stack_overflows_of_this_thread();
}

[[gnu::always_inline]] inline void coroutine_scheduler::go_on_with(ready_item* next, coroutine& c) noexcept {
    if (!next || next->run != &enter) [[unlikely]]
        return go_on_with_loop(next, c);
    auto& who = static_cast<coroutine&>(*next);
    switch_to(c.execution_, who.execution_, &who);
}

[[gnu::noinline]] void coroutine_scheduler::go_on_with_loop(ready_item* next, coroutine& c) noexcept {
    if (next) home_.put_back(*next);
    switch_to(c.execution_, root_, nullptr);
}

[[gnu::noinline]] void coroutine_scheduler::leave(coroutine& c) noexcept { go_on_with(home_.next_ready(), c); }

[[gnu::always_inline]] inline void coroutine_scheduler::yield(coroutine& c) noexcept {
    ready_item* next = home_.rotate(c);
    if (next != &c) go_on_with(next, c);
}

[[gnu::noinline]] void coroutine_scheduler::run_first(coroutine& child, coroutine& parent) noexcept {
    home_.put_back(parent);
    switch_to(parent.execution_, child.execution_, &child);
}

void coroutine_scheduler::leave_for_good(coroutine& c) noexcept {
    dead_ = &c;
    leave(c);
    __builtin_unreachable();
}

void* coroutine_scheduler::new_context(void* top, std::size_t bytes) noexcept {
    return context::make_fcontext(top, bytes, [](context::transfer_t came) {
        coroutine& self = *current_coroutine();
        arrive(self.execution_, *static_cast<execution*>(came.data), came.fctx);
        self.scheduler_.add_live(self);
        trace(trace_event::start, self.id());
        self.run_body();
        self.end();
        self.scheduler_.leave_for_good(self);
    });
}

void coroutine_scheduler::add_live(coroutine& c) noexcept {
    {
        owner_lock::owner guard(live_lock_);
        c.next_live_ = live_;
        if (live_) live_->previous_live_ = &c;
        live_ = &c;
    }
    if (closing()) c.deliver_cancellation();
}

void coroutine_scheduler::remove_live(coroutine& c) noexcept {
    {
        owner_lock::owner guard(live_lock_);
        (c.previous_live_ ? c.previous_live_->next_live_ : live_) = c.next_live_;
        if (c.next_live_) c.next_live_->previous_live_ = c.previous_live_;
    }
    // release; pairs with the acquire in ended()
    ended_.store(ended_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    if (!live_ && closing()) when_empty_();
}

void coroutine_scheduler::close(std::function<void()> when_empty) {
    when_empty_ = std::move(when_empty);
    for (coroutine* c = live_; c; c = c->next_live_)
        c->deliver_cancellation();
    if (!live_) when_empty_();
}

} // namespace plait::detail

[[gnu::noinline]] void plait::yield() {
    detail::coroutine* c = detail::current_coroutine();
    if (!c) return std::this_thread::yield();
    if (c->cancel_pending()) throw cancelled();
    // The thread's scheduler, rather than the coroutine's: its address does not hang on the switch that went before.
    detail::coroutine_scheduler::of_this_thread()->yield(*c);
}
