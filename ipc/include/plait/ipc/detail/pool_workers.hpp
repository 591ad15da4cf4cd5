// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// How a process_pool starts its workers: each is a `process` that runs worker_main, with a seat in the pool and with the
// initialiser and its arguments.

#include <plait/ipc/byte_queue.hpp>
#include <plait/ipc/process.hpp>

#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

namespace plait::ipc::detail {

/// What a worker needs of its pool.
struct worker_seat {
    byte_queue tasks;
    byte_queue results;
    int table_fd; ///< the owner's; in the worker, its own
    std::uint32_t number;
    std::uint64_t max_tasks; ///< 0: no limit
};

/// What an initialiser is called by.
struct initialiser_call {
    void (*call)(void* of);
    void* of;
};

/// Works until there is nothing left to do. Returns the exit code.
[[nodiscard]] int work(worker_seat seat, initialiser_call initialise);

template <class F, class... A>
class worker_main {
public:
    worker_main() = default;
    explicit worker_main(F initialiser) : initialise_(std::move(initialiser)) {}
    [[nodiscard]] const F& initialiser() const noexcept { return initialise_; }

    int operator()(worker_seat seat, A... arguments) {
        auto initialise = [&] { static_cast<void>(std::invoke(initialise_, std::move(arguments)...)); };
        return work(std::move(seat), {[](void* of) { (*static_cast<decltype(initialise)*>(of))(); }, &initialise});
    }

private:
    [[no_unique_address]] F initialise_;
};

/// Makes a worker's process, which is not started yet.
using worker_maker = std::function<process(process_options, const worker_seat&)>;

template <class F, class... A>
worker_maker make_workers_with(F initialiser, A... arguments) {
    return [initialiser = std::move(initialiser),
            ... arguments = std::move(arguments)](process_options options, const worker_seat& seat) {
        return process(std::move(options), worker_main<F, A...>(initialiser), seat, arguments...);
    };
}

} // namespace plait::ipc::detail

namespace plait::ipc {

template <>
struct argument<detail::worker_seat> {
    static void encode(argument_writer& out, const detail::worker_seat& value);
    static detail::worker_seat decode(argument_reader& in);
};

/// An initialiser with a state travels as that.
template <class F, class... A>
requires(!detail::made_anew<F>) struct argument<detail::worker_main<F, A...>> {
    static void encode(argument_writer& out, const detail::worker_main<F, A...>& value) {
        out.value(value.initialiser());
    }
    static detail::worker_main<F, A...> decode(argument_reader& in) {
        return detail::worker_main<F, A...>(in.value<F>());
    }
};

} // namespace plait::ipc
