// Copyright 2026 the plait authors. Boost Software License 1.0
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <crawl/manners/http_date.hpp>
#include <crawl/manners/retry_after.hpp>
#include <crawl/manners/retry_budget.hpp>
#include <crawl/manners/retry_policy.hpp>
#include <iterator>
#include <string>
#include <string_view>

namespace plait::test {
namespace {

using crawl::fetch_verdict;
using crawl::host_effect;
using crawl::parse_http_date;
using crawl::parse_retry_after;
using crawl::retry_budget;
using crawl::retry_policy;
using crawl::verdict_on;
using crawl::wall_time;
using http::fault;
using namespace std::chrono_literals;

constexpr wall_time example = std::chrono::sys_days(1994y / 11 / 6) + 8h + 49min + 37s;
constexpr wall_time today = std::chrono::sys_days(2026y / 11 / 22) + 12h;

} // namespace

BOOST_AUTO_TEST_SUITE(http_dates)

BOOST_AUTO_TEST_CASE(the_three_forms_of_rfc_9110_are_the_same_time) {
    for (const std::string_view text :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
        BOOST_TEST((parse_http_date(text, today) == example), text);
}

BOOST_AUTO_TEST_CASE(two_digits_of_a_year_are_at_most_50_years_ahead) {
    const auto year_of = [](std::string_view text) {
        const auto t = parse_http_date(text, today);
        BOOST_REQUIRE(t.has_value());
        return static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(*t)).year());
    };
    BOOST_TEST(year_of("Sunday, 06-Nov-26 08:49:37 GMT") == 2026);
    BOOST_TEST(year_of("Sunday, 06-Nov-76 08:49:37 GMT") == 2076);
    BOOST_TEST(year_of("Sunday, 06-Nov-77 08:49:37 GMT") == 1977);
}

BOOST_AUTO_TEST_CASE(days_that_there_are_are_dates_and_others_are_not) {
    BOOST_TEST(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT", today).has_value());
    BOOST_TEST(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", today).has_value());
    BOOST_TEST((parse_http_date("Sat Dec 31 23:59:59 2016", today) == std::chrono::sys_days(2017y / 1 / 1) - 1s));
    for (const std::string_view text :
         {"",
          "x",
          "Sun",
          "Sun,",
          "Sun, 06 Nov 1994 08:49:37",
          "Sun, 06 Nov 1994 08:49:37 UTC",
          "sun, 06 Nov 1994 08:49:37 GMT",
          "Sun, 06 nov 1994 08:49:37 GMT",
          "Sun, 6 Nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 94 08:49:37 GMT",
          "Sunday, 06 Nov 1994 08:49:37 GMT",
          "Sun, 06-Nov-94 08:49:37 GMT",
          "Sun, 30 Feb 2024 00:00:00 GMT",
          "Thu, 29 Feb 2023 00:00:00 GMT",
          "Sun, 00 Nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 24:00:00 GMT",
          "Sun, 06 Nov 1994 08:60:00 GMT",
          "Sun, 06 Nov 1994 08:49:61 GMT",
          "Sun, 06 Nov 1994 08:49:37 GMT ",
          "Sun, 06 Nov -994 08:49:37 GMT",
          "Sun Nov 6 08:49:37 1994",
          "Sunday Nov  6 08:49:37 1994",
          "Sun Nov  6 08:49:37 1994 GMT"})
        BOOST_TEST(!parse_http_date(text, today).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(retry_afters)

BOOST_AUTO_TEST_CASE(seconds_and_dates_are_waits) {
    BOOST_TEST((parse_retry_after("120", today) == 2min));
    BOOST_TEST((parse_retry_after("0", today) == 0s));
    BOOST_TEST((parse_retry_after("Sun, 22 Nov 2026 12:00:30 GMT", today) == 30s));
    BOOST_TEST((parse_retry_after("Sunday, 22-Nov-26 12:01:00 GMT", today) == 1min));
}

BOOST_AUTO_TEST_CASE(a_date_that_is_past_is_no_wait) {
    BOOST_TEST((parse_retry_after("Fri, 31 Dec 1999 23:59:59 GMT", today) == 0s));
}

BOOST_AUTO_TEST_CASE(waits_are_cut_however_long_they_are) {
    for (const std::string_view value :
         {"3601", "86400", "9223372036854775807", "99999999999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"})
        BOOST_TEST((parse_retry_after(value, today) == 1h), value);
    BOOST_TEST((parse_retry_after("10", today, 5s) == 5s));
    BOOST_TEST((parse_retry_after("10", today, 1500ms) == 1500ms));
    BOOST_TEST((parse_retry_after("1", today, 1500ms) == 1s));
}

BOOST_AUTO_TEST_CASE(what_is_neither_says_nothing) {
    for (const std::string_view value : {"", "-1", "+1", "1.5", "1 ", " 1", "0x10", "soon", "tomorrow", "1s"})
        BOOST_TEST(!parse_retry_after(value, today).has_value(), value);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(retry_policies)

BOOST_AUTO_TEST_CASE(every_fault_of_the_client_has_a_row) {
    for (int f = 0; f <= static_cast<int>(fault::decoded_ratio); ++f) {
        const auto rows =
            std::count_if(std::begin(crawl::fault_table), std::end(crawl::fault_table), [&](const auto& row) {
                return row.fault == static_cast<fault>(f);
            });
        BOOST_TEST(rows == 1, http::make_error_code(static_cast<fault>(f)).message());
    }
    BOOST_TEST(std::size(crawl::fault_table) == static_cast<std::size_t>(fault::decoded_ratio) + 1);
}

BOOST_AUTO_TEST_CASE(no_status_has_two_rows) {
    for (const auto& row : crawl::status_table)
        BOOST_TEST(std::count_if(std::begin(crawl::status_table), std::end(crawl::status_table), [&](const auto& r) {
                       return r.status == row.status;
                   }) == 1);
}

BOOST_AUTO_TEST_CASE(statuses_that_pass_are_tried_again) {
    for (const unsigned status : {408U, 425U, 429U, 500U, 502U, 503U, 504U, 520U, 521U, 522U, 523U, 524U, 529U})
        BOOST_TEST(verdict_on(status).again, status);
}

BOOST_AUTO_TEST_CASE(statuses_that_are_answers_are_final) {
    for (const unsigned status :
         {200U, 204U, 206U, 301U, 304U, 400U, 401U, 403U, 404U, 405U, 410U, 451U, 501U, 505U, 599U})
        BOOST_TEST((verdict_on(status) == fetch_verdict{false, host_effect::healthy}), status);
}

BOOST_AUTO_TEST_CASE(who_asks_to_be_asked_less_is_not_who_fails) {
    for (const unsigned status : {429U, 503U, 529U})
        BOOST_TEST((verdict_on(status).host == host_effect::slowed), status);
    for (const unsigned status : {502U, 504U, 521U})
        BOOST_TEST((verdict_on(status).host == host_effect::failing), status);
    BOOST_TEST((verdict_on(500).host == host_effect::healthy)); // one page of many
}

BOOST_AUTO_TEST_CASE(faults_of_the_way_are_tried_again) {
    for (const fault f :
         {fault::not_resolved, fault::not_connected, fault::connect_timed_out, fault::first_byte_timed_out,
          fault::timed_out, fault::closed, fault::truncated})
        BOOST_TEST((verdict_on(f) == fetch_verdict{true, host_effect::failing}), static_cast<int>(f));
}

BOOST_AUTO_TEST_CASE(faults_of_the_answer_are_final_and_the_host_answers) {
    for (const fault f :
         {fault::malformed, fault::framing, fault::head_too_large, fault::body_too_large, fault::chunk,
          fault::coding_damaged, fault::decoded_too_large, fault::decoded_ratio})
        BOOST_TEST((verdict_on(f) == fetch_verdict{false, host_effect::healthy}), static_cast<int>(f));
}

BOOST_AUTO_TEST_CASE(what_was_never_asked_says_nothing_of_the_host) {
    BOOST_TEST((verdict_on(fault::address_refused) == fetch_verdict{false, host_effect::none}));
    BOOST_TEST((verdict_on(fault::invalid_request) == fetch_verdict{false, host_effect::none}));
    BOOST_TEST((verdict_on(fault::busy) == fetch_verdict{true, host_effect::none}));
}

BOOST_AUTO_TEST_CASE(a_bad_certificate_is_not_tried_again_and_counts_against_the_host) {
    BOOST_TEST((verdict_on(fault::tls) == fetch_verdict{false, host_effect::failing}));
}

BOOST_AUTO_TEST_CASE(two_more_tries_are_made_unless_told_otherwise) {
    constexpr fetch_verdict again{true, host_effect::failing}, final{false, host_effect::healthy};
    BOOST_TEST(retry_policy().wants_again(1, again));
    BOOST_TEST(retry_policy().wants_again(2, again));
    BOOST_TEST(!retry_policy().wants_again(3, again));
    BOOST_TEST(!retry_policy().wants_again(1, final));
    BOOST_TEST(!retry_policy{.retries = 0}.wants_again(1, again));
    BOOST_TEST(retry_policy{.retries = 9}.wants_again(9, again));
}

BOOST_AUTO_TEST_CASE(a_budget_gives_ten_retries_and_then_one_for_ten_successes) {
    retry_budget b;
    for (int i = 0; i < 10; ++i)
        BOOST_TEST(b.take());
    BOOST_TEST(!b.take());
    for (int i = 0; i < 9; ++i)
        b.succeeded();
    BOOST_TEST(!b.take());
    b.succeeded();
    BOOST_TEST(b.left() == 1u);
    BOOST_TEST(b.take());
    BOOST_TEST(!b.take());
    for (int i = 0; i < 1000; ++i)
        b.succeeded();
    BOOST_TEST(b.left() == 10u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
