// Copyright 2026 the plait authors. Boost Software License 1.0
#include "url_reading.hpp"

#include <array>
#include <crawl/url/budget.hpp>

namespace plait::test {
namespace {

using crawl::budget;
using crawl::verdict;

verdict take(budget& b, std::string_view text) { return b.take(url_of(text)); }

} // namespace

BOOST_AUTO_TEST_SUITE(url_budgets)

BOOST_AUTO_TEST_CASE(a_host_has_so_many_pages_whatever_its_port) {
    budget b({.pages_per_host = 2});
    BOOST_TEST((take(b, "http://a/1") == verdict::inside));
    BOOST_TEST((take(b, "https://a:8443/2") == verdict::inside));
    BOOST_TEST((take(b, "http://a/3") == verdict::host_budget_spent));
    BOOST_TEST((take(b, "http://b/3") == verdict::inside));
}

BOOST_AUTO_TEST_CASE(a_path_has_so_many_queries) {
    budget b({.queries_per_path = 2});
    BOOST_TEST((take(b, "http://a/c?1") == verdict::inside));
    BOOST_TEST((take(b, "http://a/c?2") == verdict::inside));
    BOOST_TEST((take(b, "http://a/c?3") == verdict::too_many_queries));
    BOOST_TEST((take(b, "http://a/c?") == verdict::too_many_queries));
    BOOST_TEST((take(b, "http://a/c") == verdict::inside));
    BOOST_TEST((take(b, "http://a/d?3") == verdict::inside));
    BOOST_TEST((take(b, "http://b/c?3") == verdict::inside));
}

BOOST_AUTO_TEST_CASE(what_one_limit_refuses_is_not_counted_for_the_other) {
    budget b({.pages_per_host = 2, .queries_per_path = 1});
    BOOST_TEST((take(b, "http://a/c?1") == verdict::inside));
    BOOST_TEST((take(b, "http://a/c?2") == verdict::too_many_queries));
    BOOST_TEST((take(b, "http://a/d") == verdict::inside));
    BOOST_TEST((take(b, "http://a/e?1") == verdict::host_budget_spent));
}

BOOST_AUTO_TEST_CASE(without_limits_everything_is_taken) {
    budget b({.pages_per_host = 0, .queries_per_path = 0});
    for (int i = 0; i < 20'000; ++i)
        BOOST_TEST((take(b, std::string("http://a/c?").append(std::to_string(i))) == verdict::inside));
}

BOOST_AUTO_TEST_CASE(a_crawl_that_takes_again_what_it_took_goes_on_as_before) {
    const crawl::budget_limits limits{.pages_per_host = 3, .queries_per_path = 2};
    const std::string_view taken[] = {"http://a/c?1", "http://a/c?2", "http://a/d"};
    for (const auto& order : {std::array{0, 1, 2}, std::array{2, 1, 0}, std::array{1, 2, 0}}) {
        budget resumed(limits);
        for (int i : order)
            BOOST_TEST((take(resumed, taken[i]) == verdict::inside));
        BOOST_TEST((take(resumed, "http://a/e") == verdict::host_budget_spent));
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
