// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     #include <plait/runtime/async.hpp>
//     queue.async_get([](boost::system::error_code ec, int item) { … });
//     int item = co_await queue.async_get(boost::asio::use_awaitable);
//
// The fourth face of everything that waits: `async_x(token)`, in Asio's universal model, for programs that have handlers
// or C++20 coroutines and adopt one piece of plait without the rest. Include this header beside that of the primitive.
//
//   async_get ─▶ attempt ──done────────────────────▶ post ─▶ handler(ec, item)
//                   │ must wait                        ▲
//                   ▼                                  │
//              [ wait list ] ──woken─▶ post ─▶ attempt ┘   (on the handler's executor)
//
// Signature:     void(error_code), or void(error_code, T); T is then default-constructible, for the calls that failed.
// Executor:      the handler's associated one; without one, the loop of the calling thread; without one, a thread of
//                boost::asio::system_executor. The handler is never called from within async_x. The executor counts the
//                wait as outstanding work; its context, and the primitive, must outlive the wait.
// Cancellation:  through the handler's cancellation slot, of any type, emitted on that executor: completes with
//                asio::error::operation_aborted, and nothing was taken. A result that arrived before wins. In a
//                make_parallel_group, which cancels on the executor of whatever came first, each operation needs the same
//                one: outside of a loop, by bind_executor.
// Throws:        std::bad_alloc; what the operation throws besides errors with a code, e.g. the move of an item: at the
//                caller in the first attempt, later through the executor. A waker that has no memory left to post what is
//                to be done ends the program.

#include <plait/runtime/detail/handler_party.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <concepts>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace plait::detail {

/// The executor of a handler that names none.
[[nodiscard]] boost::asio::any_io_executor default_executor();

/// The io_context that runs what is given to `e`, directly or through strands; nullptr if it cannot be told.
[[nodiscard]] boost::asio::io_context* io_context_of(const boost::asio::any_io_executor& e) noexcept;
template <class Executor>
[[nodiscard]] boost::asio::io_context* io_context_of(const Executor& e) noexcept {
    if constexpr (requires {
                      { e.context() } -> std::same_as<boost::asio::io_context&>;
                  })
        return &e.context();
    else if constexpr (requires { e.get_inner_executor(); })
        return io_context_of(e.get_inner_executor());
    else
        return nullptr;
}

/// An operation (see `perform`) that somebody waits for with a handler. Besides what `perform` needs, it has
///
///     using signature = void(boost::system::error_code, …);
///     // Calls the handler: with what was done, or, if `ec` is set, without.
///     template <class Handler> void complete(Handler&& handler, boost::system::error_code ec);
///     // With the lock held: passes a wake-up on that is not going to be used.
///     void pass_on(std::unique_lock<raw_lock>& guard) noexcept;
///
/// and, if the one who waits becomes the owner of something, `handler_party& who()`.
///
/// One that needs somebody to look out for it has `void runs_on(boost::asio::io_context*)`, which is called before: with the
/// context on which its handler will be called, or nullptr if that is none, or hides behind an executor of its own making.
///
/// One that has something to do before it waits has `void begin()`, which is called once, when the token starts the operation:
/// for a lazy one that is later than async_x, or never.
///
/// One whose wait must not be given up, but what it waits for can be cancelled, has `bool cancel()`, which asks for that and
/// returns whether it had to. The wait goes on, and in the end `complete` is told asio::error::operation_aborted.
///
/// It is owned by whoever has to make it go on: by the wait list (whose waker takes it over) while it waits, by the posted
/// function while that is under way.
template <class Operation, class Handler>
class async_operation {
    using executor = boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>;

public:
    using self_ptr = std::unique_ptr<async_operation>;

    async_operation(Operation&& operation, Handler&& handler)
        : operation_(std::move(operation)),
          handler_(std::move(handler)),
          work_(boost::asio::get_associated_executor(handler_, default_executor())) {
        who().bind(this, [](void* woken) noexcept {
            self_ptr self(static_cast<async_operation*>(woken));
            self->woken_ = true;
            post(std::move(self), &async_operation::attempt_again);
        });
    }
    async_operation(const async_operation&) = delete;
    async_operation& operator=(const async_operation&) = delete;
    ~async_operation() {
        if (!woken_) return; // and its executor went before it could use that
        std::unique_lock guard(operation_.lock());
        operation_.pass_on(guard);
    }

    static void start(self_ptr self) {
        if constexpr (requires { self->operation_.runs_on(nullptr); })
            self->operation_.runs_on(io_context_of(self->work_.get_executor()));
        if constexpr (requires { self->operation_.begin(); }) self->operation_.begin();
        auto slot = boost::asio::get_associated_cancellation_slot(self->handler_);
        if (slot.is_connected())
            slot.assign([operation = self.get()](boost::asio::cancellation_type) { operation->cancel(); });
        try {
            if (self->attempt(false))
                post(std::move(self), &async_operation::finish);
            else
                static_cast<void>(self.release()); // the wait list has it
        } catch (...) {
            if (slot.is_connected()) slot.clear(); // the operation is no more
            throw;
        }
    }

private:
    using step = void (async_operation::*)(self_ptr);

    [[nodiscard]] handler_party& who() noexcept {
        if constexpr (requires { operation_.who(); })
            return operation_.who();
        else
            return own_party_;
    }

    // True if the operation has come to its end, whatever that is; false if it waits now, and belongs to the wait list.
    bool attempt(bool was_woken) {
        try {
            std::unique_lock guard(operation_.lock());
            if (operation_.attempt(guard, who(), was_woken)) return true;
            if (cancel_requested_) {
                error_ = boost::asio::error::operation_aborted;
                return true;
            }
            waiter_.emplace(who());
            operation_.waiters().add(*waiter_, was_woken ? wait_list::place::front : wait_list::place::back);
            return false;
        } catch (const boost::system::system_error& e) {
            error_ = e.code();
            return true;
        }
    }
    void attempt_again(self_ptr self) {
        woken_ = false;
        bool is_over = false;
        try {
            is_over = attempt(true);
        } catch (...) {
            clear_slot();
            throw;
        }
        if (is_over)
            finish(std::move(self));
        else
            static_cast<void>(self.release());
    }
    void clear_slot() noexcept {
        auto slot = boost::asio::get_associated_cancellation_slot(handler_);
        if (slot.is_connected()) slot.clear();
    }
    void finish(self_ptr self) {
        clear_slot();
        Handler handler = std::move(handler_);
        Operation operation = std::move(operation_);
        auto work = std::move(work_);
        auto error = error_;
        self.reset(); // its memory may be used again by what the handler starts
        operation.complete(std::move(handler), error);
    }

    // On the executor, as Asio requires; a waker may be on another thread.
    void cancel() {
        if constexpr (requires { operation_.cancel(); }) {
            if (operation_.cancel()) error_ = boost::asio::error::operation_aborted;
        } else {
            cancel_requested_ = true;
            {
                std::unique_lock guard(operation_.lock());
                if (!waiter_ || !operation_.waiters().cancel(*waiter_)) return; // it is under way, and will see that
            }
            error_ = boost::asio::error::operation_aborted;
            post(self_ptr(this), &async_operation::finish);
        }
    }

    // Lets `next` be called with the operation, on its executor, which has work until the call has been handed over: else
    // the context could run out of work and be destroyed while a waker on another thread is still inside `post`.
    static void post(self_ptr self, step next) {
        boost::asio::executor_work_guard<executor> until_posted(self->work_.get_executor());
        boost::asio::post(until_posted.get_executor(), [self = std::move(self), next]() mutable {
            async_operation& operation = *self;
            (operation.*next)(std::move(self));
        });
    }

    Operation operation_;
    Handler handler_;
    boost::asio::executor_work_guard<executor> work_;
    handler_party own_party_;
    std::optional<waiter> waiter_;
    boost::system::error_code error_;
    bool cancel_requested_ = false;
    bool woken_ = false; // a wake-up is on its way to attempt_again()
};

/// Several operations, one after the other, for one handler. What they are is described by an object:
///
///     using signature = void(…);
///     void begin(auto& flow);            // at the caller
///     void resume(auto& flow, results…); // on the executor, once what was begun is done; one for each signature
///
/// Each of these ends with a call of `perform` or `perform_uncancelled`, for the next operation, or of `finish`.
template <class Steps, class Handler>
class async_flow {
    using executor = boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>;

    struct state {
        Steps steps;
        Handler handler;
        boost::asio::executor_work_guard<executor> work;
        bool has_begun = false;
        bool is_cancelled = false;
    };
    using state_ptr = std::unique_ptr<state>;

    // The handler of each of the operations.
    class uncancelled_step {
    public:
        using executor_type = executor;

        explicit uncancelled_step(state_ptr s) noexcept : state_(std::move(s)) {}
        [[nodiscard]] executor_type get_executor() const noexcept { return state_->work.get_executor(); }
        template <class... Results>
        void operator()(Results&&... results) {
            async_flow flow(std::move(state_));
            flow.state_->has_begun = true;
            flow.clear_slot();
            flow.state_->steps.resume(flow, std::forward<Results>(results)...);
        }

    protected:
        state_ptr state_;
    };
    struct step : uncancelled_step {
        using cancellation_slot_type = boost::asio::associated_cancellation_slot_t<Handler>;

        using uncancelled_step::uncancelled_step;
        [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept {
            return boost::asio::get_associated_cancellation_slot(this->state_->handler);
        }
    };

public:
    static void start(Steps&& steps, Handler&& handler) {
        auto on = boost::asio::get_associated_executor(handler, default_executor());
        async_flow flow(state_ptr(new state{
            std::move(steps), std::move(handler), boost::asio::executor_work_guard<executor>(std::move(on))}));
        Steps& first = flow.state_->steps;
        first.begin(flow);
    }

    /// The next operation. Once it is called, the steps may be gone.
    template <class Operation>
    void perform(Operation operation) {
        async_perform(std::move(operation), step(std::move(state_)));
    }
    /// The same, but a cancellation does not reach it: is_cancelled() tells of that afterwards.
    template <class Operation>
    void perform_uncancelled(Operation operation) {
        auto slot = boost::asio::get_associated_cancellation_slot(state_->handler);
        if (slot.is_connected())
            slot.assign([s = state_.get()](boost::asio::cancellation_type) { s->is_cancelled = true; });
        async_perform(std::move(operation), uncancelled_step(std::move(state_)));
    }
    [[nodiscard]] bool is_cancelled() const noexcept { return state_->is_cancelled; }
    /// What a handler is told whose operation was cancelled.
    [[nodiscard]] static boost::system::error_code aborted() noexcept { return boost::asio::error::operation_aborted; }

    /// Destroys the steps, and calls the handler.
    template <class... Results>
    void finish(Results... results) {
        state_ptr ended = std::move(state_);
        if (ended->has_begun) return deliver(std::move(ended), std::move(results)...);
        auto on = ended->work.get_executor();
        boost::asio::post(on, [ended = std::move(ended), ... results = std::move(results)]() mutable {
            deliver(std::move(ended), std::move(results)...);
        });
    }

private:
    explicit async_flow(state_ptr s) noexcept : state_(std::move(s)) {}

    void clear_slot() noexcept {
        auto slot = boost::asio::get_associated_cancellation_slot(state_->handler);
        if (slot.is_connected()) slot.clear();
    }
    template <class... Results>
    static void deliver(state_ptr ended, Results... results) {
        Handler handler = std::move(ended->handler);
        auto work = std::move(ended->work);
        ended.reset(); // its memory may be used again by what the handler starts
        std::move(handler)(std::move(results)...);
    }

    state_ptr state_;
};

template <class Operation, class Token>
auto async_perform(Operation operation, Token&& token) {
    return boost::asio::async_initiate<Token, typename Operation::signature>(
        [](auto handler, Operation op) {
            using async = async_operation<Operation, std::decay_t<decltype(handler)>>;
            async::start(std::make_unique<async>(std::move(op), std::move(handler)));
        },
        token, std::move(operation));
}

template <class Steps, class Token>
auto async_perform_steps(Steps steps, Token&& token) {
    return boost::asio::async_initiate<Token, typename Steps::signature>(
        [](auto handler, Steps first) {
            async_flow<Steps, std::decay_t<decltype(handler)>>::start(std::move(first), std::move(handler));
        },
        token, std::move(steps));
}

} // namespace plait::detail
