// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   party A ──waits for──▶ lock 1 ──held by──▶ party B
//      ▲                                          │
//      └───held by─── lock 2 ◀──waits for─────────┘      closed by whoever waits last: that one gets the error
//
// Who waits for which lock and who holds it, while deadlocks are looked for. Every lock and unlock is then written down
// under one mutex, the graph's; otherwise the fast paths of the locks never come here.
//
// A report is never false. An edge is followed only if its waiter is still in the wait list of the lock and undecided,
// which does not change back: at the moment the search began, all edges of the cycle existed. None is missed. The wait
// list's lock is held from the search until the waiter is in the list, so of two parties that begin to wait at the same
// time the second sees the first; and one that was woken in vain searches again.
//
// Not in the graph: waits with a deadline, which end by themselves; what a handler does later (it may hold a lock, but
// never waits for one because of that); waits for anything but locks; locks taken before the search began.
//
// Order of locks: the graph's, then a lock's own raw_lock, then, with the graph's held, those of others.

#include <plait/runtime/detail/call_site.hpp>
#include <plait/runtime/detail/raw_lock.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

namespace plait::detail {

class party;
class wait_list;

/// Why every lock takes the slow path: bits of free_lock_word.
enum class slow_locks : std::uintptr_t {
    find_deadlocks = 1,
    time_holds = 2, ///< see lock_counters.hpp
};

/// What the word of a lock has to be for one compare-exchange to take it. While there is a reason for slow locks, no lock has
/// such a word, so that everybody takes the slow path without a branch for that on the fast one. relaxed: who sees a change
/// late takes or leaves a lock unwritten once more.
inline std::atomic<std::uintptr_t> free_lock_word{0};

[[nodiscard]] inline bool locks_are_slow() noexcept { return free_lock_word.load(std::memory_order_relaxed) != 0; }
[[nodiscard]] inline bool looking_for_deadlocks() noexcept {
    auto reason = static_cast<std::uintptr_t>(slow_locks::find_deadlocks);
    return (free_lock_word.load(std::memory_order_relaxed) & reason) != 0;
}

/// Adds a reason for slow locks, or takes it away.
inline void slow_down_locks(slow_locks why, bool on) noexcept {
    constexpr std::uintptr_t reasons = 3, in_no_lock = ~reasons; // neither an address nor a number of readers
    auto reason = static_cast<std::uintptr_t>(why);
    std::uintptr_t word = free_lock_word.load(std::memory_order_relaxed), next;
    do {
        std::uintptr_t remaining = on ? (word & reasons) | reason : word & reasons & ~reason;
        next = remaining == 0 ? 0 : in_no_lock | remaining;
    } while (!free_lock_word.compare_exchange_weak(word, next, std::memory_order_relaxed));
}

/// Deadlocks are looked for while one exists, in the whole process. One at a time.
class deadlock_search {
public:
    explicit deadlock_search(bool on) noexcept : on_(on) {
        if (on_) slow_down_locks(slow_locks::find_deadlocks, true);
    }
    ~deadlock_search() {
        if (on_) slow_down_locks(slow_locks::find_deadlocks, false);
    }
    deadlock_search(const deadlock_search&) = delete;
    deadlock_search& operator=(const deadlock_search&) = delete;

private:
    const bool on_;
};

/// A lock, as reports call it.
struct lock_label {
    const void* address;
    const char* kind;
    const char* name; ///< nullptr: called by its address

    [[nodiscard]] std::string describe() const;
};

enum class lock_access : std::uint8_t { exclusive, shared };

/// Somebody's way to a lock, from asking for it to having it or giving up. Remembers where that began.
class lock_request {
public:
    lock_request(lock_label lock, lock_access access, bool is_timed) noexcept
        : lock_(lock), access_(access), is_timed_(is_timed) {
        if (looking_for_deadlocks()) site_ = call_site::here();
    }
    /// One that waits already must not move; handlers' do not wait in the graph.
    lock_request(lock_request&&) noexcept = default;
    lock_request& operator=(lock_request&&) = delete;
    ~lock_request() {
        if (who_) leave_graph();
    }

private:
    friend class lock_graph;

    void leave_graph() noexcept;

    lock_label lock_;
    lock_access access_;
    bool is_timed_;
    call_site site_;

    // While it waits in the graph:
    const party* who_ = nullptr;
    raw_lock* guards_lists_ = nullptr;
    const wait_list* list_ = nullptr;
    const wait_list* before_ = nullptr;
};

/// The graph, locked, for one step of one lock; nothing if that step need not be written down.
class lock_graph {
public:
    /// Locks the graph if deadlocks are looked for, or if `must_write`: the lock is in the graph. `guard`, which is
    /// locked, is given up in between.
    explicit lock_graph(std::unique_lock<raw_lock>& guard, bool must_write = false) {
        if (must_write || looking_for_deadlocks()) enter(guard);
    }
    ~lock_graph() {
        if (entered_) leave();
    }
    lock_graph(const lock_graph&) = delete;
    lock_graph& operator=(const lock_graph&) = delete;

    /// `who` has the lock now. True if that was written down, and gave_back() has to be called.
    bool has_taken(lock_request& request, const party& who) noexcept { return entered_ && write_taken(request, who); }
    /// `who` is about to join `list`, whose lock is `guard`, and is let in only when nobody waits in `before` any more,
    /// if that is given. Throws errc::resource_deadlock_would_occur if that would be for ever; then `guard` is unlocked.
    void is_to_wait(
        lock_request& request, party& who, std::unique_lock<raw_lock>& guard, const wait_list& list,
        const wait_list* before) {
        if (entered_) write_wait(request, who, guard, list, before);
    }
    /// `who` is about to give the lock back. False if it is not written down as one that has it.
    bool gives_back(const void* lock, const party& who) noexcept;
    /// How many are written down as having the lock.
    [[nodiscard]] std::size_t count_holders(const void* lock) const noexcept;

private:
    friend class lock_request;
    struct state;
    class search;

    void enter(std::unique_lock<raw_lock>& guard);
    void leave() noexcept;
    bool write_taken(lock_request& request, const party& who) noexcept;
    void write_wait(
        lock_request& request, party& who, std::unique_lock<raw_lock>& guard, const wait_list& list,
        const wait_list* before);

    bool entered_ = false;
};

} // namespace plait::detail
