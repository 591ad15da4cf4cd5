// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   submit(f, args…) ─▶ future ◀─────────── result, exception, or what became of the worker ───┐
//   map(f, items)    ─▶ results, in order   ┌───────────────┐      ┌─ worker "pool-0" (a process)
//   apply_async(…)   ─▶ callbacks           │ shared memory │ ◀──▶ ├─ worker "pool-1"
//                                           └───────────────┘      └─ worker "pool-2"
//
// Functions with values, run by processes. A worker can crash, be killed, or hang, and ends nothing but the task that it had
// started: that one's future fails with a worker_exited, which tells the exit code or the signal; or it runs again, if it was
// submitted as idempotent. All others are done by the remaining workers, and another process takes the place of the dead one.
// Kill any worker at any instant: every task ends, once, and nobody hangs.
//
// A callable is named by its type, as for `process` (callable.hpp): plait::fn<&f>, a lambda without captures, or a function
// object that can travel. It and its arguments go to the worker as values, and the result comes back as one: trivially
// copyable types as they are, others as MessagePack (codec.hpp); an exception comes back as a remote_error with its type and
// text. What cannot travel fails its own future and nothing else.
//
// The interface is that of thread_pool: most programs run on either by changing one type (plait::executor). What differs is
// what must: tasks share no memory with those who submit them, they cannot submit to the pool that they run in, and cancel() on
// a future stops only what has not begun.
//
// A program with a process_pool begins main() with plait::run or child_main, as every program that starts processes. The workers are daemon
// processes: they end when the program does, however that is. Tasks that one thread submits are begun in that order, unless the pool goes
// by priority. Who waits for a future fetches results himself; callbacks are called by a thread that waits, or by the
// pool's own. docs/decisions/0013-process-pool.md has the protocol.

#include <plait/ipc/detail/pool_task.hpp>
#include <plait/ipc/detail/pool_workers.hpp>
#include <plait/ipc/detail/task_callable.hpp>
#include <plait/ipc/process_pool_options.hpp>
#include <plait/ipc/task_error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/future.hpp>
#include <plait/runtime/gather.hpp>
#include <plait/runtime/thread_pool.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace plait::ipc {

/// In a task: its worker ends in order once the task has ended, as after max_tasks_per_worker, and another takes its place. For
/// those who see that their process has grown too large. Elsewhere it does nothing.
///
/// Thread safety: the thread that runs the task.
void retire_worker() noexcept;

/// Thread safety: any thread. Must outlive the calls of others.
class process_pool {
public:
    /// Starts min_workers processes.
    ///
    /// Throws: error(invalid_argument) if an option is out of its range; what process::start throws.
    explicit process_pool(process_pool_options options = {})
        : process_pool(std::move(options), detail::make_workers_with([] {})) {}
    /// The same, with a function that each worker calls once, first thing, with these arguments; they travel as those of a
    /// `process` do, so they may be handles of shared memory. If it throws, the pool is broken.
    template <class F, class... A>
    requires(!std::same_as<std::decay_t<F>, detail::worker_maker>) explicit process_pool(
        process_pool_options options, F&& initialiser, A&&... arguments)
        : process_pool(
              std::move(options), detail::make_workers_with<std::decay_t<F>, detail::stored_t<A>...>(
                                      std::forward<F>(initialiser), std::forward<A>(arguments)...)) {}
    process_pool(const process_pool&) = delete;
    process_pool& operator=(const process_pool&) = delete;
    /// shutdown(), as no cancellation point. In a handler on a loop's thread, and in a callback on the pool's own thread, it
    /// does not wait: the tasks that were submitted are done, and the workers end, after it.
    ~process_pool();

    /// Has `f(args…)` run in a worker, and returns the future of what it returns or throws. A failure of the way there or
    /// back is the future's: worker_exited, task_poisoned, task_timed_out, remote_error, error(message_too_large),
    /// decode_error, what else a codec throws; error(pool_broken); task_cancelled.
    ///
    /// Blocks:  never.
    /// Throws:  error(pool_shut_down), also in a copy of this process that was made by fork(); error(pool_broken), with the
    ///          reason; std::bad_alloc;
    ///          error(invalid_argument) for a timeout that is negative, or a priority other than 0 where it means nothing.
    template <class F, class... A>
    requires(
        !std::same_as<std::decay_t<F>, task_options> &&
        std::is_invocable_v<std::decay_t<F>, detail::stored_t<A>...>) auto submit(F&& f, A&&... args) {
        return submit(task_options{}, std::forward<F>(f), std::forward<A>(args)...);
    }
    template <class F, class... A>
    requires std::is_invocable_v<std::decay_t<F>, detail::stored_t<A>...>
    auto submit(task_options options, F&& f, A&&... args)
        -> future<std::invoke_result_t<std::decay_t<F>, detail::stored_t<A>...>> {
        return submit_stored<std::decay_t<F>, detail::stored_t<A>...>(options, f, args...);
    }

    /// Has `f(args…)` run in a worker, and nobody learns of its end; what it fails with goes to the handler of
    /// on_unhandled_exception. Otherwise as submit().
    template <class F, class... A>
    void post(F&& f, A&&... args);

    /// Submits `f(item)` for each item of `items`, `chunk` of them to a task, and returns the results, in order: a range
    /// whose steps wait. As thread_pool's; imap is another name for it, for those who come from Python.
    ///
    /// Blocks:  never; reading the results does.
    /// Throws:  as submit(); what the iterators throw; errc::invalid_argument if `chunk` is 0. Then the tasks that were
    ///          submitted are cancelled.
    template <class F, std::ranges::input_range Items>
    requires std::invocable<F&, std::ranges::range_value_t<Items>>
    auto map(F f, Items&& items, std::size_t chunk = 1) {
        return map({}, std::move(f), std::forward<Items>(items), chunk);
    }
    template <class F, std::ranges::input_range Items>
    requires std::invocable<F&, std::ranges::range_value_t<Items>>
    auto map(task_options options, F f, Items&& items, std::size_t chunk = 1)
        -> mapped<std::invoke_result_t<F&, std::ranges::range_value_t<Items>>> {
        return mapped<std::invoke_result_t<F&, std::ranges::range_value_t<Items>>>(
            submit_chunks(options, std::move(f), std::forward<Items>(items), chunk));
    }
    template <class F, std::ranges::input_range Items>
    auto imap(F f, Items&& items, std::size_t chunk = 1) {
        return map(std::move(f), std::forward<Items>(items), chunk);
    }
    /// The same for items that are tuples, each of which holds the arguments of one call.
    template <class F, std::ranges::input_range Items>
    auto starmap(F f, Items&& items, std::size_t chunk = 1) {
        return map(detail::spread<F>{std::move(f)}, std::forward<Items>(items), chunk);
    }
    /// Calls `use(result)` for each result, in the order in which they come. Throws what the first failed call threw, or
    /// `use`; then the tasks that have not begun are cancelled.
    ///
    /// Blocks:  the calling coroutine, or the thread if there is none, until all are there.
    template <class F, std::ranges::input_range Items, class Use>
    void imap_unordered(F f, Items&& items, Use use, std::size_t chunk = 1);

    /// submit(f, args…).get()
    template <class F, class... A>
    auto apply(F&& f, A&&... args) {
        return submit(std::forward<F>(f), std::forward<A>(args)...).get();
    }
    /// Has `f(args…)` run in a worker, and then `on_value(result)` called, or `on_error(exception_ptr)`. Where they are called:
    /// see future.hpp.
    template <class F, class... A, class OnValue, class OnError>
    void apply_async(F&& f, std::tuple<A...> args, OnValue on_value, OnError on_error);
    /// The same without callbacks returns the future.
    template <class F, class... A>
    auto apply_async(F&& f, std::tuple<A...> args) {
        return std::apply([&](auto&... a) { return submit(std::forward<F>(f), a...); }, args);
    }

    /// Takes no more tasks, and waits until those that were submitted have ended (run), or those that have begun (drop), and
    /// the workers too. Can be called again, also by several at once.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  the pool goes on shutting down.
    /// Throws:        errc::would_block_loop in a handler on a loop's thread; errc::resource_deadlock_would_occur in a
    ///                callback on the pool's own thread, and then nothing was done; cancelled.
    void shutdown(unstarted_tasks what = unstarted_tasks::run);
    /// The same with all workers killed at once: tasks that have not begun are cancelled, those that run fail with the signal.
    void terminate();
    /// Calls the token's handler, void(error_code), once the last worker has ended. See <plait/runtime/async.hpp>.
    template <class Token>
    auto async_shutdown(unstarted_tasks what, Token&& token) {
        close(what);
        return ended().async_wait(std::forward<Token>(token));
    }
    template <class Token>
    auto async_shutdown(Token&& token) {
        return async_shutdown(unstarted_tasks::run, std::forward<Token>(token));
    }
    /// shutdown() without the wait. Never blocks.
    void close(unstarted_tasks what = unstarted_tasks::run) noexcept;

    /// From now on there are at least and at most so many workers: those that are missing are started, and those that are too
    /// many end once they have nothing to do.
    ///
    /// Blocks:  never.
    /// Throws:  error(invalid_argument) unless 1 <= min_workers <= workers <= process_pool_options::seats.
    void resize(std::size_t min_workers, std::size_t workers);

    [[nodiscard]] std::size_t size() const noexcept; ///< the most workers that there can be, without a resize()
    [[nodiscard]] const std::string& name() const noexcept;
    [[nodiscard]] process_pool_stats stats() const;
    /// Of the workers that are there.
    [[nodiscard]] std::vector<pid_t> pids() const;
    /// Room that messages take, of tasks and of results, in bytes: nothing once the pool has been shut down, and no
    /// message_bytes of its results are left. Exact while nobody works; complexity: O(process_pool_options::message_bytes).
    [[nodiscard]] std::size_t held_bytes() const;

private:
    process_pool(process_pool_options options, detail::worker_maker make_worker);

    template <class F, class... A, class... B>
    auto submit_stored(const task_options& options, const F& f, const B&... args)
        -> future<std::invoke_result_t<F, A...>>;
    template <class F, class Items>
    auto submit_chunks(const task_options& options, F f, Items&& items, std::size_t chunk);
    void submit_task(detail::pool_task& task, const detail::task_plan& plan);
    static void fail_task(detail::pool_task& task) noexcept; // with the exception that is being handled
    [[nodiscard]] event& ended() const noexcept;

    std::shared_ptr<detail::pool_core> core_;
};

template <class F, class... A, class... B>
auto process_pool::submit_stored(const task_options& options, const F& f, const B&... args)
    -> future<std::invoke_result_t<F, A...>> {
    using result = std::invoke_result_t<F, A...>;
    boost::intrusive_ptr<detail::submitted_call<result>> task(new detail::submitted_call<result>(core_, options));
    auto with = [&](const A&... arguments) {
        typename detail::task_callable<F, A...>::bound call(f, arguments...);
        detail::task_plan plan{};
        try {
            plan = call.plan();
        } catch (...) { // it cannot be written
            return fail_task(*task);
        }
        submit_task(*task, plan);
    };
    with(args...);
    return future<result>(std::move(task));
}

template <class F, class... A>
void process_pool::post(F&& f, A&&... args) {
    auto result = submit(std::forward<F>(f), std::forward<A>(args)...).share();
    result.on_done([result] {
        if (!result.is_cancelled()) static_cast<void>(result.get()); // what it throws is reported
    });
}

template <class F, class Items>
auto process_pool::submit_chunks(const task_options& options, F f, Items&& items, std::size_t chunk) {
    using item = std::ranges::range_value_t<Items>;
    using results_of_chunk = typename mapped<std::invoke_result_t<F&, item>>::results_of_chunk;
    if (chunk == 0) throw error(errc::invalid_argument, "process_pool.map: a chunk of 0 items; it must be at least 1");
    std::vector<future<results_of_chunk>> futures;
    if constexpr (std::ranges::sized_range<Items>) futures.reserve((std::ranges::size(items) + chunk - 1) / chunk);
    detail::on_each<F> each{std::move(f)};
    std::vector<item> taken;
    auto at = std::ranges::begin(items);
    auto end = std::ranges::end(items);
    try {
        while (at != end) {
            taken.clear();
            for (; at != end && taken.size() < chunk; ++at)
                taken.push_back(*at);
            futures.push_back(submit_stored<detail::on_each<F>, std::vector<item>>(options, each, taken));
        }
    } catch (...) {
        for (auto& f_ : futures)
            f_.cancel();
        throw;
    }
    return futures;
}

template <class F, std::ranges::input_range Items, class Use>
void process_pool::imap_unordered(F f, Items&& items, Use use, std::size_t chunk) {
    auto futures = submit_chunks({}, std::move(f), std::forward<Items>(items), chunk);
    try {
        for (auto& done : as_completed(futures))
            for (auto&& result : std::move(done).get())
                use(std::move(result));
    } catch (...) {
        for (auto& left : futures)
            if (left.valid()) left.cancel();
        throw;
    }
}

template <class F, class... A, class OnValue, class OnError>
void process_pool::apply_async(F&& f, std::tuple<A...> args, OnValue on_value, OnError on_error) {
    auto result = std::apply([&](auto&... a) { return submit(std::forward<F>(f), a...); }, args).share();
    result.on_done([result, on_value = std::move(on_value), on_error = std::move(on_error)]() mutable {
        std::exception_ptr why;
        try {
            static_cast<void>(result.get());
        } catch (...) {
            why = std::current_exception();
        }
        if (why)
            on_error(why);
        else if constexpr (std::is_void_v<decltype(result.get())>)
            on_value();
        else
            on_value(result.get());
    });
}

} // namespace plait::ipc
