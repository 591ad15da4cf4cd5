// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   bottom                                                                 top
//   │guard│ … free …  ◀── frames │ body: callable, result │ coroutine │ name │ colour │
//
// One coroutine, and where it lives: its control block and what it runs lie at the top of its own stack, so that a
// sleeping coroutine costs one page. It is kept by two references, the run's and the task handle's; the stack goes back
// to the arena when both are gone. Most handles outlive their runs: so the run leaves its reference to the handle, and
// only the run of a detached coroutine has to count.
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

class big_stack;
class coroutine;
class coroutine_scheduler;
class stack_arena;

/// The state of exception handling that the C++ runtime keeps for each thread, and we for each coroutine: the stack of
/// caught exceptions and the count of uncaught ones. As one vector, so that two instructions move it.
using two_words [[gnu::vector_size(16)]] = std::uint64_t;
using exception_state [[gnu::aligned(8), gnu::may_alias]] = two_words;

/// What a switch saves besides the registers. The loop's own stack has one too.
struct execution {
    // Where the registers are while it is suspended; nullptr while it is not, or is about to run. Who looks on sees by it
    // that nothing changes from its innermost frame on.
    std::atomic<void*> context{nullptr};
    exception_state exceptions = {};
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

protected:
    /// What need not be destroyed is not called for.
    coroutine_body(bool callable_needs_drop, bool result_needs_drop) noexcept
        : callable_needs_drop_(callable_needs_drop), result_needs_drop_(result_needs_drop) {}
    ~coroutine_body() = default;

private:
    friend class coroutine;
    virtual void drop_callable() noexcept = 0;
    virtual void drop_result() noexcept = 0;

    const bool callable_needs_drop_, result_needs_drop_;
};

struct coroutine_origin {
    std::string_view name;
    std::size_t stack_bytes;
    std::source_location site;
    coroutine* parent; // nullptr: the one that spawns
};

class coroutine final : public party {
public:
    /// A coroutine on `home` that is not ready yet and has two references. Its body, of `body_bytes` bytes, must be
    /// constructed at body_memory() and handed to set_body(), or discard() be called.
    static coroutine& create(loop& home, const coroutine_origin& origin, std::size_t body_bytes);
    [[nodiscard]] void* body_memory() noexcept { return body_; }
    void set_body(coroutine_body& body) noexcept {
        body_ = &body;
        result_needs_drop_ = body.result_needs_drop_;
    }
    void discard() noexcept;

    /// Makes it ready on its loop for the first time.
    void start() noexcept;
    /// The same, and runs it at once if the caller is a coroutine of its loop, which goes on next.
    void start_now() noexcept;

    /// Its loop goes: it will not go on, or, if it has not `begun`, never begin. Its stack is not used again, because
    /// wait lists may still refer to it. False if it has been woken: see party::abandon.
    [[nodiscard]] bool lose_loop(bool begun) noexcept;

    /// By the handle, which goes, once the coroutine has ended.
    void release_ended() noexcept {
        // acquire; pairs with the releases in leave_stack() and release(): nobody uses it any more
        if (run_.load(std::memory_order_acquire) == run::left_reference &&
            references_.load(std::memory_order_acquire) == 2) [[likely]]
            return free();
        release_ended_slowly();
    }
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
    /// Has its loop run `item`, from any thread; false once it has ended, or lost its loop.
    bool send_home(ready_item& item) noexcept;

    /// What it ended with, for somebody who asked for it; nullptr if that was a value. Once it has ended.
    [[nodiscard]] std::exception_ptr failure();
    void rethrow() {
        if (how_it_ended() != outcome::value) std::rethrow_exception(failure());
    }
    /// By the handle, which goes: nobody will look at the result. An exception is reported, and a value destroyed, when the
    /// coroutine ends, or now.
    void detach() noexcept;
    /// As attach(), before it starts; `c` looks after the exception as well, if it `takes_exception`.
    void attach_before_start(completion& c, bool takes_exception) noexcept {
        is_awaited_.store(true, std::memory_order_relaxed);
        reported_.store(takes_exception, std::memory_order_relaxed);
        completions_.link(c);
    }
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
    /// Where the frames end that are on the stack it is on.
    [[nodiscard]] const void* end_of_frames() const noexcept;
    /// The stack that it has borrowed last, and uses.
    [[nodiscard]] const big_stack*& innermost_big_stack() noexcept { return big_stack_; }
    [[nodiscard]] coroutine_body* body() noexcept { return static_cast<coroutine_body*>(body_); }
    /// The guard page included, as spawn_options::stack_bytes.
    [[nodiscard]] std::size_t stack_bytes() const noexcept;
    /// Gives back what the stack has in whole pages below `used`.
    void trim_stack(const char* used) const noexcept;
    /// True if `address` is in the guard below the coroutine's stack.
    [[nodiscard]] bool guards(const void* address) const noexcept;
    [[nodiscard]] std::string describe() const override;

private:
    friend class coroutine_scheduler;
    friend class greenlet_core;

    // Asks a coroutine of another thread's loop to cancel itself.
    struct cancel_request : ready_item {
        explicit cancel_request(coroutine& c) noexcept : ready_item(&cancel_request::deliver), target(c) {}
        static void deliver(ready_item& item) noexcept;

        coroutine& target;
    };

    coroutine(
        loop& home, coroutine_scheduler& s, const coroutine_origin& origin, std::string_view name, stack_arena& arena,
        char* top, void* body_memory) noexcept;
    ~coroutine() = default;

    enum class run : std::uint8_t {
        on_stack,       // it uses its stack, or will
        left_reference, // over; the reference is the handle's
        let_go,         // over; the reference is given up, or never will be
    };

    static void set_running(party* p) noexcept { set_current(p); }
    void note_spawned() noexcept;
    void inherit_locals_of(const coroutine* parent);
    void block(waiter& w, deadline until) noexcept override;
    void run_body() noexcept;
    void end() noexcept;
    /// The last of its run, on the stack of whoever goes on.
    void leave_stack() noexcept {
        // relaxed: the fence in announce_end() orders it. If detach() has not seen the end, this sees it.
        if (!observed_.load(std::memory_order_relaxed)) [[unlikely]]
            return let_go();
        // release; pairs with the acquire in release_ended()
        run_.store(run::left_reference, std::memory_order_release);
    }
    void let_go() noexcept;
    void release_ended_slowly() noexcept;
    void announce_end() noexcept;
    void fence_of_its_loop() const noexcept;
    void fence_of_others() const noexcept;
    [[nodiscard]] bool will_end();
    [[nodiscard]] bool will_wake() noexcept;
    void wake_joiners() noexcept;
    void free() noexcept;
    template <class F>
    bool with_its_loop(F f) noexcept;
    void report_unobserved() noexcept;
    void abandon_result() noexcept;

    // The order is that of use, so that few lines of the cache are touched: after what the party has come a switch, the
    // end and what the handle asks for, and what hardly anybody needs.
    execution execution_;
    coroutine_scheduler& scheduler_;
    void* body_;                                  // the memory for it, until set_body()
    std::atomic<const char*> waits_for_{nullptr}; // for those who look on: nullptr while it is ready or runs

    // The end is announced without a lock: it sets `ended_` and then looks whether anybody has joined or detached; who
    // joins or detaches says so and then looks at `ended_`. Each has a fence in between, so one sees the other.
    std::atomic<bool> ended_{false};
    std::atomic<bool> is_awaited_{false};
    std::atomic<bool> observed_{true};  // somebody may still look at the result
    std::atomic<bool> reported_{false}; // the exception was thrown to, or reported to, somebody
    std::atomic<bool> dropped_{false};  // the result was destroyed
    bool result_needs_drop_ = false;
    bool was_cancelled_ = false;
    bool lost_loop_ = false;
    bool stack_is_measured_ = false;
    const bool full_fences_; // otherwise asymmetric ones, which cost its own loop nothing
    std::atomic<bool> cancel_requested_from_afar_{false};
    std::atomic<run> run_{run::on_stack};
    raw_lock lock_;                            // guards joiners_ and completions_
    std::atomic<std::uint32_t> references_{2}; // its own, and the handle's
    std::atomic<std::uint32_t> loop_users_{0}; // threads inside with_its_loop()
    std::exception_ptr exception_;
    stack_arena& arena_;
    char* stack_top_;
    coroutine* next_live_ = nullptr; // the scheduler's list of those that have started and not ended
    coroutine* previous_live_ = nullptr;

    const big_stack* big_stack_ = nullptr;
    std::uint64_t id_;
    std::uint64_t parent_; // the id, or 0
    std::source_location site_;
    std::string_view name_; // which lies above the coroutine
    wait_list joiners_;
    completion_list completions_;
    union {
        cancel_request cancel_request_; // made when it is sent
    };
};

template <class F, class R>
class coroutine_body_of final : public coroutine_body {
public:
    template <class G>
    explicit coroutine_body_of(G&& f)
        : coroutine_body(!std::is_trivially_destructible_v<F>, !std::is_trivially_destructible_v<result_slot>),
          callable_(std::forward<G>(f)) {}
    coroutine_body_of(const coroutine_body_of&) = delete;
    coroutine_body_of& operator=(const coroutine_body_of&) = delete;

    [[nodiscard]] std::add_lvalue_reference_t<R> result() noexcept requires(!std::is_void_v<R>) { return *result_; }

private:
    struct nothing {};
    using result_slot = std::conditional_t<std::is_void_v<R>, nothing, std::optional<R>>;

    void run() override {
        if constexpr (std::is_void_v<R>)
            (*callable_)();
        else
            result_.emplace((*callable_)());
    }
    void drop_callable() noexcept override { callable_.reset(); }
    void drop_result() noexcept override {
        if constexpr (!std::is_void_v<R>) result_.reset();
    }
    ~coroutine_body_of() = default;

    std::optional<F> callable_;
    [[no_unique_address]] result_slot result_;
};

/// The coroutine that runs, or nullptr on a plain thread. Async-signal-safe.
[[nodiscard]] inline coroutine* current_coroutine() noexcept {
    return static_cast<coroutine*>(party::running_coroutine());
}

} // namespace plait::detail
