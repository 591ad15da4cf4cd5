// Copyright 2026 the plait authors. Boost Software License 1.0
#include "big_stack.hpp"
#include "stack_arena.hpp"
#include "stack_overflow.hpp"

#include <plait/coro/detail/coroutine.hpp>
#include <plait/coro/stack.hpp>

#include <boost/context/detail/fcontext.hpp>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace plait::detail {

namespace context = boost::context::detail;

// Not inlined: where the thread's lies is not remembered over a switch.
[[gnu::noinline]] const big_stack*& big_stack::innermost() noexcept {
    static thread_local constinit const big_stack* of_thread = nullptr;
    coroutine* c = current_coroutine();
    return c ? c->innermost_big_stack() : of_thread;
}

const big_stack* big_stack::current() noexcept { return innermost(); }

big_stack::big_stack(stack_arena& arena)
    : arena_(arena), top_(allocate_stack(arena)), innermost_(innermost()), outer_(innermost_) {
#if defined(__SANITIZE_ADDRESS__)
    __asan_unpoison_memory_region(bottom(), bytes());
#endif
    innermost_ = this;
}

big_stack::~big_stack() {
    innermost_ = outer_;
    release_stack(arena_, top_);
}

char* big_stack::bottom() const noexcept { return arena_.bottom(top_); }

std::size_t big_stack::stack_bytes() const noexcept { return arena_.stack_bytes(); }

bool big_stack::guards(const void* address) const noexcept { return arena_.guards(top_, address); }

namespace {

struct borrowed_call {
    void (*call)(void*) noexcept;
    void* argument;
};

void enter(context::transfer_t from) noexcept {
#if defined(__SANITIZE_ADDRESS__)
    const void* bottom_of_caller = nullptr;
    std::size_t bytes_of_caller = 0;
    __sanitizer_finish_switch_fiber(nullptr, &bottom_of_caller, &bytes_of_caller);
#endif
    auto& request = *static_cast<borrowed_call*>(from.data);
    request.call(request.argument);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(nullptr, bottom_of_caller, bytes_of_caller);
#endif
    context::jump_fcontext(from.fctx, nullptr);
}

} // namespace

void call_on_big_stack(std::size_t bytes, void (*call)(void*) noexcept, void* argument) {
    report_stack_overflows_of_this_thread();
    big_stack stack(arena_for(bytes));
    borrowed_call request{call, argument};
    context::fcontext_t there = context::make_fcontext(stack.top(), stack.bytes(), &enter);
#if defined(__SANITIZE_ADDRESS__)
    void* fake_stack = nullptr;
    __sanitizer_start_switch_fiber(&fake_stack, stack.bottom(), stack.bytes());
#endif
    context::jump_fcontext(there, &request);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
}

} // namespace plait::detail
