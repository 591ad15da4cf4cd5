// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/future.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace plait;

namespace {
bool is(const error& e, errc code) { return e.code() == code; }
} // namespace

BOOST_AUTO_TEST_SUITE(future_suite)

BOOST_AUTO_TEST_CASE(a_value_arrives_whoever_waits) {
    test::for_every_kind([](test::parties& party) {
        promise<std::string> p;
        future<std::string> f = p.get_future();
        std::string got;
        party([&] { got = f.get(); });
        party([&] { p.set_value("done"); });
        party.join();
        BOOST_TEST(got == "done");
    });
}

BOOST_AUTO_TEST_CASE(an_exception_arrives_with_its_type) {
    promise<int> p;
    auto f = p.get_future();
    p.set_exception(std::make_exception_ptr(std::out_of_range("too far")));
    BOOST_CHECK_THROW(f.get(), std::out_of_range);
    BOOST_CHECK_THROW(f.get(), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(an_abandoned_promise_breaks_its_future) {
    future<int> f;
    {
        promise<int> p;
        f = p.get_future();
    }
    BOOST_CHECK_EXCEPTION(f.get(), error, [](const error& e) { return is(e, errc::broken_promise); });
}

BOOST_AUTO_TEST_CASE(get_on_an_lvalue_gives_a_reference_and_on_an_rvalue_the_value) {
    promise<std::unique_ptr<int>> p;
    auto f = p.get_future();
    p.set_value(std::make_unique<int>(3));
    BOOST_TEST(*f.get() == 3);
    BOOST_TEST(&f.get() == &f.get());
    std::unique_ptr<int> taken = std::move(f).get();
    BOOST_TEST(*taken == 3);
    BOOST_TEST(!f.valid());
}

BOOST_AUTO_TEST_CASE(a_result_can_be_set_only_once) {
    promise<void> p;
    auto f = p.get_future();
    p.set_value();
    BOOST_CHECK_EXCEPTION(p.set_value(), error, [](const error& e) { return is(e, errc::already_satisfied); });
    f.get();
}

BOOST_AUTO_TEST_CASE(a_second_future_and_an_empty_one_are_errors) {
    promise<int> p;
    auto f = p.get_future();
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(p.get_future()), error, [](const error& e) { return is(e, errc::no_state); });
    future<int> empty;
    BOOST_CHECK_EXCEPTION(empty.get(), error, [](const error& e) { return is(e, errc::no_state); });
}

BOOST_AUTO_TEST_CASE(a_timed_get_throws_and_a_timed_wait_says_no) {
    promise<int> p;
    auto f = p.get_future();
    BOOST_TEST(!f.wait_for(duration(0)));
    BOOST_CHECK_THROW(static_cast<void>(f.get_for(duration(0))), timeout_error);
    BOOST_CHECK_EXCEPTION(static_cast<void>(f.get_for(duration(-1))), error, [](const error& e) {
        return is(e, errc::invalid_argument);
    });
}

BOOST_AUTO_TEST_CASE(callbacks_run_in_order_and_at_once_when_it_is_done) {
    std::vector<int> order;
    promise<int> p;
    auto f = p.get_future();
    f.on_done([&] { order.push_back(1); });
    f.on_done([&] { order.push_back(2); });
    BOOST_TEST(order.empty());
    p.set_value(0);
    f.on_done([&] { order.push_back(3); });
    BOOST_TEST(order == (std::vector{1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_one_that_read_the_result_may_destroy_both_ends) {
    test::for_every_kind([](test::parties& party) {
        for (int round = 0; round < 300; ++round) {
            auto p = std::make_unique<promise<int>>();
            auto f = p->get_future();
            party([raw = p.get()] { raw->set_value(1); });
            while (!f.is_done())
                yield();
            BOOST_REQUIRE(f.get() == 1);
            p.reset();
            f = {};
            party.join();
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
