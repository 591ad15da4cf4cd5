// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     plait::coro_pool pool(100);
//     for (const std::string& url : urls)
//         pool.spawn([&store, url] { store.put(fetch(url)); });       // waits while a hundred are at it
//     pool.join();
//
//   spawn ──▶ [ places: 100 ] ──a free one──▶ coroutine ──ends──┐
//                 ▲                                             │
//                 └──────────────── the place ──────────────────┘
//
// Coroutines of which only so many run at a time, for work that must not be done all at once: connections to one server,
// open files. Nothing is queued: whoever wants to start one more waits for a place, and the place is free again when the
// coroutine has ended. The pool owns them: whoever destroys it cancels what still runs and waits for that.
//
// Failures: a coroutine that fails harms no other. Its exception is thrown by the join() of its handle, or, if nobody can read
// that any more, goes to the handler of on_unhandled_exception. map() is different: it fails as a whole.
//
// Where they run: on the caller's loop; on several loops in turn, if the pool was told so.
//
// Thread safety: any party may use a pool at once with others; one destroys it.

#include <plait/coro/detail/coroutine_group.hpp>
#include <plait/coro/detail/kept_spawn_options.hpp>
#include <plait/coro/scope.hpp>
#include <plait/coro/scoped_task.hpp>
#include <plait/runtime/error.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <concepts>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace plait {

class coro_pool : private detail::coroutine_group {
public:
    /// At most `most` at a time; on the caller's loop, or on each of `loops` in turn. Throws errc::invalid_argument if `most`
    /// is 0.
    explicit coro_pool(std::size_t most, std::span<loop* const> loops = {});
    /// Cancels what still runs and waits until it has ended. That wait is no cancellation point; in a handler on a loop's
    /// thread, where it cannot wait, the program ends. Nobody may be waiting for a place.
    ~coro_pool();

    /// Starts `f()` as a coroutine, once there is a place. As plait::spawn otherwise, whose options it has. The handle need
    /// not be kept.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none, while all places are taken.
    /// Cancellation:  of the caller: nothing was started.
    /// Throws:        as plait::spawn; errc::would_block_loop in a handler on a loop's thread, if it would have to wait;
    ///                cancelled.
    template <class F>
    auto spawn(F&& f, const spawn_options& options = {}, std::source_location site = std::source_location::current()) {
        return launch(enter(deadline::never()), std::forward<F>(f), options, site);
    }
    /// The same, waiting at most `d` or until `t`; throws timeout_error if there was no place by then. A negative `d` is
    /// errc::invalid_argument.
    template <class F>
    auto spawn_for(
        duration d, F&& f, const spawn_options& options = {},
        std::source_location site = std::source_location::current()) {
        return launch(enter(detail::deadline_after(d)), std::forward<F>(f), options, site);
    }
    template <class F>
    auto spawn_until(
        time_point t, F&& f, const spawn_options& options = {},
        std::source_location site = std::source_location::current()) {
        return launch(enter(deadline(t)), std::forward<F>(f), options, site);
    }
    /// The same if there is a place now; otherwise the handle is not valid(), and `f` was not moved from. Never waits.
    template <class F>
    auto
    try_spawn(F&& f, const spawn_options& options = {}, std::source_location site = std::source_location::current()) {
        place taken = try_enter();
        return taken ? launch(std::move(taken), std::forward<F>(f), options, site) : handle<F>();
    }
    /// Starts it once there is a place, on the loop that spawn() would choose now, and then calls the token's handler,
    /// void(error_code, scoped_task<…>). See <plait/runtime/async.hpp>.
    template <class F, class Token>
    auto async_spawn(
        F&& f, Token&& token, spawn_options options = {}, std::source_location site = std::source_location::current()) {
        options.on = &loop_for(options);
        return detail::async_perform(
            async_spawning<std::decay_t<F>>{{*this}, std::forward<F>(f), detail::kept_spawn_options(options), site},
            std::forward<Token>(token));
    }

    /// Calls `f(item)` for each of `items`, each in a coroutine that has a place, and returns the results in the order of the
    /// items; nothing, if `f` returns void. `f` is one object that several may be in at a time. An item is taken when there is
    /// a place for it. The first failure cancels the other calls of this map.
    ///
    /// Blocks:        the calling coroutine, until all have ended. It must be called by one.
    /// Cancellation:  cancels the calls, waits for them, and throws `cancelled`.
    /// Throws:        what a call, or the range, threw; exception_group if several did; as spawn().
    template <class F, std::ranges::input_range Items>
    requires std::invocable<F&, std::ranges::range_value_t<Items>>
    auto map(F f, Items&& items, const spawn_options& options = {});

    /// Waits until everything that spawn() has started has ended, whatever with. The pool can be used on.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  changes nothing.
    /// Throws:        errc::would_block_loop in a handler on a loop's thread, if it would have to wait; cancelled.
    void join();
    /// The same, waiting at most `d` or until `t`; false if some still ran then.
    [[nodiscard]] bool join_for(duration d) { return join_until_deadline(detail::deadline_after(d)); }
    [[nodiscard]] bool join_until(time_point t) { return join_until_deadline(deadline(t)); }

    /// Cancels what spawn() has started and what has not ended. Never waits; the pool can be used on.
    void cancel() noexcept { cancel_members(); }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// How many places are taken: a hint.
    [[nodiscard]] std::size_t running() const noexcept;

private:
    template <class F>
    using handle = scoped_task<std::invoke_result_t<std::decay_t<F>&>>;

    // One place, given back at the end of its life.
    class place {
    public:
        place() noexcept = default;
        explicit place(coro_pool& of) noexcept : of_(&of) {}
        place(place&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
        place& operator=(place&& other) noexcept {
            std::swap(of_, other.of_);
            return *this;
        }
        ~place() {
            if (of_) of_->give_back();
        }
        explicit operator bool() const noexcept { return of_ != nullptr; }

    private:
        coro_pool* of_ = nullptr;
    };

    // What a coroutine calls. `function` goes before the place is given back.
    template <class F>
    struct call {
        place taken;
        F function;

        decltype(auto) operator()() { return std::invoke(function); }
    };

    struct entering {
        static constexpr const char* what = "coro_pool.spawn";

        coro_pool& of;
        place taken = {};

        [[nodiscard]] detail::raw_lock& lock() const noexcept { return of.lock_; }
        [[nodiscard]] detail::wait_list& waiters() const noexcept { return of.waiting_for_a_place_; }
        bool attempt(std::unique_lock<detail::raw_lock>&, detail::party&, bool) noexcept {
            if (of.free_ == 0) return false;
            --of.free_;
            taken = place(of);
            return true;
        }
        void pass_on(std::unique_lock<detail::raw_lock>& guard) const noexcept {
            if (of.free_ > 0) of.waiting_for_a_place_.wake_one(guard);
        }
    };
    template <class F>
    struct async_spawning : entering {
        using signature = void(boost::system::error_code, handle<F>);

        F function;
        detail::kept_spawn_options options;
        std::source_location site;

        template <class Handler>
        void complete(Handler&& handler, boost::system::error_code ec) {
            handle<F> started;
            try {
                if (!ec) started = of.launch(std::move(taken), std::move(function), options.get(), site);
            } catch (const boost::system::system_error& e) {
                ec = e.code();
            }
            std::forward<Handler>(handler)(ec, std::move(started));
        }
    };

    [[nodiscard]] place enter(deadline until);
    [[nodiscard]] place try_enter() noexcept;
    void give_back() noexcept;
    [[nodiscard]] loop& loop_for(const spawn_options& options);
    template <class F>
    handle<F> launch(place&& taken, F&& f, spawn_options options, const std::source_location& site) {
        using body = call<std::decay_t<F>>;
        options.on = &loop_for(options);
        return handle<F>(spawn_member<member, false>(body{std::move(taken), std::forward<F>(f)}, options, site));
    }
    void member_ended(member&, detail::outcome) noexcept override {}
    bool join_until_deadline(deadline until);

    const std::size_t size_;
    const std::vector<loop*> loops_;

    // Under the lock of the group.
    std::size_t free_;
    std::size_t turn_ = 0; // the number of the next loop
    detail::wait_list waiting_for_a_place_;
};

template <class F, std::ranges::input_range Items>
requires std::invocable<F&, std::ranges::range_value_t<Items>>
auto coro_pool::map(F f, Items&& items, const spawn_options& options) {
    using item = std::ranges::range_value_t<Items>;
    using result = std::invoke_result_t<F&, item>;
    constexpr bool returns = !std::is_void_v<result>;
    auto start_each = [&](scope& s, auto call_with) {
        for (auto&& one : items) {
            place taken = enter(deadline::never());
            spawn_options here = options;
            here.on = &loop_for(options);
            auto function = call_with(item(std::forward<decltype(one)>(one)));
            s.spawn(call<decltype(function)>{std::move(taken), std::move(function)}, here);
        }
    };
    if constexpr (returns) {
        std::deque<std::optional<result>> results; // whose elements stay where they are
        in_scope([&](scope& s) {
            start_each(s, [&](item&& one) {
                return [&f, &slot = results.emplace_back(), one = std::move(one)]() mutable {
                    slot.emplace(std::invoke(f, std::move(one)));
                };
            });
        });
        std::vector<result> in_order;
        in_order.reserve(results.size());
        for (auto& slot : results)
            in_order.push_back(*std::move(slot));
        return in_order;
    } else {
        in_scope([&](scope& s) {
            start_each(s, [&](item&& one) {
                return [&f, one = std::move(one)]() mutable { std::invoke(f, std::move(one)); };
            });
        });
    }
}

} // namespace plait
