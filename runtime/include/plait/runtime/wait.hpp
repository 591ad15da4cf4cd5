// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//      a coroutine ─┐                                             ┌─▶ its loop's ready queue
//   a plain thread ─┼─ waiter ──▶ [ wait list of the thing ] ─wake┼─▶ its futex
//   an async call  ─┘   (on the blocked party's own stack)        └─▶ its handler
//
// The one door: everything in plait that waits, waits through here, so one mutex, queue or future works for threads,
// coroutines and handlers in any mix.
//
// A party is one that can be blocked: the running coroutine, or the thread if none runs. It blocks by putting a waiter
// on its own stack into the wait list of the thing it waits for and parking. A waiter is decided exactly once, by
// whoever wins one compare-exchange: it is woken, its deadline comes, or its party is cancelled. Waking never runs the
// woken party inline; it becomes ready on its own loop, or its thread's futex is woken.
//
// Every park is a cancellation point. Cancellation is level-triggered: once a party is cancelled, each park throws
// `plait::cancelled`; a `shield` postpones that. A wait on one of plait's primitives that was cancelled or timed out
// has taken nothing.
//
// A primitive describes each operation that may wait once, as one struct (see `perform`), and gets its faces from that:
// waiting, waiting with a deadline, and, with <plait/runtime/async.hpp>, Asio's.
//
// This header is for those who build primitives; users meet it through `shield` and `sleep_for` alone.

#include <plait/runtime/clock.hpp>
#include <plait/runtime/detail/futex.hpp>
#include <plait/runtime/detail/raw_lock.hpp>
#include <plait/runtime/detail/ready_queue.hpp>
#include <plait/runtime/detail/timer_heap.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include <sys/types.h>

namespace plait {

class loop;

namespace detail {

class cancel_scope;
class local_values;
class waiter;

/// How a wait ended, and before that, how far it has come.
enum class wait_state : std::uint32_t {
    idle,      ///< not parked yet; deciding it now costs no wake-up
    waiting,   ///< parked
    woken,     ///< the thing waited for said so
    timed_out, ///< the deadline came first
    cancelled, ///< the party was cancelled first
    refused,   ///< parking here would block the loop that has to wake the party
    no_memory, ///< the deadline could not be armed
};

/// Whether a park is a cancellation point. Parks in destructors and in re-locks are not: throwing there would end the
/// program.
enum class cancellation { enabled, disabled };

/// One that can be blocked: a coroutine, a plain thread, or an asynchronous operation. All members but `current` belong to
/// the thread the party runs on.
class party : public ready_item {
public:
    party(const party&) = delete;
    party& operator=(const party&) = delete;

    /// The running coroutine, or the calling thread.
    [[nodiscard]] static party& current() noexcept;
    /// The running coroutine; nullptr if none runs on this thread. Async-signal-safe.
    [[nodiscard]] static party* running_coroutine() noexcept { return current_; }

    /// True if a coroutine runs on the calling thread.
    [[nodiscard]] static bool in_coroutine() noexcept { return current_ != nullptr; }

    enum class kind : std::uint8_t { thread, coroutine, handler };
    [[nodiscard]] kind what() const noexcept { return kind_; }

    /// The loop that a coroutine runs on; nullptr for the others.
    [[nodiscard]] loop* home() const noexcept { return home_; }

    /// True if the next park throws.
    [[nodiscard]] bool cancel_pending() const noexcept {
        if (!ever_cancelled_.load(std::memory_order_relaxed)) [[likely]] // one look: this is asked at each switch
            return false;
        return shields_ < cancelled_below_ || (shields_ == 0 && cancel_requested_.load(std::memory_order_relaxed));
    }

    /// True if a wait that begins now goes on until it is woken: nothing has cancelled it, and no scope around it has a
    /// deadline.
    [[nodiscard]] bool waits_without_limit() const noexcept { return !cancel_pending() && !next_to_expire(); }

    /// The scopes and shields that it is inside of: the same before and after what leaves all those that it enters.
    struct surroundings {
        const cancel_scope* innermost = nullptr;
        std::uint32_t shields = 0;
        friend bool operator==(const surroundings&, const surroundings&) noexcept = default;
    };
    [[nodiscard]] surroundings around() const noexcept { return {innermost_, shields_}; }
    /// The first deadline of the scopes around that no shield keeps off.
    [[nodiscard]] deadline first_deadline() const noexcept;

    /// Cancels the party: the park it is in, and each one to come. On the party's own thread only; others call
    /// `task::cancel` for a coroutine and `thread_party::cancel` for a thread.
    void deliver_cancellation() noexcept;

    /// For a loop that goes while the party is parked on it: whatever would have ended the wait wakes nobody. False if that
    /// has ended it already: then the party is ready, or its waker is about to make it so.
    [[nodiscard]] bool abandon() noexcept;

    /// The party's time: its loop's clock, or the steady clock.
    [[nodiscard]] time_point now() const noexcept;

    /// Gives a party that has not begun copies of those locals of `spawner`'s that are inherited. Throws what copying throws.
    void inherit_locals(const party& spawner) {
        if (spawner.locals_) copy_locals_of(spawner);
    }
    /// Destroys the values of the party's locals, which may wait. At its end, while it is the current party.
    void end_locals() noexcept {
        if (locals_) destroy_locals();
    }

    /// What it is and what it is called, for reports. From any thread, as long as the party exists.
    [[nodiscard]] virtual std::string describe() const = 0;

protected:
    /// `run_item` is called to make the party go on: by its loop, for a coroutine; by the waker, for a handler; never, for
    /// a thread.
    party(kind what, loop* home, void (*run_item)(ready_item&) noexcept) noexcept
        : ready_item(run_item), home_(home), kind_(what) {}
    ~party() = default;

    static void set_current(party* p) noexcept { current_ = p; }
    void request_cancellation(bool on) noexcept {
        cancel_requested_.store(on, std::memory_order_relaxed);
        if (on) ever_cancelled_.store(true, std::memory_order_relaxed);
    }
    /// True if it is parked where its cancellation, or that of a scope around it, may interrupt it.
    [[nodiscard]] bool parked_cancellably() const noexcept { return parked_cancellably_; }
    [[nodiscard]] bool is_parked() const noexcept { return parked_ != nullptr; }
    [[nodiscard]] bool shielded() const noexcept { return shields_ != 0; }
    /// The scope whose deadline comes first, of those that may interrupt it now and have not; nullptr if none has one.
    [[nodiscard]] cancel_scope* next_to_expire() const noexcept;

private:
    friend class cancel_scope;
    friend class local_values;
    friend class unrelated_work;
    friend class waiter;
    friend struct shield_access;

    /// Ends the park it is in, if its cancellation may do that, and tells the scopes that want to know.
    void interrupt() noexcept;

    /// Blocks until the waiter is decided.
    virtual void block(waiter& w, deadline until) noexcept = 0;
    static party& current_thread() noexcept;
    void copy_locals_of(const party& spawner);
    void destroy_locals() noexcept;

    inline static thread_local party* current_ = nullptr;

    loop* home_;
    waiter* parked_ = nullptr;
    cancel_scope* innermost_ = nullptr;
    local_values* locals_ = nullptr; // see locals.hpp; most parties have none
    std::uint32_t shields_ = 0;
    std::uint32_t cancelled_below_ = 0; // fewer shields than this do not keep a cancelled scope from interrupting it
    kind kind_;
    bool parked_cancellably_ = false;
    // relaxed: whoever sets them for another also wakes that one
    std::atomic<bool> cancel_requested_{false};
    std::atomic<bool> ever_cancelled_{false}; // that, or a scope of it, once: until then nothing else need be looked at
};

inline party& party::current() noexcept {
    party* p = current_;
    return p ? *p : current_thread();
}

/// A plain thread as a party: it blocks on a futex.
class thread_party final : public party {
public:
    thread_party() noexcept;

    /// The calling thread's, whether or not a coroutine runs on it now.
    [[nodiscard]] static thread_party& of_this_thread() noexcept;

    /// Cancels the thread: the park it is in, and each one to come. From any thread, as long as the party exists: its end
    /// is the end of its thread.
    void cancel() noexcept;

    /// Forgets that it was cancelled, because the work that was meant is over. On the thread itself.
    void forget_cancellation() noexcept;

    [[nodiscard]] std::string describe() const override;
    /// What it does, for people: "waits for queue.get", or as far as the system knows, "runs" or "sleeps". From any thread,
    /// as long as the party exists.
    [[nodiscard]] std::string activity() const;

private:
    void block(waiter& w, deadline until) noexcept override;
    void sleep(waiter& w, deadline until) noexcept;

    raw_lock cancel_lock_; // guards cancellable_ and whatever it points to
    waiter* cancellable_ = nullptr;
    std::atomic<const char*> waits_for_{nullptr}; // while it sleeps; relaxed, for those who look on
    const pid_t id_;                              // the kernel's, which debuggers and top show
};

/// Who has to be made to go on once a waiter is settled. Noted before, because afterwards a thread may leave the wait by
/// itself and take the waiter, and even its party, with it. The others stay until they are made to go on.
struct blocked {
    party* who = nullptr;                             // nullptr: a thread
    const std::atomic<std::uint32_t>* word = nullptr; // of which only the address is used

    void unblock() const noexcept;
};

/// One blocked party. Lives in the frame that waits.
class waiter : private timer_node {
public:
    /// `on_cancel`, if given, is called instead of deciding the waiter when its party is cancelled: an operation in
    /// flight is asked to stop, and its handler decides.
    /// `what` says for people what is waited for: "mutex.lock".
    explicit waiter(const char* what = "a wake-up", void (*on_cancel)(waiter&) noexcept = nullptr) noexcept
        : timer_node(&waiter::expire), party_(&party::current()), on_cancel_(on_cancel), what_(what) {}
    /// One that stands for `handler`, which does not park: it waits from the start.
    explicit waiter(party& handler) noexcept
        : timer_node(&waiter::expire),
          state_(static_cast<std::uint32_t>(wait_state::waiting)),
          party_(&handler),
          on_cancel_(nullptr),
          what_("a wake-up") {}
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;

    /// Parks the current party until the waiter is decided, and says how. Throws nothing, so that the caller can take
    /// the waiter out of its list first.
    wait_state park(deadline until, cancellation c) noexcept;

    /// Decides the waiter; false if somebody was faster. The caller makes sure that the waiter still exists.
    bool wake() noexcept { return decide(wait_state::woken); }

    [[nodiscard]] bool is_undecided() const noexcept {
        return state_.load(std::memory_order_relaxed) <= static_cast<std::uint32_t>(wait_state::waiting);
    }
    [[nodiscard]] party& who() const noexcept { return *party_; }
    [[nodiscard]] const char* what() const noexcept { return what_; }
    [[nodiscard]] blocked who_is_blocked() const noexcept {
        return {party_->what() == party::kind::thread ? nullptr : party_, &state_};
    }

private:
    friend class party;
    friend class thread_party;
    friend class wait_list;

    static void expire(timer_node& node) noexcept { static_cast<waiter&>(node).decide(wait_state::timed_out); }

    /// The first half of deciding: the compare-exchange. Returns what was the state if it was won, or the state that
    /// made it lose.
    wait_state settle(wait_state to) noexcept {
        auto from = static_cast<std::uint32_t>(wait_state::idle);
        do {
            // acq_rel: what the waker did before is seen by the woken; pairs with the acquire in park()
            if (state_.compare_exchange_strong(
                    from, static_cast<std::uint32_t>(to), std::memory_order_acq_rel, std::memory_order_acquire))
                break;
        } while (from <= static_cast<std::uint32_t>(wait_state::waiting));
        return static_cast<wait_state>(from);
    }
    bool decide(wait_state to) noexcept {
        blocked b = who_is_blocked();
        wait_state was = settle(to);
        if (was == wait_state::waiting) b.unblock();
        return was <= wait_state::waiting;
    }
    void cancel() noexcept {
        if (!on_cancel_)
            decide(wait_state::cancelled);
        else if (state_.load(std::memory_order_acquire) <= static_cast<std::uint32_t>(wait_state::waiting))
            on_cancel_(*this); // not once it is decided: the operation, and what it worked on, may be gone
    }

public:
    /// For the parties' `block`: moves from idle to waiting; false if the waiter is decided already.
    bool begin() noexcept {
        auto from = static_cast<std::uint32_t>(wait_state::idle);
        return state_.compare_exchange_strong(
            from, static_cast<std::uint32_t>(wait_state::waiting), std::memory_order_acq_rel,
            std::memory_order_acquire);
    }
    void refuse() noexcept { settle(wait_state::refused); }
    void fail_for_memory() noexcept { settle(wait_state::no_memory); }
    void time_out() noexcept { settle(wait_state::timed_out); }
    [[nodiscard]] std::atomic<std::uint32_t>& word() noexcept { return state_; }
    [[nodiscard]] timer_node& timer() noexcept { return *this; }

private:
    std::atomic<std::uint32_t> state_{static_cast<std::uint32_t>(wait_state::idle)};
    bool linked_ = false;
    party* party_;
    waiter* next_ = nullptr;
    waiter* previous_ = nullptr;
    void (*on_cancel_)(waiter&) noexcept;
    const char* what_;
};

/// A stretch of the calling party's work that can be cancelled by itself: because a deadline comes, or because somebody
/// says so. From then until the scope ends, each park of the party throws `cancelled`, except behind a shield that was
/// made inside the scope. Scopes nest, and end on the party that made them, the inner before the outer.
class cancel_scope : private timer_node {
public:
    /// For a scope whose deadline somebody else looks after.
    struct ends_with_another {};

    /// Throws std::bad_alloc if there is no memory for the deadline.
    explicit cancel_scope(deadline until);
    /// The deadline is only known: when it comes, whoever looks after it cancels the party, or this.
    cancel_scope(deadline until, ends_with_another) noexcept;
    /// Calls `on_cancel`, on the party's thread, when is_cancelled() becomes true, and perhaps again. It must neither park nor
    /// throw. For coroutines: the cancellation of a thread from outside is not told.
    explicit cancel_scope(void (*on_cancel)(cancel_scope&) noexcept) noexcept;
    cancel_scope(const cancel_scope&) = delete;
    cancel_scope& operator=(const cancel_scope&) = delete;
    ~cancel_scope();

    /// On the party's own thread.
    void cancel() noexcept;

    /// True if parks in it throw: it was cancelled, or something around it, with no shield in between.
    [[nodiscard]] bool is_cancelled() const noexcept { return cancelled_ || is_cancelled_around(); }
    /// True if this scope was cancelled and nothing around it was: then a `cancelled` that comes out of it ends here.
    [[nodiscard]] bool is_the_reason() const noexcept { return cancelled_ && !is_cancelled_around(); }

private:
    friend class party;
    friend class thread_party;

    cancel_scope(deadline until, void (*on_cancel)(cancel_scope&) noexcept) noexcept;
    [[nodiscard]] bool is_cancelled_around() const noexcept;

    static void expire(timer_node& node) noexcept { static_cast<cancel_scope&>(node).cancel(); }

    party& who_;
    cancel_scope* outer_;
    deadline until_;
    void (*on_cancel_)(cancel_scope&) noexcept;
    std::uint32_t shields_; // around the scope
    bool cancelled_ = false;
};

/// While it exists, what the calling party does is no part of what it did before: the scopes and shields around are none of
/// it. In a frame of the party's.
class unrelated_work {
public:
    unrelated_work() noexcept
        : who_(party::current()),
          innermost_(std::exchange(who_.innermost_, nullptr)),
          shields_(std::exchange(who_.shields_, 0)),
          cancelled_below_(std::exchange(who_.cancelled_below_, 0)) {}
    unrelated_work(const unrelated_work&) = delete;
    unrelated_work& operator=(const unrelated_work&) = delete;
    ~unrelated_work() {
        who_.innermost_ = innermost_;
        who_.shields_ = shields_;
        who_.cancelled_below_ = cancelled_below_;
    }

private:
    party& who_;
    cancel_scope* innermost_;
    std::uint32_t shields_, cancelled_below_;
};

/// Those who wait for one thing, oldest first. Guarded by a lock of the thing's, which every call names or requires.
class wait_list {
public:
    wait_list() noexcept = default;
    wait_list(const wait_list&) = delete;
    wait_list& operator=(const wait_list&) = delete;

    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

    /// Whether `is_wanted(party)` for one that waits and was not woken, cancelled or late meanwhile. The lock is held.
    template <class Predicate>
    [[nodiscard]] bool any_waiting(Predicate is_wanted) const {
        for (const waiter* w = first_; w; w = w->next_)
            if (w->is_undecided() && is_wanted(w->who())) return true;
        return false;
    }

    /// Joins the list, at its end or, for one that was woken in vain, at its front; unlocks `guard`; parks. On return
    /// the caller is not in the list any more and `guard` is unlocked. Returns woken, timed_out or cancelled; throws
    /// errc::would_block_loop, and std::bad_alloc if there is no memory for the deadline. `what`: see waiter.
    enum class place { back, front };
    wait_state wait(
        std::unique_lock<raw_lock>& guard, deadline until, cancellation c = cancellation::enabled,
        place where = place::back, const char* what = "a wake-up");

    /// For a waiter that does not park: joins the list. The lock is held.
    void add(waiter& w, place where = place::back) noexcept { link(w, where); }
    /// Cancels such a waiter: takes it out of the list and returns true, unless it was woken before. The lock is held.
    bool cancel(waiter& w) noexcept;

    /// Wakes the one that waits longest, if any, and unlocks `guard` before doing so.
    bool wake_one(std::unique_lock<raw_lock>& guard) noexcept;

    /// Wakes everybody. The lock stays held.
    void wake_all() noexcept;

    /// Takes out and settles the one that waits longest without unblocking it; `unblock` does that later, without the
    /// lock. For hand-overs.
    struct chosen {
        const party* who = nullptr; ///< nullptr: nobody waits. Only its address may be used.
        blocked parked = {};        ///< empty if it has not parked yet, and need not be unblocked

        void unblock() const noexcept {
            if (parked.word) parked.unblock();
        }
    };
    chosen choose() noexcept;

private:
    void link(waiter& w, place where) noexcept;
    void unlink(waiter& w) noexcept;

    waiter* first_ = nullptr;
    waiter* last_ = nullptr;
};

/// Performs an operation that may have to wait. The operation describes itself in one struct for all of its faces:
///
///     struct get {
///         static constexpr const char* what = "queue.get"; // for people; may be left out
///         raw_lock& lock();        // guards the thing
///         wait_list& waiters();    // where to wait
///         // With the lock held, which it may give up: does what is to be done, or says that `who` must wait. `was_woken`:
///         // this is another attempt after a wake-up. Throws what the operation throws.
///         bool attempt(std::unique_lock<raw_lock>& guard, party& who, bool was_woken);
///     };
///
/// Returns woken once it is done; timed_out or cancelled, and then nothing was done. Throws what `attempt` throws,
/// errc::would_block_loop, and std::bad_alloc if there is no memory for the deadline.
template <class Operation>
wait_state perform(Operation& operation, deadline until, cancellation c = cancellation::enabled) {
    const char* what = "a wake-up";
    if constexpr (requires { Operation::what; }) what = Operation::what;
    std::unique_lock guard(operation.lock());
    for (bool was_woken = false; !operation.attempt(guard, party::current(), was_woken); was_woken = true) {
        auto where = was_woken ? wait_list::place::front : wait_list::place::back;
        wait_state result = operation.waiters().wait(guard, until, c, where, what);
        if (result != wait_state::woken) return result;
        guard.lock();
    }
    return wait_state::woken;
}

/// The same operation with a completion token; defined in <plait/runtime/async.hpp>, which says what it needs besides.
template <class Operation, class Token>
auto async_perform(Operation operation, Token&& token);

/// Several operations, one after the other, as one; likewise.
template <class Steps, class Token>
auto async_perform_steps(Steps steps, Token&& token);

/// Throws if the wait could not begin: errc::would_block_loop or std::bad_alloc.
void throw_if_not_parked(wait_state result);

/// Throws timeout_error("<what> timed out") or cancelled, unless the wait ended with a wake-up.
void throw_unless_woken(wait_state result, const char* what);

/// Throws `cancelled` if the calling party is cancelled and not shielded.
void throw_if_cancelled();

/// The deadline that is `d` from now on the calling party's clock. Throws errc::invalid_argument if `d` is negative.
[[nodiscard]] deadline deadline_after(duration d);

/// Throws errc::would_block_loop if the caller is a handler on a loop's thread, which must not be blocked.
void throw_if_park_would_block_loop(const char* what);

struct shield_access {
    static void enter(party& p) noexcept { ++p.shields_; }
    static void leave(party& p) noexcept { --p.shields_; }
};

} // namespace detail

/// While a shield exists, parks of the party that made it are no cancellation points; the cancellation is not lost, the
/// next park after the shield throws. Shields nest. Destroy it on the party that made it.
class [[nodiscard]] shield {
public:
    shield() noexcept : party_(detail::party::current()) { detail::shield_access::enter(party_); }
    ~shield() { detail::shield_access::leave(party_); }
    shield(const shield&) = delete;
    shield& operator=(const shield&) = delete;

private:
    detail::party& party_;
};

/// Blocks the caller for at least `d`, or until `t`. Blocks the calling coroutine, or the thread if there is none.
/// Cancellation: throws `cancelled` at once. Throws errc::invalid_argument if `d` is negative.
void sleep_for(duration d);
void sleep_until(time_point t);

} // namespace plait
