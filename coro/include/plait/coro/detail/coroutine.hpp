// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   bottom                                                          top
//   │guard│ … free …  ◀── frames │ body: callable, result │ coroutine │ colour │
//
// One coroutine, and where it lives: its control block and what it runs lie at the top of its own stack, so that a
// sleeping coroutine costs one page. It is kept by two references, the run's and the task handle's; the stack goes back
// to the arena when both are gone.
//
// Not for users: spawn and task are.

#include <plait/coro/coroutine_info.hpp>
#include <plait/runtime/detail/completion.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/observe.hpp>
#include <plait/runtime/wait.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <new>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace plait::detail {

class coroutine_scheduler;
class stack_arena;

/// The state of exception handling that the C++ runtime keeps for each thread, and we for each coroutine.
struct exception_state {
    void* caught = nullptr;
    unsigned int uncaught = 0;
};

/// What a switch saves besides the registers. The loop's own stack has one too.
struct execution {
    void* context = nullptr; // where the registers are, while it does not run
    // For those who look on: its innermost frame, from which on nothing changes while it is suspended; nullptr while it is
    // not, or is about to run.
    std::atomic<const void*> frame{nullptr};
    party* who = nullptr; // nullptr: the loop itself
    exception_state exceptions;
    int error_number = 0;
#if defined(__SANITIZE_ADDRESS__)
    void* fake_stack = nullptr;
    const void* stack_bottom = nullptr;
    std::size_t stack_size = 0;
#elif defined(__SANITIZE_THREAD__)
    void* fiber = nullptr;
#endif
};

/// What a coroutine runs, behind one call: the callable, and its result.
class coroutine_body {
public:
    virtual void run() = 0;
    virtual void drop_callable() noexcept = 0;

protected:
    ~coroutine_body() = default;

private:
    friend class coroutine;
    virtual void destroy() noexcept = 0;
};

struct coroutine_origin {
    std::string name;
    std::size_t stack_bytes;
    std::source_location site;
};

class coroutine final : public party {
public:
    /// A coroutine on `home` that is not ready yet and has two references. Its body, of `body_bytes` bytes, must be
    /// constructed at body_memory() and handed to set_body(), or discard() be called.
    static coroutine& create(loop& home, coroutine_origin origin, std::size_t body_bytes);
    [[nodiscard]] void* body_memory() noexcept { return body_memory_; }
    void set_body(coroutine_body& body) noexcept { body_ = &body; }
    void discard() noexcept;

    /// Makes it ready on its loop for the first time.
    void start() noexcept;

    /// Its loop goes: it will not go on, or, if it has not `begun`, never begin. Its stack is not used again, because
    /// wait lists may still refer to it. False if it has been woken: see party::abandon.
    [[nodiscard]] bool lose_loop(bool begun) noexcept;

    void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
    void release() noexcept {
        // The last one need not say so to anybody. acquire; pairs with the release of those who went before.
        if (references_.load(std::memory_order_acquire) == 1) return free();
        // acq_rel: what was done to it before is done before it is freed
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) free();
    }

    /// Waits until it has ended. Throws errc::resource_deadlock_would_occur if it is the caller itself.
    wait_state join(deadline until, cancellation c);
    /// Lets `c` be notified of the end, under this coroutine's lock; false if that has been. Throws as join().
    [[nodiscard]] bool attach(completion& c);
    /// The operation of waiting with a completion token; see perform(). It must be kept from being freed meanwhile.
    struct waiting {
        coroutine* of;

        [[nodiscard]] raw_lock& lock() const noexcept { return of->lock_; }
        [[nodiscard]] wait_list& waiters() const noexcept { return of->joiners_; }
        bool attempt(std::unique_lock<raw_lock>&, party&, bool) const noexcept { return !of->will_wake(); }
        void pass_on(std::unique_lock<raw_lock>&) const noexcept {} // wake_joiners() has woken everybody
    };
    /// Afterwards `c` is not, and is not being, notified.
    void detach(completion& c) noexcept;
    /// Once it has ended.
    [[nodiscard]] outcome how_it_ended() const noexcept {
        if (was_cancelled_) return outcome::cancelled;
        return exception_ || lost_loop_ ? outcome::exception : outcome::value;
    }
    // acquire; pairs with the release in end(): who sees the end sees the result
    [[nodiscard]] bool has_ended() const noexcept { return ended_.load(std::memory_order_acquire); }
    /// True once the result was destroyed: the handle went, or gave it up. On the thread that uses the handle.
    [[nodiscard]] bool result_is_gone() const noexcept { return dropped_.load(std::memory_order_relaxed); }
    /// Cancels it, from any thread. Does nothing once it has ended.
    void cancel() noexcept;

    /// What it ended with, for somebody who asked for it; nullptr if that was a value. Once it has ended.
    [[nodiscard]] std::exception_ptr failure();
    void rethrow() {
        if (how_it_ended() != outcome::value) std::rethrow_exception(failure());
    }
    /// Nobody will look at the result: an exception is reported, and a value destroyed, when it ends, or now.
    void detach() noexcept;
    /// Destroys the value, whose destructor may wait. By the handle, once it has ended, or by itself if it was detached.
    void drop_result() noexcept;
    /// The same, for one that has ended.
    void report_if_unobserved() noexcept {
        if (exception_) report_unobserved();
    }

    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
    [[nodiscard]] std::string_view name() const noexcept { return name_; }
    [[nodiscard]] const std::source_location& site() const noexcept { return site_; }
    /// A copy of what is known of it. Any thread, while it exists.
    [[nodiscard]] coroutine_info info(bool running) const;
    /// Where its frames end.
    [[nodiscard]] const void* end_of_frames() const noexcept { return body_memory_; }
    [[nodiscard]] coroutine_body* body() noexcept { return body_; }
    /// The guard page included, as spawn_options::stack_bytes.
    [[nodiscard]] std::size_t stack_bytes() const noexcept;
    /// True if `address` is in the guard below the coroutine's stack.
    [[nodiscard]] bool guards(const void* address) const noexcept;
    [[nodiscard]] std::string describe() const override;

private:
    friend class coroutine_scheduler;

    // Asks a coroutine of another thread's loop to cancel itself.
    struct cancel_request : ready_item {
        explicit cancel_request(coroutine& c) noexcept;
        static void deliver(ready_item& item) noexcept;

        coroutine& target;
        std::atomic<bool> sent{false};
    };

    coroutine(loop& home, coroutine_scheduler& s, coroutine_origin&& origin, stack_arena& arena, char* top) noexcept;
    ~coroutine() = default;

    static void set_running(party* p) noexcept { set_current(p); }
    void block(waiter& w, deadline until) noexcept override;
    void run_body() noexcept;
    void end() noexcept;
    void announce_end() noexcept;
    [[nodiscard]] bool will_end();
    [[nodiscard]] bool will_wake() noexcept;
    void wake_joiners() noexcept;
    void free() noexcept;
    void report_unobserved() noexcept;
    void abandon_result() noexcept;

    execution execution_;
    coroutine_scheduler& scheduler_;
    coroutine_body* body_ = nullptr;
    void* body_memory_ = nullptr;
    stack_arena& arena_;
    char* stack_top_;
    coroutine* next_live_ = nullptr; // the scheduler's list of those that have started and not ended
    coroutine* previous_live_ = nullptr;

    // The end is announced without a lock: it sets `ended_` and then looks whether anybody has joined or detached; who
    // joins or detaches says so and then looks at `ended_`. All four are sequentially consistent, so one sees the other.
    std::atomic<bool> ended_{false};
    std::atomic<bool> is_awaited_{false};
    std::atomic<std::uint32_t> cancellers_{0}; // threads inside cancel()
    std::atomic<bool> observed_{true};         // somebody may still look at the result
    std::atomic<bool> reported_{false};        // the exception was thrown to, or reported to, somebody
    std::atomic<bool> dropped_{false};         // the body was destroyed
    bool was_cancelled_ = false;
    bool lost_loop_ = false;
    std::atomic<const char*> waits_for_{nullptr}; // for those who look on: nullptr while it is ready or runs
    std::atomic<std::uint32_t> references_{2};
    raw_lock lock_; // guards the two that follow
    wait_list joiners_;
    completion_list completions_;
    std::exception_ptr exception_;

    cancel_request cancel_request_;
    std::uint64_t id_;
    std::uint64_t parent_; // the id of the one that spawned it, or 0
    std::source_location site_;
    std::string name_;
};

template <class F, class R>
class coroutine_body_of final : public coroutine_body {
public:
    template <class G>
    explicit coroutine_body_of(G&& f) : callable_(std::forward<G>(f)) {}
    coroutine_body_of(const coroutine_body_of&) = delete;
    coroutine_body_of& operator=(const coroutine_body_of&) = delete;

    [[nodiscard]] std::add_lvalue_reference_t<R> result() noexcept requires(!std::is_void_v<R>) { return *result_; }

private:
    struct nothing {};

    void run() override {
        if constexpr (std::is_void_v<R>)
            (*callable_)();
        else
            result_.emplace((*callable_)());
    }
    void drop_callable() noexcept override { callable_.reset(); }
    void destroy() noexcept override { this->~coroutine_body_of(); }
    ~coroutine_body_of() = default;

    std::optional<F> callable_;
    [[no_unique_address]] std::conditional_t<std::is_void_v<R>, nothing, std::optional<R>> result_;
};

/// The coroutine that runs, or nullptr on a plain thread. Async-signal-safe.
[[nodiscard]] inline coroutine* current_coroutine() noexcept {
    return static_cast<coroutine*>(party::running_coroutine());
}

} // namespace plait::detail
