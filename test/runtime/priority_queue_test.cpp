// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/priority_queue.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace plait;

namespace {

struct by_first {
    bool operator()(const auto& a, const auto& b) const { return a.first < b.first; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(priority_queue_suite)

BOOST_AUTO_TEST_CASE(what_the_comparison_orders_first_comes_out_first) {
    priority_queue<int> smallest;
    priority_queue<int, std::greater<int>> largest;
    for (int item : {2, 3, 1}) {
        smallest.put(item);
        largest.put(item);
    }
    BOOST_TEST(smallest.get_many(3) == (std::vector{1, 2, 3}), boost::test_tools::per_element());
    BOOST_TEST(largest.get_many(3) == (std::vector{3, 2, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(equal_items_come_out_in_the_order_they_went_in) {
    priority_queue<std::pair<int, int>, by_first> q;
    std::mt19937 random(1);
    for (int i = 0; i < 1'000; ++i)
        q.put({static_cast<int>(random() % 3), i});
    std::pair<int, int> last{-1, -1};
    while (!q.empty()) {
        auto item = q.get();
        BOOST_REQUIRE(last < item);
        last = item;
    }
}

BOOST_AUTO_TEST_CASE(items_that_can_only_be_moved_are_ordered_too) {
    priority_queue<std::pair<int, std::unique_ptr<int>>, by_first> q;
    q.put({2, std::make_unique<int>(2)});
    q.put({1, std::make_unique<int>(1)});
    BOOST_TEST(*q.get().second == 1);
}

BOOST_AUTO_TEST_CASE(a_comparison_that_throws_leaves_the_item_with_the_caller) {
    auto compare = [](const std::string& a, const std::string& b) {
        if (a == "bad" || b == "bad") throw std::runtime_error("cannot be compared");
        return a < b;
    };
    priority_queue<std::string, decltype(compare)> q(2, compare);
    q.put("good");
    std::string bad = "bad";
    BOOST_CHECK_THROW(q.put(std::move(bad)), std::runtime_error);
    BOOST_TEST(bad == "bad");
    BOOST_TEST(q.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_capacity_of_zero_is_refused) {
    BOOST_CHECK_EXCEPTION(
        priority_queue<int>(0), error, [](const error& e) { return e.code() == errc::invalid_argument; });
}

BOOST_AUTO_TEST_SUITE_END()
