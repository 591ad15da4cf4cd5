// Copyright 2026 the plait authors. Boost Software License 1.0
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <intake/pace.hpp>

namespace plait::test {
namespace {

using intake::pace;
using namespace std::chrono_literals;

constexpr time_point start{std::chrono::hours(1)};

} // namespace

BOOST_AUTO_TEST_SUITE(paces)

BOOST_AUTO_TEST_CASE(while_requests_wait_each_takes_its_time_whatever_else_it_costs) {
    pace p;
    time_point now = start;
    for (int i = 1; i <= 1000; ++i) {
        BOOST_TEST((p.due(now, 500us) == start + i * 500us));
        now = start + i * 500us + 60us; // the sleep is late
        p.ended(now);
        now += 30us; // the answer is sent, and the next request received
    }
}

BOOST_AUTO_TEST_CASE(a_request_that_finds_the_worker_idle_takes_the_whole_time) {
    pace p;
    BOOST_TEST((p.due(start, 500us) == start + 500us));
    p.ended(start + 500us);
    const time_point later = start + 500us + pace::longest_turn + 1ns;
    BOOST_TEST((p.due(later, 500us) == later + 500us));
}

BOOST_AUTO_TEST_CASE(time_that_others_took_is_made_up_for_up_to_a_limit) {
    pace p;
    static_cast<void>(p.due(start, 1ms));
    time_point now = start + 1ms + pace::most_made_up;
    p.ended(now);
    BOOST_TEST((p.due(now, 1ms) == start + 2ms)); // over already
    now += 2ms;
    p.ended(now); // more is lost than that
    BOOST_TEST((p.due(now, 1ms) == now + 1ms));
}

BOOST_AUTO_TEST_CASE(no_time_is_no_time) {
    pace p;
    BOOST_TEST((p.due(start, 0ns) == start));
    p.ended(start);
    BOOST_TEST((p.due(start + 1us, 0ns) == start));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
