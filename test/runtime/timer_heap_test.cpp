// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/timer_heap.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <deque>
#include <optional>
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

namespace {

std::vector<std::size_t> order_of_equal_deadlines(std::optional<std::uint64_t> seed) {
    timer_heap heap;
    if (seed) heap.seed(*seed);
    std::vector<recording_node> nodes(100);
    for (auto& n : nodes)
        heap.arm(n, time_point(duration(1)));
    expired.clear();
    heap.expire(time_point(duration(1)));
    std::vector<std::size_t> order;
    for (const timer_node* n : expired)
        order.push_back(static_cast<std::size_t>(static_cast<const recording_node*>(n) - nodes.data()));
    return order;
}

} // namespace

BOOST_AUTO_TEST_CASE(equal_deadlines_come_in_the_order_in_which_they_were_armed) {
    std::vector<std::size_t> order = order_of_equal_deadlines({});
    BOOST_TEST(order.size() == 100u);
    BOOST_TEST(std::is_sorted(order.begin(), order.end()));
}

BOOST_AUTO_TEST_CASE(a_seed_chooses_among_equal_deadlines_and_repeats_its_choice) {
    BOOST_TEST(order_of_equal_deadlines(1) == order_of_equal_deadlines(1), boost::test_tools::per_element());
    BOOST_TEST((order_of_equal_deadlines(1) != order_of_equal_deadlines(2)));
}

BOOST_AUTO_TEST_SUITE_END()
