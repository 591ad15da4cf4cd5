// Copyright 2026 the plait authors. Boost Software License 1.0
//
// One program for both kinds of pools: what they have in common, they do alike.
#include "support/fails_with.hpp"
#include "support/parties.hpp"

#include <plait/ipc/process_pool.hpp>
#include <plait/runtime/executor.hpp>
#include <plait/runtime/thread_pool.hpp>

#include <boost/mpl/list.hpp>

#include <atomic>
#include <numeric>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

using namespace plait;

static_assert(executor<ipc::process_pool>);
static_assert(!executor<int>);

namespace {

using pools = boost::mpl::list<thread_pool, ipc::process_pool>;

template <executor Pool>
std::unique_ptr<Pool> make() {
    if constexpr (std::same_as<Pool, thread_pool>)
        return std::make_unique<Pool>(thread_pool_options{.threads = 2, .name = "two"});
    else
        return std::make_unique<Pool>(ipc::process_pool_options{.workers = 2, .name = "two"});
}

template <executor Pool>
int sum_of_squares(Pool& pool, const std::vector<int>& numbers) {
    int sum = 0;
    for (int square : pool.map([](int n) { return n * n; }, numbers))
        sum += square;
    return sum;
}

} // namespace

BOOST_AUTO_TEST_SUITE(executors_suite)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_program_runs_on_either_pool, Pool, pools) {
    auto pool = make<Pool>();
    test::for_every_kind([&](test::parties& party) {
        std::atomic<int> right{0};
        party([&] {
            if (sum_of_squares(*pool, {1, 2, 3, 4}) == 30) ++right;
            auto lengths = pool->starmap(
                [](const std::string& text, int times) { return static_cast<int>(text.size()) * times; },
                std::vector<std::tuple<std::string, int>>{{"duck", 2}, {"beetroot", 1}});
            if (std::move(lengths).get() == std::vector{8, 8}) ++right;
            auto f = pool->submit([](int a, int b) { return a - b; }, 5, 2);
            if (f.get() == 3) ++right;
            pool->post([] {});
            try {
                pool->submit([] { throw std::runtime_error("burnt"); }).get();
            } catch (const std::exception&) { // a remote_error where it comes from another process
                ++right;
            }
        });
        party.join();
        BOOST_TEST(right == 4);
    });
    BOOST_TEST(pool->size() == 2U);
    BOOST_TEST(pool->name() == "two");
    pool->shutdown();
    BOOST_TEST(pool->stats().queued == 0U);
    BOOST_TEST(test::fails_with(errc::pool_shut_down, [&] { static_cast<void>(pool->submit([] {})); }));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_shutdown_that_drops_ends_every_future, Pool, pools) {
    auto pool = make<Pool>();
    std::vector<future<int>> results;
    for (int i = 0; i < 1'000; ++i)
        results.push_back(pool->submit([](int n) { return n; }, i));
    pool->shutdown(unstarted_tasks::drop);
    for (int i = 0; auto& r : results) {
        BOOST_TEST_REQUIRE(r.is_done());
        if (!r.is_cancelled()) BOOST_TEST(r.get() == i);
        ++i;
    }
}

BOOST_AUTO_TEST_SUITE_END()
