// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     plait::greenlet<int(std::string)> sum([](auto& self, std::string line) -> int {
//         for (int total = 0;;) {
//             total += std::stoi(line);
//             line = self.switch_back(total);            // gives the sum so far, receives the next line
//         }
//     });
//     sum.switch_to("3");                                // 3
//     sum.switch_to("4");                                // 7
//
//   parent ──switch_to(A)──▶ greenlet ──self.switch_to(other, A)──▶ other greenlet
//      ▲                        │                                        │
//      └────────────────────────┴──── self.switch_back(R), or the end ───┘
//
// Control that is passed by hand. A greenlet is a function on a stack of its own that runs when somebody switches to it,
// and no sooner; nothing schedules it, and it needs no loop: it works in a coroutine and on a plain thread. A switch
// carries a value. What a `greenlet<R(A)>` receives are As, the first of them as the argument of its function; what comes
// out of it are Rs, the last of them returned. Either may be void.
//
// Parent. Whoever calls switch_to() waits until control comes back, and is meanwhile the parent. Control comes back to
// it with an R when a greenlet says switch_back(), or returns; a greenlet that ends with an exception throws it there. A
// greenlet that switches to another one of the same kind hands its parent over, and then receives an A from whoever
// switches to it next. So, unlike in Python, the parent is not fixed when a greenlet is made, and one that waits for a
// greenlet it has switched to cannot be switched to itself.
//
// Dead ones refuse. A greenlet that has ended, that runs, or that waits for another cannot be switched to:
// errc::not_suspended.
//
// Destroying one that is suspended unwinds its stack: its switch throws greenlet_exit, and so does each further one until
// its function has ended. Destroying one that runs terminates the program.
//
// Waiting. A greenlet is no party of its own: what waits in it blocks the coroutine, or the thread, that it runs on,
// together with everybody on the way to it; locks it takes are that party's, and so are locals. It runs inside the
// timeouts and shields of its parent, as a function that the parent calls would, and must leave those that it enters
// before it switches away. errno and the exceptions being handled are its own.
//
// A greenlet stays on the thread on which it first ran. Different coroutines of that thread may switch to it. Below its
// stack is a guard page; that it was a greenlet which ran into it is not reported, as it is for coroutines.

#include <plait/coro/detail/greenlet_core.hpp>
#include <plait/runtime/error.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>
#include <variant>

namespace plait {

/// What a switch throws in a greenlet that is being destroyed. Not a std::exception, so that a careless handler does not
/// keep the greenlet alive. Its function may catch it, to clean up, and should then end.
class greenlet_exit {};

struct greenlet_options {
    std::size_t stack_bytes = 256 * 1024; ///< the guard page included; rounded up to a power of two; 16 KiB to 1 GiB
};

template <class Signature>
class greenlet;

template <class R, class... A>
class greenlet<R(A...)> {
    static_assert(sizeof...(A) <= 1, "a switch carries one value: make it a struct or a tuple");
    static_assert(!std::is_reference_v<R> && (!std::is_reference_v<A> && ...), "a switch carries values");

    template <class T, class...>
    struct first {
        using type = T;
    };
    /// What its switches return.
    using received = typename first<A..., void>::type;
    template <class T>
    using stored = std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>>;

    struct visit : detail::greenlet_visit {
        stored<R> given;
    };

public:
    /// What the function of a greenlet switches away with. On the greenlet's own stack.
    class self : private detail::greenlet_core {
    public:
        /// Gives control, and a value unless R is void, to the parent. Returns what is passed in with the next switch.
        ///
        /// Throws: what is thrown into it; greenlet_exit while it is being destroyed; errc::not_suspended if called on
        ///         another stack; errc::invalid_argument inside a timeout or shield that this greenlet has entered.
        template <class... V>
        requires((std::is_void_v<R> && sizeof...(V) == 0) || (sizeof...(V) == 1 && (std::convertible_to<V, R> && ...)))
            received switch_back(V&&... value) {
            require_running_here();
            give(std::forward<V>(value)...);
            leave();
            return take();
        }

        /// Gives control, a value, and the parent to `other`. Otherwise as switch_back(). Throws also errc::not_suspended
        /// if `other` cannot be switched to.
        received switch_to(greenlet& other, A... value) {
            require_running_here();
            self& to = other.core();
            to.require_suspended();
            to.received_.emplace(std::move(value)...);
            transfer(to);
            return take();
        }

    private:
        friend class greenlet;
        using greenlet_core::greenlet_core;
        virtual ~self() = default;

        template <class... V>
        void give(V&&... value) {
            static_cast<visit&>(current_visit()).given.emplace(std::forward<V>(value)...);
        }
        received take() {
            if constexpr (!std::is_void_v<received>) return std::move(*received_);
        }

        stored<received> received_;
    };

    /// A greenlet that will call `f(self&, A)` when it is switched to first. Throws errc::invalid_argument if the stack is
    /// too large; errc::stack_exhausted; whatever moving `f` throws.
    template <class F>
    requires std::is_invocable_r_v<R, F&, self&, A...>
    explicit greenlet(
        F f, const greenlet_options& options = {}, std::source_location site = std::source_location::current())
        : core_(new body<F>(std::move(f), options, site)) {}
    greenlet(greenlet&&) noexcept = default;
    /// Destroys the greenlet that was there.
    greenlet& operator=(greenlet&&) noexcept = default;
    ~greenlet() = default;

    /// Gives control, and a value unless A is nothing, to the greenlet. Returns what comes back, from it or from one that it
    /// has switched to.
    ///
    /// Blocks:        as what the greenlet does.
    /// Cancellation:  as what the greenlet does; nothing by itself.
    /// Thread safety: the thread on which it first ran.
    /// Throws:        errc::not_suspended; errc::no_state if the handle was moved from; what a greenlet ends with.
    R switch_to(A... value) {
        core().require_suspended();
        core().received_.emplace(std::move(value)...);
        return visit_it();
    }

    /// The same, with an exception in place of the value: the greenlet's switch throws it. One that has not begun ends at
    /// once, without having called its function, and the exception comes back. Throws errc::invalid_argument for none.
    R throw_into(std::exception_ptr failure) {
        if (!failure) throw error(errc::invalid_argument, "greenlet.throw_into: no exception");
        core().require_suspended();
        core().set_thrown_into(std::move(failure));
        return visit_it();
    }
    template <class E>
    requires(!std::convertible_to<E, std::exception_ptr>) R throw_into(E failure) {
        return throw_into(std::make_exception_ptr(std::move(failure)));
    }

    [[nodiscard]] bool has_begun() const { return core().has_begun(); }
    /// True once its function has ended. Throws errc::no_state.
    [[nodiscard]] bool is_dead() const { return core().has_ended(); }

private:
    template <class F>
    class body final : public self {
    public:
        body(F&& f, const greenlet_options& options, const std::source_location& site)
            : self(options.stack_bytes, site), f_(std::move(f)) {}
        ~body() override { this->unwind(); }

    private:
        void run() override {
            auto call = [this](auto&&... first) -> R {
                return (*f_)(static_cast<self&>(*this), std::forward<decltype(first)>(first)...);
            };
            if constexpr (sizeof...(A) == 0)
                give_result(call);
            else
                give_result([&]() -> R { return call(std::move(*this->received_)); });
        }
        void give_result(auto call) {
            if constexpr (std::is_void_v<R>)
                call();
            else
                this->give(call());
        }
        void drop_callable() noexcept override { f_.reset(); }

        std::optional<F> f_;
    };
    struct deleter {
        void operator()(self* core) const noexcept { delete core; }
    };

    [[nodiscard]] self& core() const {
        if (!core_) throw error(errc::no_state, "a greenlet that was moved from");
        return *core_;
    }
    R visit_it() {
        visit v;
        core().enter(v);
        if constexpr (!std::is_void_v<R>) return std::move(*v.given);
    }

    std::unique_ptr<self, deleter> core_;
};

} // namespace plait
