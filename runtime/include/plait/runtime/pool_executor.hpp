// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     asio::post(pool, f);                                       // with a thread_pool where Asio's own could stand
//     asio::steady_timer timer(pool);                            // its handlers run on the pool's workers
//     co_spawn(pool, work(), detached);
//
// The Asio face of a thread_pool. Handlers run on any worker, several at once: what must not run at once goes through a
// strand. post and defer never run the function inline; dispatch does in a task of the pool. An exception that leaves a
// handler goes to the handler of on_unhandled_exception.
//
// Shutting the pool down ends its tasks, not the operations of I/O objects: after it, their handlers, as anything given to
// the executor from outside, are destroyed without being called.

#include <plait/runtime/detail/pool_core.hpp>
#include <plait/runtime/detail/pool_task.hpp>
#include <plait/runtime/thread_pool.hpp>

#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/mapping.hpp>
#include <boost/asio/execution_context.hpp>

#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>

namespace plait {

/// An executor of a thread_pool. Copies are equal; the pool must outlive their use.
class pool_executor {
public:
    explicit pool_executor(detail::pool_core& pool, bool may_run_inline = true) noexcept
        : pool_(&pool), may_run_inline_(may_run_inline) {}

    friend bool operator==(const pool_executor&, const pool_executor&) noexcept = default;

    /// Runs `f()` on a worker. Throws std::bad_alloc, and what moving `f` throws.
    template <class F>
    void execute(F&& f) const {
        if (may_run_inline_ && pool_->runs_here()) {
            std::decay_t<F> here(std::forward<F>(f));
            return std::move(here)();
        }
        auto task =
            std::make_unique<detail::posted_task<std::decay_t<F>>>(std::forward<F>(f), std::source_location::current());
        if (pool_->try_submit(*task)) static_cast<void>(task.release());
    }

    // The properties that Asio asks for.
    [[nodiscard]] boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept {
        return pool_->asio_context();
    }
    [[nodiscard]] boost::asio::execution::blocking_t query(boost::asio::execution::blocking_t) const noexcept {
        return may_run_inline_ ? boost::asio::execution::blocking_t(boost::asio::execution::blocking.possibly)
                               : boost::asio::execution::blocking_t(boost::asio::execution::blocking.never);
    }
    [[nodiscard]] static constexpr boost::asio::execution::mapping_t query(boost::asio::execution::mapping_t) noexcept {
        return boost::asio::execution::mapping.thread;
    }
    [[nodiscard]] pool_executor require(boost::asio::execution::blocking_t::possibly_t) const noexcept {
        return pool_executor(*pool_, true);
    }
    [[nodiscard]] pool_executor require(boost::asio::execution::blocking_t::never_t) const noexcept {
        return pool_executor(*pool_, false);
    }

private:
    detail::pool_core* pool_;
    bool may_run_inline_;
};

} // namespace plait
