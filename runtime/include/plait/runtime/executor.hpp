// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     template <plait::executor Pool>
//     int sum_of_squares(Pool& pool, const std::vector<int>& numbers) {
//         int sum = 0;
//         for (int square : pool.map([](int n) { return n * n; }, numbers)) sum += square;
//         return sum;
//     }
//
// What the pools have in common: thread_pool, whose tasks share the memory of those who submit them, and
// ipc::process_pool, whose tasks survive each other's deaths. A program that is written for an executor, whose callables
// capture nothing and whose values can travel, runs on either. Not to be mixed up with the executors of Asio; a
// thread_pool has one of those, too (pool_executor.hpp).

#include <plait/runtime/future.hpp>
#include <plait/runtime/thread_pool.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

namespace plait {

namespace detail {

/// Something to submit, for the concept.
struct probe {
    int operator()(int n) const { return n; }
    void operator()() const {}
};

} // namespace detail

/// What runs submitted tasks, and can be shut down.
template <class P>
concept executor =
    requires(P& pool, const P& same, detail::probe f, std::vector<int> items, std::vector<std::tuple<int>> arguments) {
    { pool.submit(f, 1) } -> std::same_as<future<int>>;
    { pool.submit(f) } -> std::same_as<future<void>>;
    pool.post(f);
    { pool.map(f, items) } -> std::same_as<mapped<int>>;
    { pool.map(f, items, std::size_t{100}) } -> std::same_as<mapped<int>>;
    { pool.starmap(f, arguments) } -> std::same_as<mapped<int>>;
    pool.shutdown();
    pool.shutdown(unstarted_tasks::drop);
    pool.close(unstarted_tasks::drop);
    { same.size() } -> std::same_as<std::size_t>;
    { same.name() } -> std::convertible_to<std::string>;
    same.stats();
};

static_assert(executor<thread_pool>);

} // namespace plait
