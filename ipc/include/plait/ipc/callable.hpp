// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   parent                                             child: the same program, started anew
//   callable_of<F, A...>::entry ──▶ (build id, offset) ──▶ image with that build id + offset ──▶ entry
//                                                          and only if a static initialiser registered it
//
// What a child process runs. A callable is named by its type, so that the parent can say *which code* in terms that
// hold in another process with other addresses:
//
//   process p{plait::fn<&produce>, queue, "chef", 10};   // a function
//   process p{[](int n) { … }, 10};                      // a lambda without captures
//   process p{counter{.from = 3}, 10};                   // a function object: its state travels as an argument does
//
// Using a callable in a `process` registers it before main() begins. The child looks it up by the build id of the image
// that holds its code (the program, or a shared library) and the offset of the code in that image; never by the name of
// its type, because two lambdas in two files can have the same one. A function object must not hold pointers or references,
// which would point nowhere in the child; one that is no aggregate and not trivially copyable needs a packing
// (packing.hpp) or an `argument` of its own.

#include <plait/ipc/packed_argument.hpp>

#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace plait {

/// The type of `plait::fn<&f>`.
template <auto Function>
struct fn_type {
    template <class... A>
    requires std::is_invocable_v<decltype(Function), A...>
    decltype(auto) operator()(A&&... arguments) const { return std::invoke(Function, std::forward<A>(arguments)...); }
};

/// A function as a value whose type names it: `process p{plait::fn<&produce>, 10};`
template <auto Function>
inline constexpr fn_type<Function> fn{};

} // namespace plait

namespace plait::ipc::detail {

/// A callable together with its arguments, in the child. Runs once; returns the exit code.
class bound_call {
public:
    bound_call() = default;
    bound_call(const bound_call&) = delete;
    bound_call& operator=(const bound_call&) = delete;
    virtual ~bound_call() = default;
    virtual int run() = 0;
};

/// Decodes a callable and its arguments. Its address names the callable within its image.
using callable_entry = std::unique_ptr<bound_call> (*)(argument_reader&);

/// One for each callable, made by a static initialiser. Registered ones are never removed, so a shared library that
/// holds callables stays loaded.
class callable_registration {
public:
    explicit callable_registration(callable_entry e) noexcept;
    callable_registration(const callable_registration&) = delete;
    callable_registration& operator=(const callable_registration&) = delete;

    [[nodiscard]] callable_entry entry() const noexcept { return entry_; }
    [[nodiscard]] static bool is_registered(callable_entry e) noexcept;

private:
    const callable_entry entry_;
    const callable_registration* next_;
};

/// A callable together with its arguments, in the parent, before they are encoded.
class call_plan {
public:
    call_plan() = default;
    call_plan(const call_plan&) = delete;
    call_plan& operator=(const call_plan&) = delete;
    virtual ~call_plan() = default;
    [[nodiscard]] virtual callable_entry entry() const noexcept = 0;
    virtual void encode(argument_writer& out) const = 0;
};

/// A function object without state is made anew in the child; the state of any other travels.
template <class F>
inline constexpr bool made_anew = std::is_empty_v<F>&& std::is_default_constructible_v<F>;

template <class F, class... A>
class callable_of {
public:
    static_assert(!std::is_pointer_v<F>, "name the function by its type: plait::fn<&f> instead of f or &f");
    static_assert(
        made_anew<F> || process_argument<F>,
        "the function object can travel neither by its type nor by its state: make it a captureless lambda, "
        "plait::fn<&f>, trivially copyable, an aggregate, or specialise plait::ipc::packing for it");
    static_assert(
        (process_argument<A> && ...),
        "an argument cannot travel to another process: pointers and views mean nothing there; specialise "
        "plait::ipc::argument for a type of your own");
    static_assert(std::is_invocable_v<F, A...>, "the callable does not take these arguments (they arrive as rvalues)");

    class plan final : public call_plan {
    public:
        template <class G, class... B>
        explicit plan(G&& f, B&&... arguments) : f_(std::forward<G>(f)), arguments_(std::forward<B>(arguments)...) {}
        [[nodiscard]] callable_entry entry() const noexcept override { return registered_.entry(); }
        void encode(argument_writer& out) const override {
            if constexpr (!made_anew<F>) out.value(f_);
            std::apply([&](const A&... argument) { (out.value(argument), ...); }, arguments_);
        }

    private:
        [[no_unique_address]] F f_;
        std::tuple<A...> arguments_;
    };

private:
    class call final : public bound_call {
    public:
        explicit call(argument_reader& in) : f_(decode_function(in)), arguments_{in.value<A>()...} { in.finish(); }
        int run() override {
            using result = std::invoke_result_t<F, A...>;
            static_assert(
                std::is_void_v<result> || std::is_same_v<result, int>,
                "the callable returns its exit code (int) or nothing (exit code 0)");
            if constexpr (std::is_void_v<result>) {
                std::apply(std::move(f_), std::move(arguments_));
                return 0;
            } else {
                return std::apply(std::move(f_), std::move(arguments_));
            }
        }

    private:
        static F decode_function(argument_reader& in) {
            if constexpr (made_anew<F>)
                return F{};
            else
                return in.value<F>();
        }
        F f_;
        std::tuple<A...> arguments_;
    };

    static std::unique_ptr<bound_call> decode(argument_reader& in) { return std::make_unique<call>(in); }

    // Odr-used by plan::entry(), so it is initialised, and registers, wherever a process may be made of this callable.
    static inline const callable_registration registered_{&decode};
};

} // namespace plait::ipc::detail
