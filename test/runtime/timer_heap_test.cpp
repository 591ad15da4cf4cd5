// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/timer_heap.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

using namespace plait;
using namespace plait::detail;

namespace {

std::vector<const timer_node*> expired;

struct recording_node : timer_node {
    recording_node() : timer_node([](timer_node& n) noexcept { expired.push_back(&n); }) {}
    time_point at;
};

} // namespace

BOOST_AUTO_TEST_SUITE(timer_heap_suite)

BOOST_AUTO_TEST_CASE(nodes_expire_in_the_order_of_their_deadlines_and_disarmed_ones_never) {
    std::mt19937 random(7);
    timer_heap heap;
    std::deque<recording_node> nodes(10'000);
    for (auto& n : nodes) {
        n.at = time_point(duration(random() % 1'000'000));
        heap.arm(n, n.at);
    }
    std::size_t disarmed = 0;
    for (auto& n : nodes)
        if (random() % 3 == 0) {
            heap.disarm(n);
            ++disarmed;
        }
    expired.clear();
    heap.expire(time_point(duration(1'000'000)));
    BOOST_TEST(expired.size() == nodes.size() - disarmed);
    BOOST_TEST(heap.empty());
    BOOST_TEST(std::is_sorted(expired.begin(), expired.end(), [](auto* a, auto* b) {
        return static_cast<const recording_node*>(a)->at < static_cast<const recording_node*>(b)->at;
    }));
}

BOOST_AUTO_TEST_CASE(only_what_is_due_expires) {
    timer_heap heap;
    recording_node due, later;
    heap.arm(later, time_point(duration(2)));
    heap.arm(due, time_point(duration(1)));
    expired.clear();
    heap.expire(time_point(duration(1)));
    BOOST_TEST(expired.size() == 1u);
    BOOST_TEST(expired.front() == &due);
    BOOST_TEST(later.armed());
    BOOST_TEST((heap.earliest() == time_point(duration(2))));
    heap.disarm(later);
    heap.disarm(later); // twice does nothing
    BOOST_TEST(heap.empty());
}

BOOST_AUTO_TEST_SUITE_END()
