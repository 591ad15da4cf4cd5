// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   switch_stacks(from, to) ──▶ on the other stack: returns from the switch that left it, or arrive_on_stack(to, came)
//
// From one stack to another: the only place that knows what belongs to a stack besides the registers. Boost.Context 1.81
// does not keep the state of exception handling: who is suspended inside a catch block, or in a destructor during
// unwinding, must find its own again. errno is the stack's too. And the sanitizers want to be told.
//
// What follows becomes part of functions that are never inlined themselves: the compiler may keep the address of errno or
// of a thread-local over a call, and what resumes must not find a stale one. It would find its own thread's in any case,
// since nothing migrates, but the rule costs nothing. The files that include this are compiled without a red zone.

#include <plait/coro/detail/coroutine.hpp>

#include <boost/context/detail/fcontext.hpp>

#include <atomic>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#elif defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace plait::detail {

// jump_fcontext, entered by a jump instead of a call. It leaves through an indirect jump, so a call would put an address
// onto the processor's return stack that nothing takes off again, and the next `ret` (ours, to whoever parked) would be
// mispredicted at every switch: 16.6 ns a yield instead of 8.4.
[[gnu::always_inline]] inline boost::context::detail::transfer_t jump(void* to, void* data) noexcept {
#if defined(__x86_64__) && !defined(__CET__)
    void *from, *back;
    // The push is into nothing: there is no red zone.
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
    return boost::context::detail::jump_fcontext(to, data);
#endif
}

/// The first thing to do on `self`, which was switched to with `came`.
[[gnu::always_inline]] inline void
arrive_on_stack([[maybe_unused]] execution& self, const boost::context::detail::transfer_t& came) noexcept {
    auto& from = *static_cast<execution*>(came.data);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(self.fake_stack, &from.stack_bottom, &from.stack_size);
#endif
    // release; pairs with the acquire in coroutine_scheduler::describe(): whoever sees it sees what is above it
    from.context.store(came.fctx, std::memory_order_release);
}

/// Switches from `from`, on which the caller is, to `to`, whose registers are at `context`; returns when somebody has
/// switched back. `exceptions` and `error_number` are the calling thread's. `for_good`: nobody will switch back.
[[gnu::always_inline]] inline void switch_stacks(
    execution& from, execution& to, void* context, exception_state& exceptions, int& error_number,
    [[maybe_unused]] bool for_good) noexcept {
    from.exceptions = exceptions;
    exceptions = to.exceptions;
    from.error_number = std::exchange(error_number, to.error_number);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(for_good ? nullptr : &from.fake_stack, to.stack_bottom, to.stack_size);
#elif defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(to.fiber, 0);
#endif
    arrive_on_stack(from, jump(context, &from));
}

} // namespace plait::detail
