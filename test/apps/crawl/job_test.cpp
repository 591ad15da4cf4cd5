// Copyright 2026 the plait authors. Boost Software License 1.0
#include "job_scene.hpp"

#include <plait/runtime/error.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace plait::test {
namespace {

using namespace crawl;
using namespace std::chrono_literals;

/// A job of one host; pages are numbers.
struct one_host {
    scratch_directory scratch{};
    std::vector<host_gain> gains{};
    std::optional<job> jobs{};

    explicit one_host(const job_options& options = {}) { open(options); }
    void open(const job_options& options = {}) {
        jobs.reset();
        jobs.emplace(scratch / "job", job_opening::create_or_resume, job_settings{}, options);
    }
    job& operator*() { return *jobs; }
    job* operator->() { return &*jobs; }
    void seed(std::initializer_list<int> pages) { jobs->add_seeds(numbered_links(1, pages), gains); }
    taken_url take() { return jobs->take(0).value(); }
    int take_page() { return numbered_links::page_of(take().url); }
    void done(const taken_url& page, std::initializer_list<int> links = {}) {
        jobs->finish(page, {.links = numbered_links(1, links)}, gains);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(jobs)

BOOST_AUTO_TEST_CASE(urls_are_taken_by_depth_and_then_as_they_were_found) {
    one_host j;
    j.seed({1, 2});
    const taken_url first = j.take();
    BOOST_TEST(first.url == "http://h0.example/1");
    BOOST_TEST(first.depth == 0U);
    BOOST_TEST(first.referrer == 0);
    j.done(first, {3});
    j.done(j.take(), {4, 3, 1});
    const taken_url third = j.take();
    BOOST_TEST(third.url == "http://h0.example/3");
    BOOST_TEST(third.depth == 1U);
    BOOST_TEST(third.referrer == first.number);
    j.done(third, {5});
    BOOST_TEST(j.take_page() == 4);
    BOOST_TEST(j.take_page() == 5);
    BOOST_TEST(!j->take(0).has_value());
}

BOOST_AUTO_TEST_CASE(a_url_of_less_depth_goes_before_those_that_are_read_ahead) {
    one_host j;
    j.seed({1, 2});
    const taken_url slow = j.take();
    j.done(j.take(), {10, 11, 12});
    const taken_url ten = j.take(); // 11 and 12 are read ahead
    j.done(ten, {100});
    j.done(slow, {13});
    j->put_back(j.take());
    j.seed({3});
    for (const int page : {3, 11, 12, 13, 100})
        BOOST_TEST(j.take_page() == page);
}

BOOST_AUTO_TEST_CASE(what_is_tried_again_comes_behind_the_others_of_its_depth) {
    one_host j;
    j.seed({1, 2});
    const taken_url one = j.take();
    j->try_again(one);
    const taken_url two = j.take();
    BOOST_TEST(two.url == "http://h0.example/2");
    j.done(two, {3});
    const taken_url again = j.take();
    BOOST_TEST(again.url == one.url);
    BOOST_TEST(again.tries == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_put_back_has_its_old_place_and_no_try_more) {
    one_host j;
    j.seed({1, 2});
    j->put_back(j.take());
    const taken_url one = j.take();
    BOOST_TEST(one.url == "http://h0.example/1");
    BOOST_TEST(one.tries == 0U);
}

BOOST_AUTO_TEST_CASE(gains_name_each_host_once_and_known_urls_are_none) {
    one_host j;
    j->add_seeds(numbered_links(3, {0, 1, 2, 3, 3, 0, 6}), j.gains);
    BOOST_REQUIRE(j.gains.size() == 3U);
    BOOST_TEST(j.gains[0].urls == 3U);
    BOOST_TEST(j.gains[1].urls == 1U);
    BOOST_TEST(j.gains[2].host == 2U);
    BOOST_TEST(j->hosts() == 3U);
    BOOST_TEST(j->host(1).name == "h1.example");
    j->add_seeds(numbered_links(3, {6, 1}), j.gains);
    BOOST_TEST(j.gains.empty());
}

BOOST_AUTO_TEST_CASE(what_was_out_waits_again_after_a_resume_with_the_tries_it_had) {
    one_host j;
    j.seed({1});
    j->try_again(j.take());
    j->commit();
    BOOST_TEST(j.take().tries == 1U);
    j->commit();
    j.open();
    BOOST_TEST((j->counts() == job_counts{.found = 1, .waiting = 1}));
    BOOST_TEST(j.take().tries == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_not_committed_has_not_been) {
    one_host j;
    j.seed({1});
    j->commit();
    j.done(j.take(), {2, 3});
    j->set_mark("out", "17");
    j.open();
    BOOST_TEST((j->counts() == job_counts{.found = 1, .waiting = 1}));
    BOOST_TEST(j->mark("out").empty());
    j->verify();
}

BOOST_AUTO_TEST_CASE(marks_robots_counts_and_failures_are_there_after_a_resume) {
    one_host j;
    const std::string mark("\0\xff mark", 7);
    const auto expires = std::chrono::sys_days(2026y / 11 / 22) + 12h;
    j.seed({1, 2, 3});
    j->finish(j.take(), {.bytes = 1000, .links = numbered_links(1, {4})}, j.gains);
    j->finish(j.take(), {.state = url_state::failed, .bytes = 20, .cause = "status", .detail = "404"}, j.gains);
    j->try_again(j.take());
    const taken_url three = j.take();
    j->finish(three, {.state = url_state::set_aside, .cause = "parser_killed"}, j.gains);
    const taken_url four = j.take();
    j->finish(four, {.state = url_state::failed, .cause = "closed"}, j.gains);
    j->set_mark("films.jsonl", "1");
    j->set_mark("films.jsonl", mark);
    j->set_robots(0, "", expires);
    j->commit();
    j.open();
    BOOST_TEST((j->counts() == job_counts{.found = 4, .done = 1, .failed = 2, .set_aside = 1, .bytes = 1020}));
    BOOST_TEST(j->host(0).failed == 2U);
    BOOST_TEST(j->mark("films.jsonl") == mark);
    BOOST_TEST(j->mark("films.csv").empty());
    BOOST_REQUIRE(j->robots(0).has_value());
    BOOST_TEST(j->robots(0)->bytes.empty());
    BOOST_TEST((j->robots(0)->expires == expires));
    std::vector<url_failure> failures;
    j->visit_failures([&](const url_failure& f) { failures.push_back(f); });
    BOOST_REQUIRE(failures.size() == 3U);
    BOOST_TEST(failures[0].cause == "status");
    BOOST_TEST(failures[0].detail == "404");
    BOOST_TEST((failures[1].state == url_state::set_aside));
    BOOST_TEST(failures[1].tries == 2U);
    BOOST_TEST(failures[2].referrer == "http://h0.example/1");
    BOOST_TEST(failures[2].depth == 1U);
    j->verify();
}

BOOST_AUTO_TEST_CASE(a_page_that_is_not_out_cannot_end) {
    one_host j;
    j.seed({1});
    const taken_url page = j.take();
    j.done(page);
    BOOST_CHECK_THROW(j.done(page), error);
    BOOST_CHECK_THROW(j->put_back(page), error);
    BOOST_CHECK_THROW(j->try_again(page), error);
    BOOST_TEST(j->counts().done == 1U);
}

BOOST_AUTO_TEST_CASE(a_commit_is_due_by_pages_or_by_time) {
    one_host j({.pages_a_commit = 2, .commit_every = 1s});
    const time_point start{1h};
    j.seed({1, 2, 3});
    j->commit();
    BOOST_TEST(!j->commit_is_due(start));
    BOOST_TEST(!j->commit_is_due(start + 5s)); // nothing has happened
    j->commit();
    j.done(j.take());
    BOOST_TEST(!j->commit_is_due(start + 5s));
    BOOST_TEST(j->commit_is_due(start + 6s));
    j.done(j.take());
    BOOST_TEST(j->commit_is_due(start + 5s));
    j->commit();
    BOOST_TEST(!j->commit_is_due(start + 7s));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
