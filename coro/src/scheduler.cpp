// Copyright 2026 the plait authors. Boost Software License 1.0
#include "frames.hpp"
#include "scheduler.hpp"
#include "stack_overflow.hpp"
#include "stack_switch.hpp"

#include <plait/coro/spawn.hpp>

#include <cerrno>
#include <memory>
#include <mutex>
#include <thread>

#include <cxxabi.h>

namespace plait::detail {

namespace context = boost::context::detail;

namespace {

// The innermost frame of what is suspended there, where jump_fcontext has put the registers; nullptr if not known.
const void* frame_of([[maybe_unused]] void* registers) noexcept {
#if defined(__x86_64__)
    constexpr std::size_t position_of_rbp = 7; // jump_x86_64_sysv_elf_gas.S
    if (registers) return static_cast<void**>(registers)[position_of_rbp];
#endif
    return nullptr;
}

} // namespace

std::unique_ptr<loop_extension> coroutine_scheduler::make(loop& home) {
    return std::make_unique<coroutine_scheduler>(home);
}

// The first thing that runs on a stack that was switched to.
inline void coroutine_scheduler::let_go_of_dead() noexcept {
    if (dead_) std::exchange(dead_, nullptr)->leave_stack();
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

// It becomes part of functions that are never inlined themselves: see stack_switch.hpp.
[[gnu::always_inline]] inline void
coroutine_scheduler::jump_to(execution& from, execution& to, void* context, party* whose) noexcept {
    coroutine::set_running(whose);
    bool for_good = dead_ && &dead_->execution_ == &from;
    switch_stacks(from, to, context, *thread_exceptions_, *thread_errno_, for_good);
    let_go_of_dead();
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
    if (item.run == &coroutine::cancel_request::deliver) {
        item.run(item); // which lets its target go, and the item with it
        return false;
    }
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
        // acquire; pairs with the release in arrive_on_stack()
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

[[gnu::noinline]] void coroutine_scheduler::run_first(coroutine& child, coroutine& spawner) noexcept {
    home_.put_back(spawner);
    switch_to(spawner.execution_, child.execution_, &child);
}

void coroutine_scheduler::leave_for_good(coroutine& c) noexcept {
    dead_ = &c;
    leave(c);
    __builtin_unreachable();
}

void* coroutine_scheduler::new_context(void* top, std::size_t bytes) noexcept {
    return context::make_fcontext(top, bytes, [](context::transfer_t came) {
        coroutine& self = *current_coroutine();
        arrive_on_stack(self.execution_, came);
        let_go_of_dead();
        self.scheduler_.add_live(self);
        trace(trace_event::start, self.id());
        self.run_body();
        self.end();
        self.scheduler_.leave_for_good(self);
    });
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
