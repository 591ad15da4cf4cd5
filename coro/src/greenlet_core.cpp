// Copyright 2026 the plait authors. Boost Software License 1.0
#include "stack_arena.hpp"
#include "stack_switch.hpp"

#include <plait/coro/greenlet.hpp>
#include <plait/runtime/unhandled.hpp>

#include <atomic>
#include <cerrno>
#include <exception>
#include <utility>

#include <cxxabi.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace plait::detail {

namespace context = boost::context::detail;

greenlet_core::greenlet_core(std::size_t stack_bytes, const std::source_location& site)
    : arena_(arena_for(stack_bytes)), stack_top_(allocate_stack(arena_)), site_(site) {
    char* bottom = arena_.bottom(stack_top_);
    auto bytes = static_cast<std::size_t>(stack_top_ - bottom);
    void* begin = context::make_fcontext(stack_top_, bytes, [](context::transfer_t came) {
        greenlet_core& self = *static_cast<greenlet_side*>(static_cast<execution*>(came.data))->left_for;
        arrive_on_stack(self.own_, came);
        self.run_to_end();
        self.switch_from(self.own_, self.visit_->parent, true);
        __builtin_unreachable();
    });
    own_.context.store(begin, std::memory_order_relaxed);
#if defined(__SANITIZE_ADDRESS__)
    __asan_unpoison_memory_region(bottom, bytes);
    own_.stack_bottom = bottom;
    own_.stack_size = bytes;
#elif defined(__SANITIZE_THREAD__)
    own_.fiber = __tsan_create_fiber(0);
#endif
}

greenlet_core::~greenlet_core() { free_stack(); }

void greenlet_core::free_stack() noexcept {
    if (!stack_top_) return;
#if defined(__SANITIZE_THREAD__)
    __tsan_destroy_fiber(own_.fiber);
#endif
    release_stack(arena_, std::exchange(stack_top_, nullptr));
}

void greenlet_core::unwind() noexcept {
    if (progress_ != progress::begun) return;
    if (visit_ || thread_errno_ != &errno) std::terminate(); // its frames are in use, or another thread's
    unwinding_ = true;
    greenlet_visit v;
    try {
        enter(v);
    } catch (...) {
        report_unhandled({std::current_exception(), "greenlet", 0, site_});
    }
}

void greenlet_core::require_suspended() const {
    if (has_ended()) throw error(errc::not_suspended, "a greenlet that has ended");
    if (visit_) throw error(errc::not_suspended, "a greenlet that runs, or that waits for another");
    if (has_begun() && thread_errno_ != &errno) throw error(errc::not_suspended, "a greenlet of another thread");
}

void greenlet_core::require_running_here() const {
    // By the address of a real frame: locals may lie elsewhere under AddressSanitizer.
    auto* frame = static_cast<const char*>(__builtin_frame_address(0));
    if (!visit_ || frame >= stack_top_ || frame < arena_.bottom(stack_top_))
        throw error(errc::not_suspended, "only a greenlet itself can switch away from its stack");
    if (unwinding_) throw greenlet_exit();
    if (party::current().around() != visit_->around)
        throw error(errc::invalid_argument, "a greenlet that switches away leaves its timeouts and shields before");
}

void greenlet_core::enter(greenlet_visit& v) {
    v.around = party::current().around();
    visit_ = &v;
    if (!has_begun()) {
        progress_ = progress::begun;
        thread_errno_ = &errno;
        // Two words in every version of the C++ ABI: the stack of caught exceptions and the count of uncaught ones.
        thread_exceptions_ = reinterpret_cast<exception_state*>(abi::__cxa_get_globals());
    }
#if defined(__SANITIZE_THREAD__)
    v.parent.fiber = __tsan_get_current_fiber();
#endif
    v.parent.left_for = this;
    switch_from(v.parent, own_);
    if (v.ended) v.ended->free_stack();
    if (v.failure) std::rethrow_exception(std::move(v.failure));
}

void greenlet_core::leave() {
    switch_from(own_, std::exchange(visit_, nullptr)->parent);
    receive();
}

void greenlet_core::transfer(greenlet_core& other) {
    other.visit_ = std::exchange(visit_, nullptr);
    if (!other.has_begun()) {
        other.progress_ = progress::begun;
        other.thread_errno_ = thread_errno_;
        other.thread_exceptions_ = thread_exceptions_;
    }
    own_.left_for = &other;
    switch_from(own_, other.own_);
    receive();
}

void greenlet_core::receive() {
    if (unwinding_) throw greenlet_exit();
    if (thrown_into_) std::rethrow_exception(std::exchange(thrown_into_, nullptr));
}

// Catches what the function throws, and is out of the handler before the stack is left for good.
void greenlet_core::run_to_end() noexcept {
    std::exception_ptr failure;
    try {
        receive();
        run();
    } catch (const greenlet_exit&) {
        if (!unwinding_) failure = std::current_exception(); // somebody has thrown it by hand
    } catch (...) {
        failure = std::current_exception();
    }
    drop_callable();
    progress_ = progress::ended;
    visit_->ended = this;
    visit_->failure = std::move(failure);
}

// Never inlined: see stack_switch.hpp.
[[gnu::noinline]] void greenlet_core::switch_from(greenlet_side& from, greenlet_side& to, bool for_good) noexcept {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    // The coroutine that runs greenlets is on their stacks when it parks, and comes back to them.
    if (coroutine* c = current_coroutine()) {
#if defined(__SANITIZE_ADDRESS__)
        c->execution_.stack_bottom = to.stack_bottom;
        c->execution_.stack_size = to.stack_size;
#else
        c->execution_.fiber = to.fiber;
#endif
    }
#endif
    // relaxed: nobody looks on
    switch_stacks(from, to, to.context.load(std::memory_order_relaxed), *thread_exceptions_, *thread_errno_, for_good);
}

} // namespace plait::detail
