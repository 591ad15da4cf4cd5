// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   loop, thread_pool, thread ┐
//   mutex("accounts") ────────┼─ registry_entry ─▶ [ registry ] ─▶ dump_all()
//   named<queue<T>> ──────────┘        │
//                                      └─ stats(): the counters of that object, read while it works
//
// Seeing what a program does. Objects that have counters give them by stats(), a plain struct. dump_all() shows those
// that have a name: every loop with its coroutines, every thread, every pool, the locks that were given one, and whatever
// was declared as plait::named. An object without a name is in no list and costs nothing.
//
// What only looking would pay for (the time a lock is held, say) is measured while observation is on. Nothing here
// stops the world: counters are read while they change, and each is right by itself.

#include <plait/runtime/detail/dump.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace plait {

/// Everything that is known, as text for people; the form may change. Loops come with their counters and their
/// coroutines: id, name, where each was spawned and by which coroutine, what it does, and its stack, unless it runs on
/// another thread just now. A coroutine that has been woken and has not had its turn yet counts as waiting.
///
/// Of a stack, the functions that were called, innermost first, without plait's own machinery. Files and lines are there
/// if the program was compiled with -g; so are functions that were inlined. A function that was compiled without a frame
/// pointer hides its caller.
///
/// Blocks:        while the debug information is read (the first time perhaps seconds). Each loop, while its coroutines
///                are copied, at its next switch, for less than a microsecond each.
/// Thread safety: any thread, coroutine or handler; objects may come and go meanwhile.
/// Throws:        std::bad_alloc.
[[nodiscard]] std::string dump_all();

namespace detail {

/// True while observation is on.
inline std::atomic<bool> observation_is_on{false};

} // namespace detail

/// Turns the measuring of what costs time on or off, for the whole program; it is off at first. Any thread. Measured is
/// how long mutex, recursive_mutex and shared_mutex, by writers, are held, which costs about 0.1 µs at each lock and unlock.
void observe(bool on) noexcept;
[[nodiscard]] inline bool observing() noexcept {
    // relaxed: a measurement that begins or ends a moment late is as good
    return detail::observation_is_on.load(std::memory_order_relaxed);
}

namespace detail {

/// One line, or more, of dump_all(). While it exists, `describe(of, to)` may be called on any thread.
class registry_entry {
public:
    using describer = void (*)(const void* of, dump& to);

    registry_entry(const void* of, describer describe);
    ~registry_entry();
    registry_entry(const registry_entry&) = delete;
    registry_entry& operator=(const registry_entry&) = delete;

private:
    friend class registry;

    const void* of_;
    describer describe_;
    registry_entry* next_ = nullptr;
    registry_entry* previous_ = nullptr;
};

/// Appends `kind 'name': counter value, counter value, …` and the end of the line.
template <class Stats>
void describe_stats(dump& to, std::string_view kind, std::string_view name, const Stats& stats) {
    std::string text;
    text.append(kind).append(" '").append(name).append("'");
    char separator = ':';
    stats.each([&](std::string_view counter, std::uint64_t value) {
        ((text += separator) += ' ').append(counter).append(" ").append(std::to_string(value));
        separator = ',';
    });
    to.add(text += '\n');
}

/// The moments that a trace can record. What identifies the object is its id, for a coroutine, or its address.
enum class trace_event : std::uint8_t {
    spawn,  ///< a coroutine was made; `what` is the function that did
    start,  ///< it begins
    park,   ///< it begins to wait; `what` says for what
    wake,   ///< its wait is over, and it has its turn again
    end,    ///< a coroutine has ended
    submit, ///< a task was handed to a pool
    run,    ///< a pool begins to run it
};

using trace_function = void (*)(trace_event event, std::uint64_t id, const char* what) noexcept;

/// Who is told of those moments, on the thread where they happen; nullptr: nobody. Set it before the program starts
/// threads, or let it be a function that needs nothing that was made at the same time.
inline std::atomic<trace_function> tracer{nullptr};

/// One load and one branch while nobody traces.
inline void trace(trace_event event, std::uint64_t id, const char* what = nullptr) noexcept {
    if (trace_function f = tracer.load(std::memory_order_relaxed)) [[unlikely]]
        f(event, id, what);
}

} // namespace detail

/// A `T` that dump_all() shows under a name: `plait::named<plait::mutex> accounts("accounts");`. For any T whose
/// stats() may be called on any thread and gives a struct with a `kind` and each(visit), as loop_stats is.
template <class T>
class named : public T {
public:
    /// The further arguments are T's.
    template <class... Args>
    explicit named(std::string name, Args&&... args)
        : T(std::forward<Args>(args)...), name_(std::move(name)), entry_(this, &named::describe) {}

    [[nodiscard]] const std::string& name() const noexcept { return name_; }

private:
    static void describe(const void* of, detail::dump& to) {
        auto& self = *static_cast<const named*>(of);
        auto stats = self.stats();
        detail::describe_stats(to, stats.kind, self.name_, stats);
    }

    std::string name_;
    detail::registry_entry entry_; // last: what it describes exists
};

} // namespace plait
