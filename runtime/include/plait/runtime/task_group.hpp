// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     invoke([&] { sort(left); }, [&] { sort(right); });      // both; in parallel if a worker is free
//
//     task_group group;
//     for (auto& node : nodes)
//         group.run([&] { visit(node); });
//     group.wait();
//
// Fork and join, for work that is divided until it is small. What invoke() forks lies on the stack of its caller; if no
// other worker comes for it, the caller takes it back and calls it: tens of nanoseconds a fork.
//
// Where it runs: on the workers of the pool whose task calls it; elsewhere on default_pool(), while the caller waits: a
// coroutine parks and its loop goes on, a plain thread blocks. A worker that waits for what another has taken helps that
// one with what came of it, and with nothing else, so stacks grow as deep as the recursion and no deeper. The parts may run
// at once, or one after the other on one thread: they must not wait for each other.
//
// Failures: what is thrown first is thrown to the caller, once all that has begun has ended; what has not begun by then is
// not called.

#include <plait/runtime/detail/outside_call.hpp>
#include <plait/runtime/detail/pool_core.hpp>
#include <plait/runtime/detail/task_counter.hpp>
#include <plait/runtime/thread_pool.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <concepts>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace plait {
namespace detail {

template <class F>
class callable_fork final : public stack_fork {
public:
    callable_fork(pool_worker& owner, F& f) noexcept : stack_fork(owner, &callable_fork::act_on), function_(f) {}

    /// Throws what the thief met with. Once it was joined.
    void rethrow() const {
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    static void act_on(work_item& item, const error*) noexcept {
        auto& self = static_cast<callable_fork&>(item);
        self.begin();
        try {
            self.function_();
        } catch (...) {
            self.failure_ = std::current_exception();
        }
        self.end();
    }

    F& function_;
    std::exception_ptr failure_;
};

template <class F, class G>
void fork_join(pool_worker& here, F& first, G& second) {
    callable_fork<G> forked(here, second);
    here.push(forked);
    try {
        first();
    } catch (...) {
        if (!here.take_back(forked)) here.join(forked);
        throw;
    }
    if (here.take_back(forked)) [[likely]] {
        second();
    } else {
        here.join(forked);
        forked.rethrow();
    }
}
template <class F, class... Rest>
void fork_join(pool_worker& here, F& first, Rest&... rest) {
    auto others = [&rest...] { fork_join(*pool_worker::current(), rest...); };
    fork_join(here, first, others);
}

} // namespace detail

/// Calls all of `functions`, in parallel as far as workers are free. The first is called by the caller, if that is a
/// worker.
///
/// Blocks:        the calling coroutine, or the thread if there is none, until all have ended; a worker helps meanwhile.
/// Cancellation:  of the caller: the next wait of a function that runs on the caller's behalf throws `cancelled`. Returns
///                or throws when all have ended.
/// Asynchronously: it lives on the caller's stack, so there is no such form; see task_group::async_wait and async_offload.
/// Throws:        what one of `functions` throws, see above; errc::would_block_loop in a handler on a loop's thread;
///                cancelled; std::bad_alloc.
/// Complexity:    no allocation.
template <std::invocable... F>
requires(sizeof...(F) >= 2) void invoke(F&&... functions) {
    if (detail::pool_worker* here = detail::pool_worker::current()) [[likely]]
        return detail::fork_join(*here, functions...);
    detail::run_on_worker(
        default_pool().core(), [&] { detail::fork_join(*detail::pool_worker::current(), functions...); });
}

/// A number of forks that are joined together. Thread safety: the party that made the group, and the functions that were
/// given to it, may run() more; that party alone waits for it and destroys it; any thread may cancel() it.
class task_group {
public:
    /// On the pool whose task makes it, or on default_pool(); or on `pool`, which must outlive it.
    task_group();
    explicit task_group(thread_pool& pool);
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;
    /// Cancels the group, and waits. That wait is no cancellation point; where it cannot wait (in a handler on a loop's
    /// thread) the program ends.
    ~task_group();

    /// Has `f()` called by a worker. `f` is copied or moved, and destroyed before wait() returns. Never blocks. Throws
    /// errc::pool_shut_down and errc::pool_broken, unless it is called by a task of the pool; std::bad_alloc; what copying
    /// throws.
    template <std::invocable F>
    void run(F&& f) {
        auto item = std::make_unique<detail::counted_task<std::decay_t<F>>>(counter_, std::forward<F>(f));
        counter_.add();
        try {
            pool_.submit(*item);
        } catch (...) {
            counter_.finish();
            throw;
        }
        static_cast<void>(item.release());
    }

    /// Waits until everything that was run has ended. Afterwards the group can be used again.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none; a worker helps meanwhile.
    /// Cancellation:  cancels the group, waits until what has begun has ended, and throws `cancelled`. A worker that
    ///                waits takes notice when it begins to wait.
    /// Throws:        what one of the functions threw first; cancelled; errc::would_block_loop.
    void wait();

    /// Calls the token's handler, void(std::exception_ptr), once everything that was run has ended, with what one of the
    /// functions threw first. The group must be kept until then, and be used as if a party waited. See
    /// <plait/runtime/async.hpp>.
    ///
    /// Cancellation:  of the operation: cancels the group; the handler gets asio::error::operation_aborted when what has
    ///                begun has ended.
    template <class Token>
    auto async_wait(Token&& token) {
        return detail::async_perform(waiting{{&counter_}}, std::forward<Token>(token));
    }

    /// What has not begun is not going to be called. Until wait() has returned.
    void cancel() noexcept { counter_.cancel(); }
    [[nodiscard]] bool is_cancelled() const noexcept { return counter_.is_cancelled(); }

private:
    struct waiting : detail::task_counter::waiting {
        using signature = void(std::exception_ptr);

        [[nodiscard]] bool cancel() const noexcept {
            if (of->all_have_ended()) return false; // the result wins
            of->cancel();
            return true;
        }
        template <class Handler>
        void complete(Handler&& handler, boost::system::error_code ec) const {
            std::exception_ptr failure = of->take_failure();
            if (ec) failure = std::make_exception_ptr(boost::system::system_error(ec));
            std::forward<Handler>(handler)(std::move(failure));
        }
    };

    detail::pool_core& pool_;
    detail::task_counter counter_;
};

} // namespace plait
