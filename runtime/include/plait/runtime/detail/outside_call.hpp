// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   caller: parked ─────────────────────────────┐
//   worker:   f(), which refers to caller's stack └─▶ caller goes on
//
// How one that is no worker has a worker do something, and waits for it. Nothing is allocated: the work lies on the
// caller's stack.

#include <plait/runtime/detail/cancellable_work.hpp>
#include <plait/runtime/detail/pool_core.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace plait::detail {

template <class F>
class outside_call final : public work_item, private waiter {
    using result = std::invoke_result_t<F&>;
    static_assert(!std::is_reference_v<result>, "the callable returns a reference: use a pointer");

public:
    explicit outside_call(F& f) noexcept
        : work_item(kind::task, &outside_call::act_on),
          waiter("a worker", &outside_call::pass_cancellation_on),
          function_(f) {}

    result on(pool_core& pool) {
        throw_if_park_would_block_loop("a wait for a worker in a handler on a loop's thread: use a coroutine");
        throw_if_cancelled();
        pool.submit(*this);
        // Not timed, and cancelling it only asks the worker to stop, so this returns when the worker has left.
        park(deadline::never(), cancellation::enabled);
        if (failure_) std::rethrow_exception(failure_);
        if constexpr (!std::is_void_v<result>) return std::move(*result_);
    }

private:
    static void act_on(work_item& item, const error* refusal) noexcept {
        auto& self = static_cast<outside_call&>(item);
        self.perform(refusal);
        self.wake();
    }
    void perform(const error* refusal) noexcept {
        try {
            if (refusal) throw error(*refusal);
            if (!work_.begin()) throw cancelled();
            struct end_of_work {
                cancellable_work& of;
                ~end_of_work() { of.end(); }
            } end{work_};
            if constexpr (std::is_void_v<result>)
                function_();
            else
                result_.emplace(function_());
        } catch (...) {
            failure_ = std::current_exception();
        }
    }
    static void pass_cancellation_on(waiter& w) noexcept { static_cast<outside_call&>(w).work_.cancel(); }

    struct nothing {};

    F& function_;
    cancellable_work work_;
    std::exception_ptr failure_;
    [[no_unique_address]] std::conditional_t<std::is_void_v<result>, nothing, std::optional<result>> result_;
};

/// `f()` on a worker of `pool`: here, if this is one.
template <class F>
auto run_on_worker(pool_core& pool, F&& f) -> std::invoke_result_t<F&> {
    if (pool.runs_here() && !party::in_coroutine()) return f();
    return outside_call<std::remove_reference_t<F>>(f).on(pool);
}

} // namespace plait::detail
