// Copyright 2026 the plait authors. Boost Software License 1.0
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <intake/load/recovery.hpp>
#include <intake/load/steady.hpp>
#include <sstream>
#include <stdexcept>

namespace plait::test {
namespace {

using namespace load;
using namespace std::chrono_literals;

constexpr time_point start{std::chrono::hours(1)};

/// Two seconds of a request a millisecond, whose latency, or none for a 503, depends on when it is due.
ledger two_seconds(const std::function<duration(duration due)>& latency) {
    ledger l;
    for (duration due{}; due < 2s; due += 1ms) {
        const auto id = l.add(start + due);
        l.send(id);
        const duration d = latency(due);
        l.answer(id, d == 0ms ? 503 : 200, 1, start + due + d);
    }
    return l;
}

std::optional<duration> steady_after(const std::function<duration(duration due)>& latency) {
    return time_to_steady(two_seconds(latency), start, start + 2s);
}

ledger answered(std::size_t count, std::uint16_t status = 200) {
    ledger l;
    for (std::size_t i = 0; i < count; ++i) {
        l.send(l.add(start));
        l.answer(i, status, 2, start + 10ms);
    }
    return l;
}

recovery read(const kills& killed, const char* audit, const ledger& requests) {
    std::istringstream lines(audit);
    return recovered(killed, lines, requests);
}

} // namespace

BOOST_AUTO_TEST_SUITE(load_steady)

BOOST_AUTO_TEST_CASE(a_load_that_is_no_news_is_steady_from_the_beginning) {
    BOOST_TEST((steady_after([](duration) { return 1ms; }) == duration(0)));
}

BOOST_AUTO_TEST_CASE(it_is_steady_once_latencies_are_what_they_stay) {
    BOOST_TEST((steady_after([](duration due) { return due < 300ms ? 50ms : 2ms; }) == duration(300ms)));
}

BOOST_AUTO_TEST_CASE(it_is_steady_once_no_more_are_shed_than_later) {
    BOOST_TEST((steady_after([](duration due) { return due < 400ms ? 0ms : 2ms; }) == duration(400ms)));
    BOOST_TEST((steady_after([](duration due) { return due % 2ms == 0ms ? 0ms : 2ms; }) == duration(0)));
}

BOOST_AUTO_TEST_CASE(a_hiccup_later_does_not_count) {
    BOOST_TEST((steady_after([](duration due) { return due >= 600ms && due < 610ms ? 90ms : 2ms; }) == duration(0)));
}

BOOST_AUTO_TEST_CASE(a_load_that_changes_all_the_time_is_never_steady) {
    BOOST_TEST(!steady_after([](duration due) { return due < 1s ? 50ms : 2ms; }).has_value());
    BOOST_TEST(!steady_after([](duration) { return 0ms; }).has_value()); // nothing is answered
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(load_recovery)

BOOST_AUTO_TEST_CASE(it_is_the_time_from_the_kill_to_the_answer_of_another_worker) {
    const recovery r = read({{17, start + 4ms}}, "17 /0\n17 /1\n21 /1\n", answered(2));
    BOOST_TEST(r.begun_again == 1u);
    BOOST_TEST(r.unexplained == 0u);
    BOOST_TEST(r.times.count() == 1u);
    BOOST_TEST((r.times.max() == 6ms));
}

BOOST_AUTO_TEST_CASE(of_several_kills_the_last_one_counts) {
    const recovery r = read({{17, start + 1ms}, {21, start + 7ms}}, "17 /0\n21 /0\n30 /0\n", answered(1));
    BOOST_TEST((r.times.max() == 3ms));
}

BOOST_AUTO_TEST_CASE(a_request_begun_again_though_nobody_was_killed_is_not_explained) {
    const recovery r = read({{99, start}}, "17 /0\n21 /0\n", answered(1));
    BOOST_TEST(r.unexplained == 1u);
    BOOST_TEST(r.times.count() == 0u);
}

BOOST_AUTO_TEST_CASE(one_that_was_given_up_has_not_recovered) {
    const recovery r = read({{17, start}}, "17 /0\n21 /0\n", answered(1, 502));
    BOOST_TEST(r.begun_again == 1u);
    BOOST_TEST(r.times.count() == 0u);
}

BOOST_AUTO_TEST_CASE(an_audit_of_something_else_is_refused) {
    for (const char* bad : {"17\n", "17 0\n", "17 /x\n", "17 /1\n"})
        BOOST_CHECK_THROW(read({}, bad, answered(1)), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
