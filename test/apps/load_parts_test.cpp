// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/with_code.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <intake/load/answer_reader.hpp>
#include <intake/load/histogram.hpp>
#include <intake/load/ledger.hpp>
#include <intake/load/schedule.hpp>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace plait::test {
namespace {

using namespace load;
using namespace std::chrono_literals;

constexpr time_point start{std::chrono::hours(1)};

std::vector<duration> first_moments(std::size_t count, double rate, spacing between, std::uint64_t seed = 1) {
    schedule s(rate, start, between, seed);
    std::vector<duration> moments;
    for (; moments.size() < count; s.advance())
        moments.push_back(s.due() - start);
    return moments;
}

/// Hands `bytes` to the reader, `at_a_time` of them, and returns the answers as text.
std::vector<std::string> read_all(std::string_view bytes, std::size_t at_a_time) {
    answer_reader reader;
    std::vector<std::string> answers;
    while (!bytes.empty()) {
        const auto room = reader.room();
        const std::size_t count = bytes.copy(room.data(), std::min(at_a_time, room.size()));
        reader.received(count);
        bytes.remove_prefix(count);
        while (const auto a = reader.next())
            answers.push_back(
                std::to_string(a->status) + " " + std::to_string(a->worker) + (a->closes ? " closes " : " ") +
                std::string(a->body));
    }
    return answers;
}

} // namespace

BOOST_AUTO_TEST_SUITE(load_schedule)

BOOST_AUTO_TEST_CASE(constant_arrivals_do_not_drift) {
    const auto moments = first_moments(3'000'001, 3, spacing::constant);
    BOOST_TEST(moments[1].count() == 333'333'333);
    BOOST_TEST((moments[3'000'000] == std::chrono::seconds(1'000'000)));
}

BOOST_AUTO_TEST_CASE(a_seed_gives_the_same_random_arrivals_again_and_another_one_others) {
    const auto moments = first_moments(1000, 500, spacing::poisson, 7);
    BOOST_TEST((moments == first_moments(1000, 500, spacing::poisson, 7)));
    BOOST_TEST((moments != first_moments(1000, 500, spacing::poisson, 8)));
    BOOST_TEST(std::ranges::is_sorted(moments));
}

BOOST_AUTO_TEST_CASE(random_gaps_have_the_mean_and_the_deviation_of_exponential_ones) {
    constexpr std::size_t count = 200'000;
    const auto moments = first_moments(count + 1, 1000, spacing::poisson);
    double squares = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double gap = std::chrono::duration<double, std::milli>(moments[i + 1] - moments[i]).count();
        squares += gap * gap;
    }
    const double mean = std::chrono::duration<double, std::milli>(moments[count]).count() / count;
    BOOST_TEST(mean == 1.0, boost::test_tools::tolerance(0.01));
    BOOST_TEST(std::sqrt(squares / count - mean * mean) == 1.0, boost::test_tools::tolerance(0.02));
}

BOOST_AUTO_TEST_CASE(a_rate_that_is_none_is_refused) {
    for (double rate : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()})
        BOOST_CHECK_EXCEPTION(schedule(rate, start), error, ::test::with_code(errc::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(load_histogram)

BOOST_AUTO_TEST_CASE(percentiles_are_those_of_sorting_or_less_than_a_128th_more) {
    std::mt19937_64 random(3);
    for (std::size_t count : {1u, 2u, 10u, 999u, 20'000u}) {
        histogram h;
        std::vector<std::int64_t> values;
        for (std::size_t i = 0; i < count; ++i) {
            values.push_back(static_cast<std::int64_t>(random() >> (1 + random() % 63))); // of all magnitudes
            h.add(duration(values.back()));
        }
        std::ranges::sort(values);
        for (double percent : {0.0, 0.1, 25.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
            const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(count)));
            const std::int64_t exact = values[std::max<std::size_t>(rank, 1) - 1];
            const std::int64_t found = h.percentile(percent).count();
            BOOST_TEST(found >= exact, "p" << percent << " of " << count);
            BOOST_TEST(found - exact <= exact / 128, "p" << percent << " of " << count);
        }
        BOOST_TEST(h.max().count() == values.back());
        BOOST_TEST(h.count() == count);
    }
}

BOOST_AUTO_TEST_CASE(small_values_are_exact) {
    histogram h;
    for (int i = 0; i <= 255; ++i)
        h.add(duration(i));
    for (int i = 0; i <= 255; ++i)
        BOOST_TEST(h.percentile(100.0 * (i + 1) / 256).count() == i);
}

BOOST_AUTO_TEST_CASE(the_longest_and_negative_durations_have_buckets) {
    histogram h;
    h.add(duration::max());
    h.add(-1ns);
    BOOST_TEST((h.percentile(50) == 0ns));
    BOOST_TEST((h.percentile(100) == duration::max()));
}

BOOST_AUTO_TEST_CASE(nothing_has_percentiles_of_zero) {
    BOOST_TEST((histogram{}.percentile(99) == 0ns));
    BOOST_TEST((histogram{}.max() == 0ns));
}

BOOST_AUTO_TEST_CASE(histograms_add_up) {
    histogram a, b;
    a.add(1ms);
    b.add(3ms);
    a.add(b);
    BOOST_TEST(a.count() == 2u);
    BOOST_TEST((a.max() == 3ms));
    BOOST_TEST((a.percentile(100) == 3ms));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(load_ledger)

BOOST_AUTO_TEST_CASE(each_request_ends_in_one_way_which_is_counted) {
    ledger l;
    const auto answered = l.add(start), shed = l.add(start), lost = l.add(start), unanswered = l.add(start);
    l.add(start);
    for (auto id : {answered, shed, lost, unanswered})
        BOOST_TEST(l.send(id));
    BOOST_TEST(l.answer(answered, 200, 4711, start + 2ms));
    BOOST_TEST(l.answer(shed, 503, 0, start + 1ms));
    BOOST_TEST(l.lose(lost, start + 3ms));
    for (outcome o : {outcome::answered, outcome::shed, outcome::lost, outcome::unanswered, outcome::not_sent})
        BOOST_TEST(l.count(o) == 1u, to_string(o));
    BOOST_TEST((l[answered].latency() == 2ms));
    BOOST_TEST(l[answered].worker == 4711);
    BOOST_TEST(l.contradictions() == 0u);
}

BOOST_AUTO_TEST_CASE(a_second_outcome_changes_nothing_and_is_a_contradiction) {
    ledger l;
    const auto id = l.add(start);
    BOOST_TEST(!l.answer(id, 200, 1, start)); // it was not sent
    l.send(id);
    l.answer(id, 200, 1, start + 1ms);
    BOOST_TEST(!l.answer(id, 500, 2, start + 2ms));
    BOOST_TEST(!l.lose(id, start + 2ms));
    BOOST_TEST(!l.send(id));
    BOOST_TEST(!l.answer(id + 1, 200, 1, start)); // there is no such request
    BOOST_TEST(l.contradictions() == 5u);
    BOOST_TEST(l[id].status == 200);
    BOOST_TEST((l[id].latency() == 1ms));
}

BOOST_AUTO_TEST_CASE(what_was_taken_back_can_be_sent_again) {
    ledger l;
    const auto id = l.add(start);
    l.send(id);
    BOOST_TEST(l.take_back(id));
    BOOST_TEST(l.count(outcome::not_sent) == 1u);
    BOOST_TEST(l.send(id));
    BOOST_TEST(l.contradictions() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(load_answers)

BOOST_AUTO_TEST_CASE(answers_are_read_however_they_arrive) {
    const std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Worker-Pid: 17\r\n\r\nhello"
                              "HTTP/1.1 503 Service Unavailable\r\ncontent-length:0\r\nConnection: Close\r\n\r\n"
                              "HTTP/1.1 204 \r\n\r\n"
                              "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" +
                              std::string(5000, 'x');
    const std::vector<std::string> expected{
        "200 17 hello", "503 0 closes ", "204 0 ", "200 0 " + std::string(5000, 'x')};
    for (std::size_t at_a_time : {1u, 2u, 7u, 100u, 100'000u})
        BOOST_TEST(read_all(bytes, at_a_time) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_of_a_known_length_is_refused) {
    for (const char* bad :
         {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 99 OK\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1 1\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n", "\r\n\r\n",
          "HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\n"})
        BOOST_CHECK_THROW(read_all(bad, 1000), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_head_without_an_end_is_refused) {
    BOOST_CHECK_THROW(read_all("HTTP/1.1 200 OK\r\nX: " + std::string(10'000, 'x'), 1000), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
