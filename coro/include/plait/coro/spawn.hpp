// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Starting coroutines. A coroutine is an ordinary function on a stack of its own: nothing to annotate, and whatever it
// calls may wait. It runs on one loop, and with the other coroutines of that loop it takes turns: between two waits it
// has the thread to itself.

#include <plait/coro/task.hpp>
#include <plait/runtime/error.hpp>

#include <cstddef>
#include <source_location>
#include <string>
#include <string_view>

namespace plait {

template <class T>
class scoped_task;

/// Names a coroutine by the address of its task, which has to stay until the spawn.
class parent_task {
public:
    /// The one that spawns.
    constexpr parent_task(std::nullptr_t = nullptr) noexcept {}
    /// The one of `*of`, or, if there is none, the one that spawns. Throws errc::no_state for an empty handle.
    template <class T>
    parent_task(const task<T>* of) : coroutine_(coroutine_of(of)) {}
    template <class T>
    parent_task(const scoped_task<T>* of) : coroutine_(coroutine_of(of)) {}

    /// nullptr: the one that spawns.
    [[nodiscard]] detail::coroutine* get() const noexcept { return coroutine_; }

private:
    template <class Task>
    static detail::coroutine* coroutine_of(const Task* of) {
        if (!of) return nullptr;
        if (detail::coroutine* named = detail::task_access::coroutine_of(*of)) return named;
        throw error(errc::no_state, "spawn_options::parent: an empty task");
    }

    detail::coroutine* coroutine_ = nullptr;
};

/// How a coroutine is spawned.
struct spawn_options {
    std::string_view name = {};           ///< for people; copied
    std::size_t stack_bytes = 256 * 1024; ///< the guard page included; rounded up to a power of two; 16 KiB to 1 GiB
    loop* on = nullptr;                   ///< nullptr: the caller's loop

    /// Whose inherited locals the coroutine begins with, and which dumps name: a coroutine of the calling thread's loop that
    /// has not ended. Its values are copied as its last wait has left them, and copying another's must not wait: it would
    /// throw errc::would_block_loop. nullptr: the spawner.
    parent_task parent = nullptr;
};

/// Starts `f()` as a coroutine, and returns its task. Parent first: the caller goes on, the coroutine begins when its
/// loop comes to it. `f` is copied or moved into the coroutine and destroyed when it ends.
///
/// Blocks:        never.
/// Thread safety: with `options.on`, from any thread; without it, from a coroutine or a handler of a loop.
/// Throws:        errc::invalid_argument if there is no loop, the stack is too large, or the parent has ended or is of another
///                loop; errc::stack_exhausted; whatever moving `f`, or copying what is inherited, throws.
template <class F>
auto spawn(F&& f, const spawn_options& options = {}, std::source_location site = std::source_location::current())
    -> task<std::invoke_result_t<std::decay_t<F>&>>;

enum class launch {
    now, ///< child first
};

/// The same, child first: `f()` runs at once, until it waits, yields or ends; then the caller goes on, before everything
/// else that is ready. What spawns in this way and then joins has few coroutines alive at a time, whose stacks are still in
/// the cache: a tree of coroutines runs depth first. An exception of `f` is for the task's join, as ever.
///
/// Where the child cannot run at once it begins when its loop comes to it, as without `launch::now`: if the caller is no
/// coroutine of that loop (a handler, a thread, a coroutine of another loop). With a seed, who goes on is left to chance.
///
/// Blocks:        while the child runs. No cancellation point.
/// Otherwise as spawn(f).
template <class F>
auto spawn(
    launch when, F&& f, const spawn_options& options = {}, std::source_location site = std::source_location::current())
    -> task<std::invoke_result_t<std::decay_t<F>&>>;

/// Lets the other coroutines of this loop have a turn. On a plain thread, std::this_thread::yield. A cancellation
/// point: throws `cancelled`.
void yield();

namespace detail {

/// The loop of the handler that runs on this thread. Throws errc::invalid_argument if there is none.
[[nodiscard]] loop& loop_of_handler();

[[nodiscard]] inline loop& loop_to_spawn_on(const spawn_options& options) {
    if (options.on) return *options.on;
    party* spawner = party::running_coroutine();
    return spawner ? *spawner->home() : loop_of_handler();
}

/// A coroutine that has not been started, where its value will be, and `extra_bytes` of its stack, aligned for pointers, that
/// are the caller's.
template <class F>
auto make_coroutine(F&& f, const spawn_options& options, std::source_location site, std::size_t extra_bytes = 0) {
    using result = std::invoke_result_t<std::decay_t<F>&>;
    using body = coroutine_body_of<std::decay_t<F>, result>;
    static_assert(!std::is_reference_v<result>, "a coroutine returns values: its result outlives its frame");
    static_assert(alignof(body) <= 64, "a callable that needs more than 64 bytes of alignment");

    struct made {
        coroutine& self;
        void* extra;
        std::add_pointer_t<result> (*value)(coroutine&) = nullptr;
    };
    coroutine& c = coroutine::create(
        loop_to_spawn_on(options), {options.name, options.stack_bytes, site, options.parent.get()},
        sizeof(body) + extra_bytes);
    void* extra = static_cast<std::byte*>(c.body_memory()) + sizeof(body);
    try {
        c.set_body(*new (c.body_memory()) body(std::forward<F>(f)));
    } catch (...) {
        c.discard();
        throw;
    }
    if constexpr (std::is_void_v<result>)
        return made{c, extra};
    else
        return made{c, extra, [](coroutine& of) { return &static_cast<body*>(of.body())->result(); }};
}

} // namespace detail

template <class F>
auto spawn(F&& f, const spawn_options& options, std::source_location site)
    -> task<std::invoke_result_t<std::decay_t<F>&>> {
    auto made = detail::make_coroutine(std::forward<F>(f), options, site);
    made.self.start();
    return {made.self, made.value};
}

template <class F>
auto spawn(launch, F&& f, const spawn_options& options, std::source_location site)
    -> task<std::invoke_result_t<std::decay_t<F>&>> {
    auto made = detail::make_coroutine(std::forward<F>(f), options, site);
    made.self.start_now();
    return {made.self, made.value};
}

} // namespace plait
