// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   submit(f) ─▶ future ◀─ f's result ─┐        ┌─ worker "pool-0": newest of its own first
//   map(f, range) ─▶ results, in order ┼─ pool ─┼─ worker "pool-1": … else what came from outside, oldest first
//   post(f), asio::post(pool, f) ──────┘        └─ worker "pool-2": … else what it steals from another
//
// Threads for work that computes, and for calls that block. Work that threads and coroutines bring from outside is begun
// in the order it came; what a task itself submits is begun newest first by its own worker and oldest first by the
// others. Workers that have nothing to do sleep and use no CPU. Signals that are sent to the program go to other threads.
//
// A task that waits, by get() or wait(), for the future of another task of its own pool does not wait for a task that has
// not begun: it runs that task itself. So tasks may submit and wait to any depth with any number of workers, one included,
// as long as none waits, by some way round, for itself. A wait with a deadline, and every other wait of a task (for a lock,
// a queue, a promise, for several futures at once), blocks its worker; so size a pool whose tasks block by how many may be
// blocked at once, or use offload().
//
// cancel() on a future of the pool: a task that has not begun is dropped, and its future has errc::task_cancelled; in one
// that runs, the next wait throws `cancelled`. A task that ends with `cancelled` is cancelled.
//
// dump_all() shows every pool, under its name, with its counters and what each thread does.
//
// shutdown() says what becomes of the tasks that have not begun; the destructor lets them run. Asio: a pool converts to
// boost::asio::execution_context& and has an executor; include <plait/runtime/pool_executor.hpp>.

#include <plait/runtime/detail/pool_core.hpp>
#include <plait/runtime/detail/pool_task.hpp>
#include <plait/runtime/future.hpp>
#include <plait/runtime/observe.hpp>
#include <plait/runtime/unhandled.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <ranges>
#include <source_location>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace plait {

class pool_executor;
template <class T>
class mapped;

/// As many threads as can run at once; at least 1.
[[nodiscard]] std::size_t hardware_threads() noexcept;

struct thread_pool_options {
    std::size_t threads = hardware_threads();    ///< 1 to 1,024
    bool on_demand = false;                      ///< start a thread only when there is work and no worker is idle
    std::string name = "pool";                   ///< at most 10 bytes; the threads are called name-0, name-1, …
    std::function<void()> initialiser = nullptr; ///< called once in each thread, first thing; see errc::pool_broken
};

/// What a pool has done since it was made. The counters are read one by one while they change.
struct thread_pool_stats {
    static constexpr std::string_view kind = "thread_pool";

    std::uint64_t submitted = 0; ///< tasks, and the forks of task_group
    std::uint64_t run = 0;       ///< tasks and forks, dropped ones included, forks that their parent took back not
    std::uint64_t stolen = 0;    ///< by one worker from another
    std::uint64_t sleeps = 0;    ///< times a worker found nothing to do
    std::uint64_t wakes = 0;     ///< times one was woken, or started
    std::uint64_t queued = 0;    ///< tasks and forks that have not begun
    std::uint64_t threads = 0;   ///< that were started
    std::uint64_t busy = 0;      ///< threads that have a task now

    template <class Visit>
    void each(Visit visit) const {
        visit("submitted", submitted);
        visit("run", run);
        visit("stolen", stolen);
        visit("sleeps", sleeps);
        visit("wakes", wakes);
        visit("queued", queued);
        visit("threads", threads);
        visit("busy", busy);
    }
};

/// What becomes of tasks that have not begun when their pool is shut down.
enum class unstarted_tasks {
    run,  ///< they are run, and so is what they submit
    drop, ///< their futures get errc::task_cancelled
};

/// Thread safety: any thread. Must outlive the calls of others; tasks may use it until they end.
class thread_pool {
public:
    /// Throws errc::invalid_argument if an option is out of its range; std::system_error if a thread cannot be started.
    explicit thread_pool(thread_pool_options options = {});
    thread_pool(const thread_pool&) = delete;
    thread_pool& operator=(const thread_pool&) = delete;
    /// shutdown(), as no cancellation point. Where that cannot wait (in a handler on a loop's thread, or in a task of the
    /// pool), the program ends.
    ~thread_pool();

    /// Runs `f(args…)` on a worker, and returns the future of what it returns or throws. `f` and `args` are copied or
    /// moved, and destroyed before the future is done. One allocation.
    ///
    /// Blocks:        never.
    /// Throws:        errc::pool_shut_down, unless it is called by a task of the pool; errc::pool_broken, with what the
    ///                initialiser threw; std::bad_alloc; what copying throws. Then nothing was submitted.
    template <class F, class... Args>
    requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
    auto submit(F&& f, Args&&... args) -> future<std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...>>;

    /// Runs `f()` on a worker, and nobody learns of its end; what it throws goes to the handler of
    /// on_unhandled_exception. Otherwise as submit().
    template <std::invocable F>
    void post(F&& f, std::source_location site = std::source_location::current());

    /// Submits `f(item)` for each item of `items`, `chunk` of them to a task, and returns the results, in order. Every
    /// task has a copy of `f` and of its items.
    ///
    /// Blocks:  never; reading the results does.
    /// Throws:  as submit(); what the iterators throw; errc::invalid_argument if `chunk` is 0. Then the tasks that were
    ///          submitted are cancelled.
    template <std::ranges::input_range Items, std::invocable<std::ranges::range_value_t<Items>> F>
    auto map(F f, Items&& items, std::size_t chunk = 1)
        -> mapped<std::invoke_result_t<F&, std::ranges::range_value_t<Items>>>;

    /// The same for items that are tuples, each of which holds the arguments of one call.
    template <class F, std::ranges::input_range Items>
    auto starmap(F f, Items&& items, std::size_t chunk = 1) {
        return map(
            [f = std::move(f)](auto&& arguments) mutable { return std::apply(f, std::move(arguments)); },
            std::forward<Items>(items), chunk);
    }

    /// Takes no more tasks but those that tasks of the pool submit, and waits until the workers have ended. Can be called
    /// again, also by several at once.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none, until the last task has ended.
    /// Cancellation:  the pool goes on shutting down.
    /// Throws:        errc::resource_deadlock_would_occur in a task of the pool; errc::would_block_loop in a handler on a
    ///                loop's thread; cancelled.
    void shutdown(unstarted_tasks what = unstarted_tasks::run);
    /// Calls the token's handler, void(error_code), once the last task has ended; the threads end by themselves then, and the
    /// destructor, which joins them, has nothing to wait for. Can be called by a task of the pool. See
    /// <plait/runtime/async.hpp>.
    ///
    /// Cancellation:  of the operation: the pool goes on shutting down.
    template <class Token>
    auto async_shutdown(unstarted_tasks what, Token&& token) {
        close(what);
        return core_.end().async_wait(std::forward<Token>(token));
    }
    template <class Token>
    auto async_shutdown(Token&& token) {
        return async_shutdown(unstarted_tasks::run, std::forward<Token>(token));
    }
    /// The same without the wait. Never blocks, and can be called by a task of the pool.
    void close(unstarted_tasks what = unstarted_tasks::run) noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return core_.size(); }
    [[nodiscard]] const std::string& name() const noexcept { return core_.settings().name; }
    [[nodiscard]] thread_pool_stats stats() const noexcept { return core_.count<thread_pool_stats>(); }
    /// True in a task of this pool.
    [[nodiscard]] bool runs_here() const noexcept { return core_.runs_here(); }

    using executor_type = pool_executor;
    [[nodiscard]] pool_executor get_executor() noexcept;
    [[nodiscard]] operator boost::asio::execution_context&() noexcept { return core_.asio_context(); }

    /// For those who bring work items of their own.
    [[nodiscard]] detail::pool_core& core() noexcept { return core_; }

private:
    detail::pool_core core_;
    detail::registry_entry entry_; // last: what it describes exists
};

/// The pool that invoke() and task_group use outside of a pool: one thread for each that can run at once. It is made when
/// it is first used, and shut down when the program ends; tasks that have not begun by then are dropped.
[[nodiscard]] thread_pool& default_pool();

/// Chooses how default_pool() is made. Throws errc::invalid_argument if it was made already, or an option is out of its
/// range.
void set_default_pool_options(thread_pool_options options);

/// The results of map(): a range that can be gone through once, in the order of the items. Going on to a result waits for
/// it, and throws what its call threw; after that, what the rest of its chunk would have returned is skipped. Destroying
/// the range cancels the tasks whose results were not read.
template <class T>
class [[nodiscard]] mapped {
    static_assert(!std::is_void_v<T>, "map returns results; for callables without one, use submit or task_group");

public:
    mapped(mapped&&) noexcept = default;
    mapped& operator=(mapped&&) = delete;
    ~mapped() {
        for (auto& chunk : chunks_)
            if (chunk.valid()) chunk.cancel();
    }

    class iterator;
    /// Waits for the first result. Blocks, cancellation and throws: as future::get on it.
    [[nodiscard]] iterator begin() { return iterator(*this); }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

    /// Waits for all results that were not read yet. Throws what the first failed call threw.
    [[nodiscard]] std::vector<T> get() && {
        std::vector<T> all;
        for (auto&& result : *this)
            all.push_back(std::move(result));
        return all;
    }

    /// For thread_pool.
    using results_of_chunk =
        std::conditional_t<std::is_same_v<T, bool>, std::deque<T>, std::vector<T>>; // one of real elements
    explicit mapped(std::vector<future<results_of_chunk>> chunks) noexcept : chunks_(std::move(chunks)) {}

private:
    // Makes `current_` hold the next result, if there is one.
    void advance() {
        while (position_ == current_.size() && next_ < chunks_.size()) {
            chunks_[next_].wait(); // a wait that is given up leaves everything as it was
            position_ = 0;
            current_.clear();
            current_ = std::move(chunks_[next_++]).get();
        }
    }
    [[nodiscard]] bool at_end() const noexcept { return position_ == current_.size() && next_ == chunks_.size(); }

    std::vector<future<results_of_chunk>> chunks_;
    std::size_t next_ = 0; // the chunk to be read after this one
    results_of_chunk current_;
    std::size_t position_ = 0;
};

template <class T>
class mapped<T>::iterator {
public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;

    [[nodiscard]] T& operator*() const noexcept { return of_->current_[of_->position_]; }
    [[nodiscard]] T* operator->() const noexcept { return &**this; }
    iterator& operator++() {
        if (of_->position_ < of_->current_.size()) ++of_->position_; // not after a step that has thrown
        of_->advance();
        return *this;
    }
    void operator++(int) { ++*this; }
    [[nodiscard]] bool operator==(std::default_sentinel_t) const noexcept { return of_->at_end(); }

private:
    friend class mapped;

    explicit iterator(mapped& of) : of_(&of) { of.advance(); }

    mapped* of_;
};

template <class F, class... Args>
requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
auto thread_pool::submit(F&& f, Args&&... args)
    -> future<std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...>> {
    using result = std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...>;
    static_assert(!std::is_reference_v<result>, "a task returns values: its result outlives its frame");
    if constexpr (sizeof...(Args) == 0) {
        return detail::submit_task<result>(core_, std::forward<F>(f));
    } else {
        return detail::submit_task<result>(
            core_,
            [f = std::decay_t<F>(std::forward<F>(f)),
             arguments = std::tuple<std::decay_t<Args>...>(std::forward<Args>(args)...)]() mutable -> result {
                return std::apply(std::move(f), std::move(arguments));
            });
    }
}

template <std::invocable F>
void thread_pool::post(F&& f, std::source_location site) {
    using item = detail::posted_task<std::decay_t<F>>;
    auto task = std::make_unique<item>(std::forward<F>(f), site);
    core_.submit(*task);
    static_cast<void>(task.release());
}

template <std::ranges::input_range Items, std::invocable<std::ranges::range_value_t<Items>> F>
auto thread_pool::map(F f, Items&& items, std::size_t chunk)
    -> mapped<std::invoke_result_t<F&, std::ranges::range_value_t<Items>>> {
    using item = std::ranges::range_value_t<Items>;
    using result = std::invoke_result_t<F&, item>;
    if (chunk == 0) throw error(errc::invalid_argument, "thread_pool.map: a chunk of 0 items; it must be at least 1");
    using results_of_chunk = typename mapped<result>::results_of_chunk;
    std::vector<future<results_of_chunk>> futures;
    auto at = std::ranges::begin(items);
    auto end = std::ranges::end(items);
    try {
        while (at != end) {
            std::vector<item> taken;
            for (; at != end && taken.size() < chunk; ++at)
                taken.push_back(*at);
            futures.push_back(submit([f, taken = std::move(taken)]() mutable {
                results_of_chunk results;
                if constexpr (requires { results.reserve(taken.size()); }) results.reserve(taken.size());
                for (auto&& one : taken)
                    results.push_back(std::invoke(f, std::move(one)));
                return results;
            }));
        }
    } catch (...) {
        mapped<result> cancels_what_was_submitted(std::move(futures));
        throw;
    }
    return mapped<result>(std::move(futures));
}

} // namespace plait
