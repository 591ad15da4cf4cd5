// Copyright 2026 the plait authors. Boost Software License 1.0
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <crawl/manners/robots_record.hpp>

namespace plait::test {
namespace {

using crawl::robots_answer;
using crawl::robots_answer_of;
using crawl::robots_decision;
using crawl::robots_record;
using crawl::robots_rules;
using namespace std::chrono_literals;

constexpr time_point start{std::chrono::hours(1)};

robots_rules forbidding(std::string_view path) {
    return robots_rules::parse("user-agent: *\ncrawl-delay: 2\ndisallow: " + std::string(path), "a");
}

} // namespace

BOOST_AUTO_TEST_SUITE(robots_records)

BOOST_AUTO_TEST_CASE(what_was_never_fetched_is_due_and_forbidden) {
    const robots_record r;
    BOOST_TEST(r.is_due(start));
    BOOST_TEST(!r.decide("/x").allowed);
    BOOST_TEST((r.decide("/x").why == robots_decision::cause::unreachable));
    BOOST_TEST(r.decide("/robots.txt").allowed);
    BOOST_TEST(r.rules() == nullptr);
}

BOOST_AUTO_TEST_CASE(rules_hold_for_24_hours) {
    robots_record r;
    r.received(forbidding("/x"), start);
    BOOST_TEST(!r.decide("/x").allowed);
    BOOST_TEST(r.decide("/y").allowed);
    BOOST_TEST((r.crawl_delay() == 2s));
    BOOST_TEST(r.rules() != nullptr);
    BOOST_TEST(!r.is_due(start + 24h - 1ns));
    BOOST_TEST(r.is_due(start + 24h));
    BOOST_TEST((r.due_at() == start + 24h));
}

BOOST_AUTO_TEST_CASE(that_there_is_none_holds_for_24_hours) {
    robots_record r;
    r.unavailable(start);
    BOOST_TEST(r.decide("/x").allowed);
    BOOST_TEST((r.decide("/x").why == robots_decision::cause::unavailable));
    BOOST_TEST(r.rules() == nullptr);
    BOOST_TEST((r.due_at() == start + 24h));
}

BOOST_AUTO_TEST_CASE(what_is_unreachable_is_tried_again_ever_more_rarely) {
    robots_record r;
    time_point now = start;
    for (const duration wait : {1min, 2min, 4min, 8min, 16min, 32min, 60min, 60min, 60min}) {
        r.unreachable(now);
        BOOST_TEST(!r.decide("/x").allowed);
        BOOST_TEST((r.due_at() == now + wait));
        BOOST_TEST(!r.is_due(now + wait - 1ns));
        now += wait;
    }
    BOOST_TEST(r.failures() == 9u);
    for (int i = 0; i < 100; ++i)
        r.unreachable(now);
    BOOST_TEST((r.due_at() == now + 60min));
    r.received(forbidding("/x"), now);
    BOOST_TEST(r.failures() == 0u);
    r.unreachable(now);
    BOOST_TEST((r.due_at() == now + 1min));
}

BOOST_AUTO_TEST_CASE(a_host_may_ask_for_a_longer_wait_up_to_an_hour) {
    robots_record r;
    r.unreachable(start, 10min);
    BOOST_TEST((r.due_at() == start + 10min));
    r.unreachable(start, 1s);
    BOOST_TEST((r.due_at() == start + 2min));
    r.unreachable(start, 10h);
    BOOST_TEST((r.due_at() == start + 1h));
}

BOOST_AUTO_TEST_CASE(rules_are_obeyed_on_while_they_cannot_be_fetched_again) {
    robots_record r;
    r.received(forbidding("/x"), start);
    r.unreachable(start + 24h);
    BOOST_TEST(!r.decide("/x").allowed);
    BOOST_TEST(r.decide("/y").allowed);
    BOOST_TEST(!r.is_due(start + 24h));
    BOOST_TEST(r.is_due(start + 24h + 1min));
    r.unavailable(start + 25h);
    BOOST_TEST(r.decide("/x").allowed);
    BOOST_TEST((r.crawl_delay() == std::nullopt));
}

BOOST_AUTO_TEST_CASE(every_status_means_something) {
    for (unsigned status = 0; status < 1000; ++status) {
        const robots_answer expected = status / 100 == 2                        ? robots_answer::rules
                                       : status == 429                          ? robots_answer::unreachable
                                       : status / 100 == 3 || status / 100 == 4 ? robots_answer::unavailable
                                                                                : robots_answer::unreachable;
        BOOST_TEST((robots_answer_of(status, robots_record::most_redirects) == expected), status);
    }
    for (const unsigned status : {300U, 304U, 305U, 306U}) // lead nowhere
        BOOST_TEST((robots_answer_of(status, 0) == robots_answer::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
