// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What the front keeps: answers that will be fetched, and requests in quarantine; and what requests say of themselves.
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <intake/deferred.hpp>
#include <intake/quarantine.hpp>
#include <intake/request_fields.hpp>
#include <string>

namespace plait::test {
namespace {

using namespace intake;
using namespace std::chrono_literals;

quarantined request(const std::string& id) { return {id, "GET", "/", "GET / HTTP/1.1\r\n\r\n", "", "it died", {}}; }

http::request_head head_with(std::string_view name, std::string_view value) {
    http::request_head head;
    head.fields.push_back({http::field_name::unknown, name, value});
    return head;
}

} // namespace

BOOST_AUTO_TEST_SUITE(deferred)

BOOST_AUTO_TEST_CASE(an_answer_is_there_once_it_is_finished_and_until_it_is_forgotten) {
    deferred_answers all(2, 1h);
    const std::string id = all.begin().value();
    BOOST_TEST(id.size() == 32U);
    BOOST_TEST(all.find(id)->status == 0U);
    all.finish(id, {200, "", "hello"});
    BOOST_TEST(all.find(id)->body == "hello");
    BOOST_TEST(all.unfetched() == 1U);
    BOOST_TEST(all.forget(id));
    BOOST_TEST(!all.find(id));
    BOOST_TEST(!all.forget(id));
    BOOST_TEST(all.unfetched() == 0U);
}

BOOST_AUTO_TEST_CASE(there_are_as_many_as_there_may_be) {
    deferred_answers all(1, 1h);
    const auto first = all.begin();
    BOOST_REQUIRE(first.has_value());
    BOOST_TEST(!all.begin().has_value());
    all.forget(*first);
    BOOST_TEST(all.begin().has_value());
}

BOOST_AUTO_TEST_CASE(an_answer_whose_time_is_over_makes_room) {
    deferred_answers all(1, 0ms);
    all.finish(all.begin().value(), {200, "", ""});
    BOOST_TEST(all.begin().has_value());
}

BOOST_AUTO_TEST_CASE(an_answer_that_nobody_wants_any_more_is_dropped) {
    deferred_answers all(1, 1h);
    const std::string id = all.begin().value();
    all.forget(id);
    all.finish(id, {200, "", "too late"});
    BOOST_TEST(all.size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(in_quarantine)

BOOST_AUTO_TEST_CASE(requests_are_found_by_their_ids_and_erased) {
    quarantine q(10);
    q.add(request("a"));
    q.add(request("b"));
    BOOST_TEST(q.find("b")->id == "b");
    BOOST_TEST(q.erase("b"));
    BOOST_TEST(!q.find("b"));
    BOOST_TEST(!q.erase("b"));
    BOOST_TEST(q.all().size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_oldest_make_room) {
    quarantine q(2);
    for (const char* id : {"a", "b", "c"})
        q.add(request(id));
    BOOST_TEST(!q.find("a"));
    BOOST_TEST(q.find("c"));
    q.resize(0);
    BOOST_TEST(q.all().empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(fields_of_requests)

BOOST_AUTO_TEST_CASE(a_preference_is_a_member_of_a_list) {
    for (const char* yes : {"respond-async", "Respond-Async", "wait=10, respond-async", "respond-async; x=y"})
        BOOST_TEST(prefers_async(head_with("Prefer", yes)), yes);
    for (const char* no : {"", "respond-asynchronously", "return=minimal", "x=respond-async"})
        BOOST_TEST(!prefers_async(head_with("prefer", no)), no);
    BOOST_TEST(!prefers_async({}));
}

BOOST_AUTO_TEST_CASE(urgency_is_3_if_it_is_not_said) {
    BOOST_TEST(urgency_of(head_with("Priority", "u=0")) == 0U);
    BOOST_TEST(urgency_of(head_with("Priority", "i, u=7")) == 7U);
    for (const char* other : {"", "u=8", "u=-1", "u=", "i", "u=10", "U=1"})
        BOOST_TEST(urgency_of(head_with("Priority", other)) == 3U, other);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
