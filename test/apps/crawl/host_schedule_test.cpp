// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/fails_with.hpp"

#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cmath>
#include <crawl/manners/host_schedule.hpp>
#include <limits>
#include <set>
#include <vector>

namespace plait::test {
namespace {

using crawl::fetch_end;
using crawl::host_effect;
using crawl::host_id;
using crawl::host_pick;
using crawl::host_schedule;
using crawl::schedule_answer;
using crawl::schedule_options;
using namespace std::chrono_literals;

constexpr time_point start{std::chrono::hours(1)};
constexpr fetch_end fine{}, failing{.effect = host_effect::failing}, slowed{.effect = host_effect::slowed};

/// With hosts for each of which so many URLs wait.
host_schedule with(const schedule_options& options, const std::vector<std::uint32_t>& waiting) {
    host_schedule s(options);
    for (const std::uint32_t n : waiting)
        s.add(s.add_host(), n, start);
    return s;
}

/// The next pick, which there is.
host_pick picked(host_schedule& s, time_point now) {
    const auto pick = s.next(now);
    BOOST_REQUIRE(pick.has_value());
    return *pick;
}
host_pick picked_in_time(host_schedule& s) {
    const auto when = s.next_time();
    BOOST_REQUIRE(when.has_value());
    return picked(s, *when);
}

/// Picks until there is none now.
std::vector<host_id> all(host_schedule& s, time_point now) {
    std::vector<host_id> hosts;
    while (const auto pick = s.next(now))
        hosts.push_back(pick->host);
    return hosts;
}

using hosts = std::vector<host_id>;

} // namespace

BOOST_AUTO_TEST_SUITE(host_schedules)

BOOST_AUTO_TEST_CASE(without_urls_there_is_nothing_to_ask) {
    host_schedule s = with({}, {0, 0});
    BOOST_TEST(!s.next(start).has_value());
    BOOST_TEST(!s.next_time().has_value());
    BOOST_TEST(s.hosts() == 2u);
}

BOOST_AUTO_TEST_CASE(hosts_take_turns) {
    host_schedule s = with({.per_host = 10}, {3, 1, 2});
    BOOST_TEST(s.waiting() == 6u);
    BOOST_TEST(all(s, start) == (hosts{0, 1, 2, 0, 2, 0}));
    BOOST_TEST(s.waiting() == 0u);
    BOOST_TEST(s.active() == 6u);
}

BOOST_AUTO_TEST_CASE(a_host_that_comes_later_is_asked_before_others_are_asked_again) {
    host_schedule s = with({.per_host = 10}, {10, 10});
    BOOST_TEST(picked(s, start).host == 0u);
    s.add(s.add_host(), 1, start);
    BOOST_TEST(all(s, start).at(2) == 2u); // 1 and 0 were there before it
}

BOOST_AUTO_TEST_CASE(so_many_fetches_of_a_host_are_under_way_and_no_more) {
    host_schedule s = with({.per_host = 2}, {5});
    const host_pick first = picked(s, start);
    BOOST_TEST(all(s, start).size() == 1u);
    BOOST_TEST(!s.next_time().has_value()); // not until one has finished
    s.finished(first, fine, start + 1s);
    BOOST_TEST((s.next_time() == start + 1s));
    BOOST_TEST(all(s, start + 1s).size() == 1u);
    BOOST_TEST(s.state(0).active == 2u);
}

BOOST_AUTO_TEST_CASE(who_comes_back_goes_behind_those_that_wait) {
    host_schedule s = with({.per_host = 1}, {5, 0});
    const host_pick first = picked(s, start);
    s.add(1, 1, start + 1s);
    s.finished(first, fine, start + 2s); // could have been asked since `start`, but for itself
    BOOST_TEST(all(s, start + 2s) == (hosts{1, 0}));
}

BOOST_AUTO_TEST_CASE(a_host_s_starts_are_a_delay_apart) {
    host_schedule s = with({.per_host = 10, .delay = 1s}, {3, 1});
    BOOST_TEST(all(s, start) == (hosts{0, 1}));
    BOOST_TEST((s.next_time() == start + 1s));
    BOOST_TEST(!s.next(start + 1s - 1ns).has_value());
    BOOST_TEST(all(s, start + 1500ms) == (hosts{0}));
    BOOST_TEST((s.next_time() == start + 2500ms)); // from its start on
}

BOOST_AUTO_TEST_CASE(the_larger_of_two_delays_holds) {
    host_schedule s = with({.per_host = 10, .delay = 2s}, {9, 9});
    s.set_crawl_delay(0, 5s, start);
    s.set_crawl_delay(1, 1s, start);
    BOOST_TEST(all(s, start) == (hosts{0, 1}));
    BOOST_TEST((s.state(0).not_before == start + 5s));
    BOOST_TEST((s.state(1).not_before == start + 2s));
}

BOOST_AUTO_TEST_CASE(a_delay_that_is_learnt_of_later_counts_from_the_last_start) {
    host_schedule s = with({}, {9});
    const host_pick robots = picked(s, start);
    s.finished(robots, fine, start + 1s);
    s.set_crawl_delay(0, 10s, start + 1s);
    BOOST_TEST((s.next_time() == start + 10s));
    s.set_crawl_delay(0, 3s, start + 1s);
    BOOST_TEST((s.next_time() == start + 3s));
    s.set_crawl_delay(0, 0s, start + 1s);
    BOOST_TEST((s.next_time() == start + 1s));
}

BOOST_AUTO_TEST_CASE(so_many_starts_a_second_are_made_in_all) {
    host_schedule s = with({.per_host = 255, .rate = 10}, {1000, 1000});
    std::size_t n = 0;
    for (time_point now = start; now < start + 10s; now += 1ms)
        n += all(s, now).size();
    BOOST_TEST(n >= 100u);
    BOOST_TEST(n <= 102u); // one at once, and a tenth of a second's
}

BOOST_AUTO_TEST_CASE(starts_that_were_missed_are_made_up_for_up_to_a_tenth_of_a_second) {
    host_schedule s = with({.per_host = 255, .rate = 1000}, {1000, 1000});
    BOOST_TEST(all(s, start).size() == 101u);
    BOOST_TEST((s.next_time() == start + 1ms));
    BOOST_TEST(all(s, start + 7ms).size() == 7u);
    BOOST_TEST(all(s, start + 10s).size() == 101u);
}

BOOST_AUTO_TEST_CASE(next_time_is_when_next_gives_one) {
    host_schedule s = with({.per_host = 9, .delay = 300ms, .rate = 4}, {9, 9});
    for (int i = 0; i < 18; ++i) {
        const auto when = s.next_time();
        BOOST_REQUIRE(when.has_value());
        BOOST_TEST(!s.next(*when - 1ns).has_value());
        BOOST_TEST(s.next(*when).has_value());
    }
}

BOOST_AUTO_TEST_CASE(a_host_that_fails_is_left_alone_ever_longer) {
    host_schedule s = with({.most_failures = 0, .first_back_off = 1s, .longest_back_off = 10s}, {100, 0});
    time_point now = start;
    for (const duration most : {1s, 2s, 4s, 8s, 10s, 10s}) {
        s.finished(picked(s, now), failing, now + 1s);
        now += 1s;
        const duration wait = s.next_time().value() - now;
        BOOST_TEST((wait >= most / 2 && wait <= most), wait.count());
        now += wait;
    }
    BOOST_TEST(s.state(0).failures == 6u);
    s.finished(picked(s, now), fine, now);
    BOOST_TEST(s.state(0).failures == 0u);
    BOOST_TEST((s.next_time() == now));
}

BOOST_AUTO_TEST_CASE(back_offs_differ_and_a_seed_repeats_them) {
    const auto waits = [](std::uint64_t seed) {
        std::vector<duration> found;
        host_schedule s({.seed = seed});
        for (int i = 0; i < 50; ++i) {
            const host_id host = s.add_host();
            s.add(host, 2, start);
            s.finished(picked(s, start), failing, start);
            found.push_back(s.state(host).not_before - start);
        }
        return found;
    };
    const auto some = waits(7), others = waits(8);
    BOOST_TEST((some == waits(7)));
    BOOST_TEST((some != others));
    BOOST_TEST(std::set<duration>(some.begin(), some.end()).size() == 50u);
}

BOOST_AUTO_TEST_CASE(fetches_that_fail_together_are_one_failure) {
    host_schedule s = with({.per_host = 5}, {10});
    std::vector<host_pick> picks;
    while (const auto pick = s.next(start))
        picks.push_back(*pick);
    for (const host_pick& pick : picks)
        s.finished(pick, failing, start + 1s);
    BOOST_TEST(s.state(0).failures == 1u);
    BOOST_TEST(!s.state(0).is_set_aside);
}

BOOST_AUTO_TEST_CASE(a_host_that_asks_to_be_left_alone_is) {
    host_schedule s = with({}, {10});
    s.finished(picked(s, start), {.effect = host_effect::slowed, .retry_after = 30s}, start);
    BOOST_TEST((s.next_time() == start + 30s));
    s.finished(picked_in_time(s), {.effect = host_effect::slowed, .retry_after = 0s}, start + 30s);
    BOOST_TEST((s.next_time().value() >= start + 31s)); // its back-off is longer by now
}

BOOST_AUTO_TEST_CASE(what_a_host_asks_for_is_cut) {
    host_schedule s = with({.longest_retry_after = 1min}, {10});
    s.finished(picked(s, start), {.effect = host_effect::slowed, .retry_after = 24h}, start);
    BOOST_TEST((s.next_time() == start + 1min));
    host_schedule negative = with({}, {10});
    negative.finished(picked(negative, start), {.retry_after = -1h}, start);
    BOOST_TEST((negative.next_time() == start));
}

BOOST_AUTO_TEST_CASE(other_hosts_do_not_wait_for_one_that_is_left_alone) {
    host_schedule s = with({}, {10, 2});
    s.finished(picked(s, start), slowed, start);
    BOOST_TEST(all(s, start) == (hosts{1, 1}));
}

BOOST_AUTO_TEST_CASE(a_host_that_fails_so_often_in_a_row_is_set_aside) {
    host_schedule s = with({.most_failures = 3}, {10});
    for (int i = 0; i < 2; ++i)
        BOOST_TEST(!s.finished(picked_in_time(s), failing, s.next_time().value_or(start)).set_aside);
    const host_pick last = picked_in_time(s);
    BOOST_TEST(s.finished(last, failing, last.started).set_aside);
    BOOST_TEST(s.state(0).is_set_aside);
    BOOST_TEST(!s.next(start + 24h).has_value());
    BOOST_TEST(!s.next_time().has_value());
    s.add(0, 5, start + 24h);
    BOOST_TEST(!s.next(start + 24h).has_value());
    BOOST_TEST(s.waiting() == 12u);
    BOOST_TEST(s.drop(0) == 12u);
    BOOST_TEST(s.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(failures_that_are_not_in_a_row_set_nobody_aside) {
    host_schedule s = with({.most_failures = 2}, {20});
    for (int i = 0; i < 10; ++i) {
        const host_pick bad = picked_in_time(s);
        s.finished(bad, failing, bad.started);
        const host_pick good = picked_in_time(s);
        s.finished(good, fine, good.started);
    }
    BOOST_TEST(!s.state(0).is_set_aside);
}

BOOST_AUTO_TEST_CASE(a_host_that_was_revived_has_one_chance) {
    host_schedule s = with({.most_failures = 1}, {3});
    s.finished(picked(s, start), failing, start);
    s.revive(0, start + 1h);
    const host_pick chance = picked(s, start + 1h);
    BOOST_TEST(s.finished(chance, failing, start + 1h).set_aside);
    s.revive(0, start + 2h);
    s.finished(picked(s, start + 2h), fine, start + 2h);
    BOOST_TEST(!s.state(0).is_set_aside);
    s.revive(0, start + 2h); // which is not set aside
    BOOST_TEST(s.state(0).failures == 0u);
}

BOOST_AUTO_TEST_CASE(an_answer_that_was_under_way_brings_a_host_back) {
    host_schedule s = with({.per_host = 2, .most_failures = 1}, {3});
    const host_pick one = picked(s, start), other = picked(s, start);
    BOOST_TEST(s.finished(one, failing, start + 1s).set_aside);
    s.finished(other, fine, start + 2s);
    BOOST_TEST(!s.state(0).is_set_aside);
    BOOST_TEST(s.next_time().has_value());
}

BOOST_AUTO_TEST_CASE(a_host_gives_so_many_pages) {
    host_schedule s = with({.per_host = 10, .pages_per_host = 3}, {10, 1});
    BOOST_TEST(all(s, start) == (hosts{0, 1, 0, 0}));
    BOOST_TEST(s.state(0).pages_left.value() == 0u);
    BOOST_TEST(s.state(0).waiting == 7u);
    BOOST_TEST(!with({}, {1}).state(0).pages_left.has_value());
}

BOOST_AUTO_TEST_CASE(a_page_that_is_tried_again_is_one_page) {
    host_schedule s = with({.per_host = 1, .pages_per_host = 1}, {1});
    const schedule_answer answer = s.finished(picked(s, start), {.again = true}, start);
    BOOST_TEST(answer.again);
    BOOST_TEST(s.waiting() == 1u);
    s.finished(picked(s, start), fine, start);
    BOOST_TEST(s.state(0).pages_left.value() == 0u);
    BOOST_TEST(s.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(retries_are_granted_until_their_budget_is_used_up) {
    host_schedule s = with({.most_failures = 0}, {1000});
    unsigned granted = 0;
    time_point now = start;
    for (int i = 0; i < 100; ++i) {
        const host_pick pick = picked_in_time(s);
        now = pick.started;
        granted += s.finished(pick, {.effect = host_effect::failing, .again = true}, now).again;
    }
    BOOST_TEST(granted == 10u);
    BOOST_TEST(s.state(0).retries_left == 0u);
    for (int i = 0; i < 10; ++i) {
        const host_pick pick = picked_in_time(s);
        s.finished(pick, fine, pick.started);
    }
    const host_pick pick = picked_in_time(s);
    BOOST_TEST(s.finished(pick, {.effect = host_effect::failing, .again = true}, pick.started).again);
}

BOOST_AUTO_TEST_CASE(an_answer_that_asks_for_a_retry_earns_none) {
    host_schedule s = with({}, {1000});
    unsigned granted = 0;
    for (int i = 0; i < 100; ++i) // each page answers 500
        granted += s.finished(picked(s, start), {.again = true}, start).again;
    BOOST_TEST(granted == 10u);
}

BOOST_AUTO_TEST_CASE(what_was_never_asked_costs_no_retry) {
    host_schedule s = with({}, {1});
    for (int i = 0; i < 100; ++i)
        BOOST_TEST(s.finished(picked(s, start), {.effect = host_effect::none, .again = true}, start).again);
    BOOST_TEST(s.state(0).retries_left == 10u);
}

BOOST_AUTO_TEST_CASE(a_pick_that_is_withdrawn_costs_nothing) {
    host_schedule s = with({.per_host = 1, .delay = 10s, .rate = 1, .pages_per_host = 2}, {1000});
    for (int i = 0; i < 997; ++i) // robots.txt forbids them
        s.withdraw(picked(s, start), start);
    BOOST_TEST(s.state(0).pages_left.value() == 2u);
    BOOST_TEST(s.active() == 0u);
    s.finished(picked(s, start), fine, start);
    BOOST_TEST((s.next_time() == start + 10s));
    s.withdraw(picked(s, start + 10s), start + 10s);
    BOOST_TEST((s.next_time() == start + 10s));
}

BOOST_AUTO_TEST_CASE(withdrawing_one_of_two_picks_keeps_the_delay_of_the_other) {
    host_schedule s = with({.per_host = 2, .delay = 10s}, {10});
    const host_pick first = picked(s, start), second = picked(s, start + 10s);
    s.withdraw(first, start + 10s);
    BOOST_TEST((s.state(0).not_before == start + 20s));
    s.withdraw(second, start + 10s);
    BOOST_TEST((s.state(0).not_before <= start + 10s));
}

BOOST_AUTO_TEST_CASE(withdrawing_one_of_two_picks_of_an_instant_keeps_that_of_the_other) {
    host_schedule s = with({.per_host = 2}, {10});
    const host_pick first = picked(s, start);
    static_cast<void>(picked(s, start));
    s.withdraw(first, start);
    s.set_crawl_delay(0, 10s, start);
    BOOST_TEST((s.state(0).not_before == start + 10s));
}

BOOST_AUTO_TEST_CASE(a_host_whose_robots_txt_is_fetched_is_not_asked_for_anything_else) {
    host_schedule s = with({.per_host = 3, .delay = 1s, .pages_per_host = 2}, {5, 0});
    const host_pick robots = picked(s, start);
    s.hold(0);
    BOOST_TEST(!s.next(start + 10s).has_value());
    s.add(0, 1, start + 10s);
    BOOST_TEST(!s.next_time().has_value());
    s.set_crawl_delay(0, 20s, start + 10s);
    s.release(0, start + 10s);
    BOOST_TEST(!s.finished(robots, {.robots_txt = true}, start + 10s).again);
    BOOST_TEST((s.next_time() == start + 20s)); // it was asked
    BOOST_TEST(s.waiting() == 6u);              // the URL still waits
    BOOST_TEST(s.state(0).pages_left.value() == 2u);
    BOOST_TEST(all(s, start + 20s) == (hosts{0}));
}

BOOST_AUTO_TEST_CASE(a_robots_txt_that_cannot_be_had_is_a_failure_of_its_host) {
    host_schedule s = with({.most_failures = 1}, {5});
    const host_pick robots = picked(s, start);
    const schedule_answer answer =
        s.finished(robots, {.effect = host_effect::failing, .again = true, .robots_txt = true}, start);
    BOOST_TEST(answer.set_aside);
    BOOST_TEST(!answer.again);
    BOOST_TEST(s.waiting() == 5u);
    BOOST_TEST(s.state(0).retries_left == 10u);
}

BOOST_AUTO_TEST_CASE(a_host_can_be_postponed) {
    host_schedule s = with({}, {1});
    s.postpone(0, start + 1min, start);
    BOOST_TEST((s.next_time() == start + 1min));
    s.postpone(0, start + 1s, start); // does not shorten it
    BOOST_TEST((s.next_time() == start + 1min));
    s.add(0, 1, start + 30s);
    BOOST_TEST(all(s, start + 59s).empty());
    BOOST_TEST(all(s, start + 1min).size() == 2u);
}

BOOST_AUTO_TEST_CASE(settings_that_make_no_sense_are_refused) {
    const auto refused = [](const schedule_options& options) {
        BOOST_TEST(fails_with(errc::invalid_argument, [&] { host_schedule s(options); }));
    };
    refused({.per_host = 0});
    refused({.per_host = 65536});
    refused({.most_failures = 65536});
    refused({.delay = -1s});
    refused({.rate = -1});
    refused({.rate = std::nan("")});
    refused({.rate = std::numeric_limits<double>::infinity()});
    refused({.first_back_off = -1s});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
