// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   ┌ submitted_task ──────────────────────────────────────────┐
//   │ future_state<T> ◀─ the future    work_item ◀─ the queue  │   one allocation, two owners
//   └──────────────────────────────────────────────────────────┘
//
// What thread_pool::submit and thread_pool::post give to a pool.

#include <plait/runtime/detail/block_cache.hpp>
#include <plait/runtime/detail/cancellable_work.hpp>
#include <plait/runtime/detail/pool_core.hpp>
#include <plait/runtime/detail/work_item.hpp>
#include <plait/runtime/future.hpp>
#include <plait/runtime/unhandled.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace plait::detail {

template <class T, class F>
class submitted_task final : public future_state<T>, public work_item, public block_cached {
public:
    template <class Callable>
    submitted_task(pool_core& pool, Callable&& f)
        : work_item(work_item::kind::task, &submitted_task::act_on),
          pool_(pool),
          function_(std::forward<Callable>(f)) {}

private:
    // The queue's reference ends here.
    static void act_on(work_item& item, const error* refusal) noexcept {
        boost::intrusive_ptr<submitted_task> self(static_cast<submitted_task*>(&item), false);
        if (refusal)
            self->refuse(*refusal);
        else
            self->run_unless_claimed();
    }

    void run_unless_claimed() noexcept {
        if (!work_.begin()) return;
        complete_with(*this, [this]() -> T {
            // Before the future is done, the callable is gone, and a cancellation reaches the worker no more.
            struct end_of_work {
                submitted_task& of;
                ~end_of_work() {
                    shield destructors_may_wait;
                    of.function_.reset();
                    of.work_.end();
                }
            } end{*this};
            return std::invoke(std::move(*function_));
        });
    }

    void refuse(const error& why) noexcept {
        if (!work_.cancel()) return;
        function_.reset();
        complete_with(*this, [&]() -> T { throw error(why); });
    }

    void assist() noexcept override {
        pool_worker* w = pool_worker::current();
        if (!w || &w->pool() != &pool_ || !party::current().waits_without_limit()) return;
        unrelated_work task_of_its_own;
        run_unless_claimed();
    }
    void request_cancel() noexcept override {
        if (!work_.cancel()) return;
        function_.reset();
        this->set_cancelled();
    }

    pool_core& pool_;
    cancellable_work work_;
    std::optional<F> function_;
};

/// The state of the future of what was submitted.
template <class F>
auto submitted_state(pool_core& pool, F&& f) {
    using task = submitted_task<std::invoke_result_t<std::decay_t<F>>, std::decay_t<F>>;
    boost::intrusive_ptr<task> state(new task(pool, std::forward<F>(f)));
    intrusive_ptr_add_ref(state.get()); // the queue's
    try {
        pool.submit(*state);
    } catch (...) {
        intrusive_ptr_release(state.get());
        throw;
    }
    return state;
}

template <class T, class F>
future<T> submit_task(pool_core& pool, F&& f) {
    return future<T>(submitted_state(pool, std::forward<F>(f)));
}

template <class F>
class posted_task final : public work_item, public block_cached {
public:
    template <class Callable>
    posted_task(Callable&& f, const std::source_location& site)
        : work_item(work_item::kind::task, &posted_task::act_on), function_(std::forward<Callable>(f)), site_(site) {}

private:
    static void act_on(work_item& item, const error* refusal) noexcept {
        std::unique_ptr<posted_task> self(static_cast<posted_task*>(&item));
        if (refusal) return;
        try {
            std::move(self->function_)();
        } catch (const cancelled&) {
        } catch (...) {
            report_unhandled({std::current_exception(), "posted task", 0, self->site_});
        }
    }

    F function_;
    std::source_location site_;
};

} // namespace plait::detail
