// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/error.hpp>
#include <plait/runtime/steering.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace plait;
using namespace std::chrono_literals;

namespace {

constexpr steering_options some{
    .min_workers = 1,
    .max_workers = 3,
    .low_depth = 2,
    .high_depth = 10,
    .low_age = 1s,
    .high_age = 5s,
    .grow_after = 100ms,
    .shrink_after = 1s};
constexpr queue_reading deep{.depth = 11}, within{.depth = 5}, shallow{.depth = 2};
constexpr time_point start{};

void refuses(const steering_options& options, const std::string& field) {
    BOOST_CHECK_EXCEPTION(steering{options}, error, [&](const error& e) {
        BOOST_TEST(std::string(e.what()).find("steering_options::" + field) != std::string::npos, e.what());
        return e.code() == errc::invalid_argument;
    });
}

} // namespace

BOOST_AUTO_TEST_SUITE(steering_decisions)

BOOST_AUTO_TEST_CASE(nobody_goes_while_it_is_known_that_all_have_something_to_do) {
    steering s(some);
    const queue_reading busy{.depth = 0, .idle = 0}, idle{.depth = 0, .idle = 1};
    BOOST_TEST(s.decide(start, busy, 2) == 2u);
    BOOST_TEST(s.decide(start + 1h, busy, 2) == 2u);
    BOOST_TEST(s.decide(start + 2h, idle, 2) == 2u); // from here on it is below the band
    BOOST_TEST(s.decide(start + 2h + 1s, idle, 2) == 1u);
}

BOOST_AUTO_TEST_CASE(a_queue_that_stays_too_deep_gets_one_worker_after_the_other_up_to_the_most) {
    steering s(some);
    BOOST_TEST(s.decide(start, deep, 1) == 1u);
    BOOST_TEST(s.decide(start + 99ms, deep, 1) == 1u);
    BOOST_TEST(s.decide(start + 100ms, deep, 1) == 2u);
    BOOST_TEST(s.decide(start + 199ms, deep, 2) == 2u);
    BOOST_TEST(s.decide(start + 200ms, deep, 2) == 3u);
    BOOST_TEST(s.decide(start + 900ms, deep, 3) == 3u);
}

BOOST_AUTO_TEST_CASE(a_queue_that_stays_shallow_loses_one_worker_after_the_other_down_to_the_fewest) {
    steering s(some);
    BOOST_TEST(s.decide(start, shallow, 3) == 3u);
    BOOST_TEST(s.decide(start + 999ms, shallow, 3) == 3u);
    BOOST_TEST(s.decide(start + 1s, shallow, 3) == 2u);
    BOOST_TEST(s.decide(start + 2s, shallow, 2) == 1u);
    BOOST_TEST(s.decide(start + 9s, shallow, 1) == 1u);
}

BOOST_AUTO_TEST_CASE(within_the_band_nothing_changes_and_the_waiting_begins_anew) {
    steering s(some);
    BOOST_TEST(s.decide(start, deep, 2) == 2u);
    BOOST_TEST(s.decide(start + 90ms, within, 2) == 2u); // not so deep any more
    BOOST_TEST(s.decide(start + 110ms, deep, 2) == 2u);
    BOOST_TEST(s.decide(start + 150ms, shallow, 2) == 2u);
    BOOST_TEST(s.decide(start + 1s, within, 2) == 2u);
    BOOST_TEST(s.decide(start + 2s, shallow, 2) == 2u);
}

BOOST_AUTO_TEST_CASE(a_queue_that_swings_faster_than_that_keeps_its_workers) {
    steering s(some);
    for (int i = 0; i < 1000; ++i)
        BOOST_TEST(s.decide(start + i * 50ms, i % 2 == 0 ? deep : shallow, 2) == 2u);
}

BOOST_AUTO_TEST_CASE(age_counts_as_depth_does) {
    steering s(some);
    const queue_reading one_old_message{.depth = 1, .age = 6s}, one_message{.depth = 1, .age = 2s};
    BOOST_TEST(s.decide(start, one_old_message, 1) == 1u);
    BOOST_TEST(s.decide(start + 100ms, one_old_message, 1) == 2u);
    BOOST_TEST(s.decide(start + 200ms, one_message, 2) == 2u);
    BOOST_TEST(s.decide(start + 9s, one_message, 2) == 2u); // shallow, but too old to be below
}

BOOST_AUTO_TEST_CASE(missing_workers_are_started_at_once_and_surplus_ones_go_at_once) {
    steering s({.min_workers = 2, .max_workers = 3});
    BOOST_TEST(s.decide(start, {}, 0) == 2u);
    BOOST_TEST(s.decide(start, {.depth = 1000}, 7) == 3u);
    steering none({.min_workers = 0, .max_workers = 3, .shrink_after = 0s});
    BOOST_TEST(none.decide(start, {}, 1) == 0u);
}

BOOST_AUTO_TEST_CASE(options_that_make_no_sense_are_refused_by_name) {
    refuses({.min_workers = 0, .max_workers = 0}, "max_workers");
    refuses({.min_workers = 5, .max_workers = 4}, "min_workers");
    refuses({.low_depth = 17, .high_depth = 16}, "low_depth");
    refuses({.low_age = -1s}, "low_age");
    refuses({.low_age = 2s, .high_age = 1s}, "low_age");
    refuses({.grow_after = -1s}, "grow_after");
    refuses({.shrink_after = -1s}, "shrink_after");
    event done;
    BOOST_CHECK_THROW(steer(steering(), {}, done), error);
}

BOOST_AUTO_TEST_SUITE_END()
