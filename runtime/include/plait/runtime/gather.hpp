// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     auto [page, price] = gather(std::move(f), std::move(g));      // all values, or the first failure
//     std::vector<int> sizes = gather(std::move(futures));
//     for (auto& f : as_completed(futures)) use(f.get());           // whichever comes next
//     auto [done, pending] = wait_for(1s, futures, first_completed);
//
// Waiting for several results at once: of futures, shared futures, and tasks, in any mix. Who waits may be a coroutine or
// a plain thread.
//
// What is given as an rvalue is moved in; what is given as an lvalue stays with the caller. If the wait itself is
// cancelled or times out, nothing has been taken: what stayed with the caller goes on, and what was moved in, which
// nobody can read any more, is cancelled (and, as tasks are, joined). That the wait has ended so is what the caller learns:
// what those tasks fail with is not reported as unhandled.
//
// Each of the three is also a `_for` that waits at most a duration and an `_until` that waits until a point of time, given
// first. A negative duration is errc::invalid_argument.
//
// Throws: errc::no_state for an empty handle; errc::would_block_loop in a handler on a loop's thread, if it would have to
// wait; cancelled.

#include <plait/runtime/detail/completion.hpp>
#include <plait/runtime/detail/watch.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace plait {

/// Something whose result can be waited for together with others: a future, a shared_future, a task, or a reference to
/// one.
template <class S>
concept awaitable = detail::completion_source<std::remove_cvref_t<S>>;

/// A range of such, or of nothing.
template <class R>
concept awaitable_range = std::ranges::forward_range<R> &&
    std::is_lvalue_reference_v<std::ranges::range_reference_t<R>> && awaitable<std::ranges::range_reference_t<R>>;

namespace detail {

/// True if the elements of a range given as an `R&&` are moved in with it.
template <class R>
inline constexpr bool owns_elements = !std::is_lvalue_reference_v<R> && !std::ranges::view<std::remove_cvref_t<R>>;

template <class R>
using element_t = std::remove_reference_t<std::ranges::range_reference_t<R>>;

/// What is left of something that was moved in stops.
inline constexpr auto cancel_if_valid = [](auto& source) {
    if (source.valid()) source.cancel();
};

/// Looks at a result so that, if it is a failure, it counts as observed.
inline constexpr auto swallow_failure = [](auto& source) {
    try {
        static_cast<void>(result_of(source));
    } catch (...) { // the first failure stands for all
    }
};

/// The same for what `each(f)` calls f with; tasks are joined, and their failures count as observed. Tasks alone: their
/// end is awaited anyway, whereas that of a future may never come.
template <class Each>
void cancel_and_swallow(Each each) {
    each(cancel_if_valid); // all of them before the first is waited for
    shield already_failing;
    each([](auto& source) {
        if constexpr (requires { source.join(); })
            if (source.valid()) swallow_failure(source);
    });
}

/// Waits until all have values. When one fails, cancels the others, waits for them, and throws what it failed with.
/// `each(f)` calls f with each of the `count` sources.
template <class Each>
void wait_for_values(std::size_t count, deadline until, Each each) {
    const void* failed = nullptr;
    {
        watch w(count);
        each([&](auto& source) { w.add(source); });
        throw_unless_woken(w.wait(count, early_end::failure, until), "gather");
        failed = w.first_failure();
        if (!failed) return;
        each([](auto& source) { source.cancel(); });
        throw_unless_woken(w.wait(count, early_end::none, until), "gather");
    }
    each([&](auto& source) {
        if (std::addressof(source) != failed) swallow_failure(source);
    });
    each([&](auto& source) {
        if (std::addressof(source) == failed) static_cast<void>(result_of(source));
    });
}

/// The result of something given as an `S&&`, moved out if that is an rvalue.
template <class S>
auto take(std::remove_reference_t<S>& source) {
    if constexpr (std::is_void_v<decltype(result_of(std::declval<S>()))>)
        return std::monostate();
    else
        return std::remove_cvref_t<decltype(result_of(std::declval<S>()))>(result_of(std::forward<S>(source)));
}

template <class... S>
auto gather_each(deadline until, S&&... sources) {
    std::tuple<S...> held(std::forward<S>(sources)...); // an lvalue's S is a reference
    return std::apply(
        [until](auto&... source) {
            try {
                wait_for_values(sizeof...(S), until, [&]([[maybe_unused]] auto f) { (f(source), ...); });
            } catch (...) {
                cancel_and_swallow([&]([[maybe_unused]] auto f) {
                    (
                        [&] {
                            if constexpr (!std::is_lvalue_reference_v<S>) f(source);
                        }(),
                        ...);
                });
                throw;
            }
            return std::tuple{take<S>(source)...};
        },
        held);
}

template <class R>
auto gather_range(deadline until, R&& range) {
    auto held = std::views::all(std::forward<R>(range));
    try {
        wait_for_values(static_cast<std::size_t>(std::ranges::distance(held)), until, [&](auto f) {
            for (auto& source : held)
                f(source);
        });
    } catch (...) {
        if constexpr (owns_elements<R>) cancel_and_swallow([&](auto f) { std::ranges::for_each(held, f); });
        throw;
    }
    using source = std::conditional_t<owns_elements<R>, element_t<R>, element_t<R>&>;
    if constexpr (!std::is_void_v<decltype(result_of(std::declval<source>()))>) {
        std::vector<decltype(take<source>(*held.begin()))> values;
        for (auto& s : held)
            values.push_back(take<source>(s));
        return values;
    }
}

/// Those of `range` that were not in it before, each under watch.
template <class R>
auto watch_distinct(watch& w, R& range) {
    std::vector<element_t<R>*> distinct;
    std::unordered_set<const void*> known;
    for (auto& source : range)
        if (known.insert(completion_access::identity(source)).second) {
            w.add(source);
            distinct.push_back(&source);
        }
    return distinct;
}

} // namespace detail

/// Waits until all of them have their values, and returns these: of several arguments a std::tuple, with std::monostate
/// for a void; of a range a std::vector, or nothing if they are void. The value of what was moved in is moved out.
///
/// When one fails, or was cancelled, the others are cancelled; once all of them have ended, what it failed with is
/// thrown. Of several failures that is the first in time, and it stands for the others, which can still be read from what
/// stays with the caller.
///
/// Blocks:        the calling coroutine, or the thread if there is none.
/// Cancellation:  see above.
/// Complexity:    one wake-up of the caller, two if one fails; one allocation.
template <awaitable... S>
auto gather(S&&... sources) {
    return detail::gather_each(deadline::never(), std::forward<S>(sources)...);
}
template <awaitable_range R>
auto gather(R&& range) {
    return detail::gather_range(deadline::never(), std::forward<R>(range));
}
/// The same; throws timeout_error if they have not ended in time.
template <awaitable... S>
auto gather_for(duration d, S&&... sources) {
    return detail::gather_each(detail::deadline_after(d), std::forward<S>(sources)...);
}
template <awaitable_range R>
auto gather_for(duration d, R&& range) {
    return detail::gather_range(detail::deadline_after(d), std::forward<R>(range));
}
template <awaitable... S>
auto gather_until(time_point t, S&&... sources) {
    return detail::gather_each(deadline(t), std::forward<S>(sources)...);
}
template <awaitable_range R>
auto gather_until(time_point t, R&& range) {
    return detail::gather_range(deadline(t), std::forward<R>(range));
}

namespace detail {

template <class R>
struct async_gather_signature {
    using value = decltype(take<R>(std::declval<std::remove_reference_t<R>&>()));
    using type = void(std::exception_ptr, std::vector<value>);
};
template <class R>
requires(std::is_void_v<decltype(result_of(std::declval<R>()))>) struct async_gather_signature<R> {
    using type = void(std::exception_ptr);
};

/// For a wait of one step of several.
struct async_arrivals : watch::waiting {
    using signature = void(boost::system::error_code);

    template <class Handler>
    void complete(Handler&& handler, boost::system::error_code ec) const {
        std::forward<Handler>(handler)(ec);
    }
};

/// Waits until all have values; if one fails, cancels the others and waits for all.
template <class R>
struct async_gathering {
    using source = std::conditional_t<owns_elements<R>, element_t<R>, element_t<R>&>;
    using signature = typename async_gather_signature<source>::type;

    std::views::all_t<R> held;
    std::unique_ptr<watch> arrivals = nullptr;
    std::size_t count = 0;
    const void* failed = nullptr;

    void begin(auto& flow) {
        count = static_cast<std::size_t>(std::ranges::distance(held));
        arrivals = std::make_unique<watch>(count);
        for (auto& s : held)
            arrivals->add(s);
        wait(flow, early_end::failure);
    }
    void resume(auto& flow, boost::system::error_code ec) {
        if (!ec && !failed) {
            failed = arrivals->first_failure();
            if (!failed) return finish(flow);
            for (auto& s : held)
                s.cancel();
            return wait(flow, early_end::none);
        }
        arrivals.reset();
        if (ec) {
            if constexpr (owns_elements<R>) std::ranges::for_each(held, cancel_if_valid);
            return fail(flow, std::make_exception_ptr(boost::system::system_error(ec)));
        }
        std::exception_ptr why;
        for (auto& s : held) {
            try {
                static_cast<void>(result_of(s));
            } catch (...) {
                if (std::addressof(s) == failed) why = std::current_exception();
            }
        }
        fail(flow, std::move(why));
    }

private:
    void wait(auto& flow, early_end early) {
        arrivals->want(count, early);
        flow.perform(async_arrivals{{arrivals.get()}});
    }
    void finish(auto& flow) {
        arrivals.reset();
        if constexpr (std::is_void_v<decltype(result_of(std::declval<source>()))>) {
            flow.finish(std::exception_ptr());
        } else {
            std::vector<typename async_gather_signature<source>::value> values;
            for (auto& s : held)
                values.push_back(take<source>(s));
            flow.finish(std::exception_ptr(), std::move(values));
        }
    }
    void fail(auto& flow, std::exception_ptr why) {
        if constexpr (std::is_void_v<decltype(result_of(std::declval<source>()))>)
            flow.finish(std::move(why));
        else
            flow.finish(std::move(why), std::vector<typename async_gather_signature<source>::value>());
    }
};

} // namespace detail

/// Calls the token's handler, void(std::exception_ptr, std::vector<T>) or void(std::exception_ptr), with what gather(range)
/// returns or throws. A range that is not moved in must be kept until then. See <plait/runtime/async.hpp>.
///
/// Futures alone may be moved in: a handler could not wait for the end of tasks that nobody else has. Keep those, or let
/// each belong to an operation (async_spawn). For results of several types there is Asio's make_parallel_group.
///
/// Cancellation:  of the operation: see above; also while those that were cancelled, because one has failed, are waited for.
template <awaitable_range R, class Token>
auto async_gather(R&& range, Token&& token) {
    static_assert(
        !detail::owns_elements<R> || !requires(detail::element_t<R> & s) { s.join(); },
        "tasks are not moved into an asynchronous operation");
    return detail::async_perform_steps(
        detail::async_gathering<R>{std::views::all(std::forward<R>(range))}, std::forward<Token>(token));
}

/// What as_completed returns: an input range over the elements of another, in the order in which they end. Taking the
/// next one waits for it. Begin once; use it where it was made.
template <awaitable_range R>
class [[nodiscard]] completion_range {
    using element = detail::element_t<R>;

public:
    class iterator {
    public:
        using value_type = element;
        using difference_type = std::ptrdiff_t;

        [[nodiscard]] element& operator*() const noexcept { return *of_->current_; }
        iterator& operator++() {
            of_->advance();
            return *this;
        }
        void operator++(int) { ++*this; }
        [[nodiscard]] bool operator==(std::default_sentinel_t) const noexcept { return !of_->current_; }

    private:
        friend completion_range;
        explicit iterator(completion_range& of) noexcept : of_(&of) {}

        completion_range* of_;
    };

    /// For as_completed.
    completion_range(deadline until, R&& range)
        : until_(until),
          range_(std::views::all(std::forward<R>(range))),
          watch_(static_cast<std::size_t>(std::ranges::distance(range_))) {
        static_cast<void>(detail::watch_distinct(watch_, range_));
    }
    completion_range(const completion_range&) = delete;
    completion_range& operator=(const completion_range&) = delete;
    ~completion_range() {
        if constexpr (detail::owns_elements<R>) std::ranges::for_each(range_, detail::cancel_if_valid);
    }

    [[nodiscard]] iterator begin() {
        advance();
        return iterator(*this);
    }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

    /// Instead of begin(), again and again: calls the token's handler, void(error_code, pointer to the element), with the
    /// next one, or with nullptr when there is no other. The range must stay where it is. See <plait/runtime/async.hpp>.
    ///
    /// Cancellation:  of the operation: nothing was taken.
    template <class Token>
    auto async_next(Token&& token) {
        return detail::async_perform(taking{{&watch_}, this}, std::forward<Token>(token));
    }

private:
    struct taking : detail::watch::waiting {
        using signature = void(boost::system::error_code, element*);

        completion_range* range;

        void begin() const noexcept {
            range->watch_.want(std::min(range->taken_ + 1, range->watch_.size()), detail::early_end::none);
        }
        template <class Handler>
        void complete(Handler&& handler, boost::system::error_code ec) const {
            std::forward<Handler>(handler)(ec, ec ? nullptr : range->take_next());
        }
    };

    // Of those that have ended; nullptr if all have been taken.
    element* take_next() noexcept {
        const void* next = watch_.next();
        if (next) ++taken_;
        return const_cast<element*>(static_cast<const element*>(next)); // as it came, from range_
    }
    void advance() {
        current_ = nullptr;
        if (taken_ == watch_.size()) return;
        try {
            detail::throw_unless_woken(watch_.wait(taken_ + 1, detail::early_end::none, until_), "as_completed");
        } catch (...) {
            if constexpr (detail::owns_elements<R>)
                detail::cancel_and_swallow([&](auto f) { std::ranges::for_each(range_, f); });
            throw;
        }
        current_ = take_next();
    }

    deadline until_;
    std::views::all_t<R> range_;
    detail::watch watch_;
    std::size_t taken_ = 0;
    element* current_ = nullptr;
};

/// The elements of `range` in the order in which they end, as references; those that have ended already come first, in the
/// order of the range. One that is in the range several times comes once.
///
/// Blocks:        each step, the calling coroutine, or the thread if there is none, until the next one has ended.
/// Cancellation:  see above.
template <awaitable_range R>
completion_range<R> as_completed(R&& range) {
    return {deadline::never(), std::forward<R>(range)};
}
/// The same; a step throws timeout_error if nothing more has ended `d` after the call, or by `t`.
template <awaitable_range R>
completion_range<R> as_completed_for(duration d, R&& range) {
    return {detail::deadline_after(d), std::forward<R>(range)};
}
template <awaitable_range R>
completion_range<R> as_completed_until(time_point t, R&& range) {
    return {deadline(t), std::forward<R>(range)};
}

/// What `wait` waits for. One that was cancelled has ended without an exception.
enum class return_when : std::uint8_t {
    all_completed,
    first_completed, ///< or there is nothing to wait for
    first_exception, ///< or all have ended
};
using enum return_when;

/// Addresses of elements, in the order of the range, each once.
template <class Source>
struct [[nodiscard]] wait_result {
    std::vector<Source*> done;
    std::vector<Source*> pending;
};

namespace detail {
template <class Source>
wait_result<Source> sorted(const std::vector<Source*>& distinct) {
    wait_result<Source> result;
    for (auto* source : distinct)
        (source->is_done() ? result.done : result.pending).push_back(source);
    return result;
}

inline void want(watch& w, return_when when) noexcept {
    w.want(
        when == first_completed ? std::min<std::size_t>(1, w.size()) : w.size(),
        when == first_exception ? early_end::exception : early_end::none);
}

template <class R>
wait_result<element_t<R>> wait_for_some(deadline until, R& range, return_when when) {
    watch w(static_cast<std::size_t>(std::ranges::distance(range)));
    auto distinct = watch_distinct(w, range);
    want(w, when);
    watch::waiting operation{&w};
    wait_state how = perform(operation, until);
    if (how != wait_state::timed_out) throw_unless_woken(how, "wait");
    return sorted(distinct);
}

template <class Source>
struct async_wait_for_some : watch::waiting {
    using signature = void(boost::system::error_code, wait_result<Source>);

    std::unique_ptr<watch> arrivals;
    std::vector<Source*> distinct;

    template <class Handler>
    void complete(Handler&& handler, boost::system::error_code ec) const {
        std::forward<Handler>(handler)(ec, ec ? wait_result<Source>() : sorted(distinct));
    }
};
} // namespace detail

/// Waits until all elements of `range` have ended, or the first has, or the first has with an exception, and says which
/// have. Reads no result and throws none.
///
/// Blocks:        the calling coroutine, or the thread if there is none.
/// Cancellation:  of the caller: the elements go on.
template <awaitable_range R>
requires std::ranges::borrowed_range<R>
auto wait(R&& range, return_when when = all_completed) { return detail::wait_for_some(deadline::never(), range, when); }
/// The same; when time is up they return what is so.
template <awaitable_range R>
requires std::ranges::borrowed_range<R>
auto wait_for(duration d, R&& range, return_when when = all_completed) {
    return detail::wait_for_some(detail::deadline_after(d), range, when);
}
template <awaitable_range R>
requires std::ranges::borrowed_range<R>
auto wait_until(time_point t, R&& range, return_when when = all_completed) {
    return detail::wait_for_some(deadline(t), range, when);
}

/// Calls the token's handler, void(error_code, wait_result), with what wait() returns. The elements must stay where they are
/// until then. See <plait/runtime/async.hpp>.
///
/// Cancellation:  of the operation: the elements go on.
template <awaitable_range R, class Token>
requires std::ranges::borrowed_range<R>
auto async_wait(R&& range, return_when when, Token&& token) {
    auto arrivals = std::make_unique<detail::watch>(static_cast<std::size_t>(std::ranges::distance(range)));
    auto distinct = detail::watch_distinct(*arrivals, range);
    detail::want(*arrivals, when);
    detail::watch* of = arrivals.get();
    return detail::async_perform(
        detail::async_wait_for_some<detail::element_t<R>>{{of}, std::move(arrivals), std::move(distinct)},
        std::forward<Token>(token));
}
template <awaitable_range R, class Token>
requires(std::ranges::borrowed_range<R> && !std::same_as<std::remove_cvref_t<Token>, return_when>) auto async_wait(
    R&& range, Token&& token) {
    return async_wait(std::forward<R>(range), all_completed, std::forward<Token>(token));
}

} // namespace plait
