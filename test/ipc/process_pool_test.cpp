// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/ipc/process_pool.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdlib>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <signal.h>
#include <unistd.h>

using namespace plait;
using ipc::process_pool;
using namespace std::chrono_literals;

namespace {

int twice(int n) { return 2 * n; }
std::string greet(const std::string& who, int times) {
    std::string text;
    for (int i = 0; i < times; ++i)
        text += "hello " + who + " ";
    return text;
}

template <int N>
int plus(int n) {
    return n + N;
}
template <int... N>
std::vector<future<int>> submit_each(process_pool& pool, int n, std::integer_sequence<int, N...>) {
    std::vector<future<int>> results;
    (results.push_back(pool.submit(plait::fn<&plus<N>>, n)), ...);
    return results;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ipc_process_pool)

BOOST_AUTO_TEST_CASE(a_function_runs_in_another_process_and_its_value_comes_back) {
    process_pool pool({.workers = 2});
    BOOST_TEST(pool.submit(plait::fn<&twice>, 21).get() == 42);
    BOOST_TEST(pool.submit([] { return ::getpid(); }).get() != ::getpid());
    BOOST_TEST(pool.submit(plait::fn<&greet>, "you", 2).get() == "hello you hello you ");
}

// More of them than a pool's table has lines: the others are named in full by each message.
BOOST_AUTO_TEST_CASE(a_pool_knows_any_number_of_callables) {
    process_pool pool({.workers = 2});
    constexpr int callables = 140;
    for (int round : {0, 1000, 2000}) {
        auto results = submit_each(pool, round, std::make_integer_sequence<int, callables>());
        for (int i = 0; i < callables; ++i)
            BOOST_TEST(results[static_cast<std::size_t>(i)].get() == round + i);
    }
}

// It has to find out anew what its predecessor knew.
BOOST_AUTO_TEST_CASE(a_worker_that_replaces_another_knows_the_callables_of_the_pool) {
    process_pool pool({.workers = 1});
    constexpr int callables = 140;
    for (int round : {0, 1000}) {
        auto results = submit_each(pool, round, std::make_integer_sequence<int, callables>());
        for (int i = 0; i < callables; ++i)
            BOOST_TEST(results[static_cast<std::size_t>(i)].get() == round + i);
        BOOST_CHECK_THROW(pool.submit([] { ::raise(SIGKILL); }).get(), ipc::worker_exited);
    }
}

BOOST_AUTO_TEST_CASE(results_of_a_map_come_in_order) {
    process_pool pool({.workers = 2});
    std::vector<int> items(10'000);
    std::iota(items.begin(), items.end(), 0);
    for (std::size_t chunk : {1U, 7U, 100U}) {
        auto results = pool.map(plait::fn<&twice>, items, chunk).get();
        BOOST_TEST(results.size() == items.size());
        bool right = true;
        for (std::size_t i = 0; i < results.size(); ++i)
            right &= results[i] == 2 * items[i];
        BOOST_TEST(right);
    }
}

BOOST_AUTO_TEST_CASE(a_killed_worker_fails_its_own_task_and_no_other) {
    process_pool pool({.workers = 2});
    auto bad = pool.submit([] { ::raise(SIGKILL); });
    std::vector<future<int>> good;
    for (int i = 0; i < 100; ++i)
        good.push_back(pool.submit(plait::fn<&twice>, i));
    BOOST_CHECK_EXCEPTION(
        bad.get(), ipc::worker_exited, [](const ipc::worker_exited& e) { return e.exit_code() == -SIGKILL; });
    for (int i = 0; i < 100; ++i)
        BOOST_TEST(good[static_cast<std::size_t>(i)].get() == 2 * i);
}

BOOST_AUTO_TEST_SUITE_END()
