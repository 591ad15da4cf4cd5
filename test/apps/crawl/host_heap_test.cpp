// Copyright 2026 the plait authors. Boost Software License 1.0
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <crawl/manners/host_heap.hpp>
#include <map>
#include <random>
#include <utility>
#include <vector>

namespace plait::test {
namespace {

using crawl::host_heap;
using crawl::host_id;

time_point at(long n) { return time_point(std::chrono::seconds(n)); }

} // namespace

BOOST_AUTO_TEST_SUITE(host_heaps)

BOOST_AUTO_TEST_CASE(the_earliest_comes_first_and_of_the_same_time_the_one_put_first) {
    host_heap h;
    for (host_id host = 0; host < 4; ++host)
        h.grow(host);
    h.put(0, at(2));
    h.put(1, at(1));
    h.put(2, at(1));
    h.put(3, at(2));
    std::vector<host_id> order;
    for (; !h.empty(); h.remove(h.first()))
        order.push_back(h.first());
    BOOST_TEST(order == (std::vector<host_id>{1, 2, 0, 3}));
}

BOOST_AUTO_TEST_CASE(what_is_put_again_goes_behind_the_others_of_its_time) {
    host_heap h;
    h.grow(1);
    h.put(0, at(1));
    h.put(1, at(1));
    h.put(0, at(1));
    BOOST_TEST(h.size() == 2u);
    BOOST_TEST(h.first() == 1u);
}

BOOST_AUTO_TEST_CASE(it_does_what_a_sorted_map_does) {
    std::minstd_rand roll(1);
    host_heap heap;
    std::map<std::pair<time_point, unsigned>, host_id> sorted;
    std::map<host_id, std::pair<time_point, unsigned>> places;
    constexpr host_id hosts = 300;
    for (host_id host = 0; host < hosts; ++host)
        heap.grow(host);
    for (unsigned step = 0; step < 50'000; ++step) {
        const host_id host = roll() % 4 == 0 && !heap.empty() ? heap.first() : static_cast<host_id>(roll() % hosts);
        if (const auto old = places.find(host); old != places.end()) {
            BOOST_REQUIRE((heap.time_of(host) == old->second.first));
            sorted.erase(old->second);
            places.erase(old);
        }
        if (roll() % 3 == 0) {
            heap.remove(host);
        } else {
            const time_point t = at(static_cast<long>(roll() % 50));
            heap.put(host, t);
            sorted[{t, step}] = host;
            places[host] = {t, step};
        }
        BOOST_REQUIRE(heap.size() == sorted.size());
        BOOST_REQUIRE(heap.holds(host) == places.contains(host));
        if (sorted.empty()) continue;
        BOOST_REQUIRE(heap.first() == sorted.begin()->second);
        BOOST_REQUIRE((heap.first_time() == sorted.begin()->first.first));
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
