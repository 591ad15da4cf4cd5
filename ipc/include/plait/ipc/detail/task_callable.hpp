// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   owner                                              worker: the same program, started anew
//   task_callable<F, A...>::entry ──▶ (build id, offset) ──▶ image with that build id + offset ──▶ entry
//   F and A... ──wire──▶ [ bytes ] ───────────────────────▶ entry(call): decodes, begins, runs, encodes the result
//
// What a worker of a process_pool runs. Callables are named by their type, as for `process`; see callable.hpp.

#include <plait/ipc/callable.hpp>
#include <plait/ipc/detail/task_wire.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace plait::ipc::detail {

/// One run of a task, in the worker.
class task_call {
public:
    task_call(const task_call&) = delete;
    task_call& operator=(const task_call&) = delete;

    /// Valid until begin(), or the end.
    [[nodiscard]] virtual std::span<const std::byte> arguments() const noexcept = 0;
    /// The arguments are read, and their message is done with, unless they are views of it.
    enum class message_is { done_with, kept };
    virtual void begin(message_is what) = 0;
    /// Hands the result in, which `write(from, room)` writes into room for `bytes` bytes.
    virtual void
    finish(std::size_t bytes, void (*write)(const void* from, std::span<std::byte> to), const void* from) = 0;

protected:
    task_call() = default;
    ~task_call() = default;
};

using task_entry = void (*)(task_call&);

/// One for each callable, made by a static initialiser, as callable_registration.
class task_registration {
public:
    explicit task_registration(task_entry e) noexcept;
    task_registration(const task_registration&) = delete;
    task_registration& operator=(const task_registration&) = delete;

    [[nodiscard]] task_entry entry() const noexcept { return entry_; }
    [[nodiscard]] static bool is_registered(task_entry e) noexcept;

private:
    const task_entry entry_;
    const task_registration* next_;
};

/// A task as its submitter knows it, before it is written. Refers to what it is made of.
struct task_plan {
    task_entry entry;
    std::size_t bytes;
    void (*write)(const void* from, std::span<std::byte> to);
    const void* from;
};

template <class F, class... A>
class task_callable {
public:
    static_assert(!std::is_pointer_v<F>, "name the function by its type: plait::fn<&f> instead of f or &f");
    static_assert(std::is_invocable_v<F, A...>, "the callable does not take these arguments (they arrive as rvalues)");
    using result = std::invoke_result_t<F, A...>;
    static_assert(!std::is_reference_v<result>, "a task returns values: its result goes to another process");

    /// `f` and `arguments` must live as long as the plan.
    class bound {
    public:
        bound(const F& f, const A&... arguments) : f_(f), arguments_(arguments...) {}
        /// Throws what the codecs throw.
        [[nodiscard]] task_plan plan() const {
            std::size_t bytes = 0;
            if constexpr (!made_anew<F>) bytes += wire<F>::size(f_);
            std::apply([&](const A&... a) { ((bytes += wire<A>::size(a)), ...); }, arguments_);
            return {registered_.entry(), bytes, &bound::write, this};
        }

    private:
        static void write(const void* from, std::span<std::byte> to) {
            const bound& self = *static_cast<const bound*>(from);
            wire_writer out(to);
            if constexpr (!made_anew<F>) wire<F>::write(out, self.f_);
            std::apply([&](const A&... a) { (wire<A>::write(out, a), ...); }, self.arguments_);
        }

        const F& f_;
        std::tuple<const A&...> arguments_;
    };

private:
    static F read_function(wire_reader& in) {
        if constexpr (made_anew<F>)
            return F{};
        else
            return wire<F>::read(in);
    }
    static void run(task_call& call) {
        wire_reader in(call.arguments());
        F f = read_function(in);
        std::tuple<A...> arguments{wire<A>::read(in)...}; // braces: from left to right
        in.finish();
        call.begin((refers_to_message<A> || ...) ? task_call::message_is::kept : task_call::message_is::done_with);
        if constexpr (std::is_void_v<result>) {
            std::apply(std::move(f), std::move(arguments));
            call.finish(
                0, [](const void*, std::span<std::byte>) {}, nullptr);
        } else {
            const result value = std::apply(std::move(f), std::move(arguments));
            call.finish(
                wire<result>::size(value),
                [](const void* from, std::span<std::byte> to) {
                    wire_writer out(to);
                    wire<result>::write(out, *static_cast<const result*>(from));
                },
                &value);
        }
    }

    // Odr-used by plan(), so it is initialised, and registers, wherever a task may be made of this callable.
    static inline const task_registration registered_{&run};
};

/// `f` on each of many items: what a chunk of a map is.
template <class F>
struct on_each {
    [[no_unique_address]] F f;

    template <class Item>
    auto operator()(std::vector<Item> items) {
        using result = std::invoke_result_t<F&, Item>;
        std::conditional_t<std::is_same_v<result, bool>, std::deque<result>, std::vector<result>> results;
        if constexpr (requires { results.reserve(items.size()); }) results.reserve(items.size());
        for (auto&& item : items)
            results.push_back(std::invoke(f, std::move(item)));
        return results;
    }
};

/// `f` with the elements of a tuple as its arguments.
template <class F>
struct spread {
    [[no_unique_address]] F f;

    template <class Tuple>
    auto operator()(Tuple&& arguments) {
        return std::apply(f, std::forward<Tuple>(arguments));
    }
};

} // namespace plait::ipc::detail
