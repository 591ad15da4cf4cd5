// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// From one stack to another: the only place that knows what belongs to a stack besides the registers. Boost.Context 1.81
// does not keep the state of exception handling; errno is the stack's too; and the sanitizers want to be told.
//
//   switch_stacks(from, to) ──▶ … on the other stack, later switch_stacks(other, from) … ──▶ returns
//                           └─▶ or, on a stack that is entered for the first time, arrive_on_stack(to, came)

#include <plait/coro/detail/coroutine.hpp>

#include <boost/context/detail/fcontext.hpp>

#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#elif defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace plait::detail {

/// What a thread keeps for the stack that it is on.
struct thread_slots {
    exception_state* exceptions = nullptr;
    int* error_number = nullptr;
};

/// The first thing to do on `self`, which was switched to with `came`.
inline void arrive_on_stack([[maybe_unused]] execution& self, boost::context::detail::transfer_t came) noexcept {
    auto& from = *static_cast<execution*>(came.data);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(self.fake_stack, &from.stack_bottom, &from.stack_size);
#endif
    from.context = came.fctx;
}

/// Switches from `from`, on which the caller is, to `to`; returns when somebody switches back. `for_good`: nobody will.
/// Must not be inlined into code that goes on to use errno or a thread-local: the compiler may keep its address.
[[gnu::always_inline]] inline void
switch_stacks(execution& from, execution& to, const thread_slots& thread, [[maybe_unused]] bool for_good) noexcept {
    from.exceptions = std::exchange(*thread.exceptions, to.exceptions);
    from.error_number = std::exchange(*thread.error_number, to.error_number);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(for_good ? nullptr : &from.fake_stack, to.stack_bottom, to.stack_size);
#elif defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(to.fiber, 0);
#endif
    arrive_on_stack(from, boost::context::detail::jump_fcontext(to.context, &from));
}

} // namespace plait::detail
