// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/greenlet.hpp>
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>
#include <stdexcept>
#include <string>

using namespace plait;

namespace {

void on_a_thread_and_in_a_coroutine(const std::function<void()>& test) {
    test();
    run([&] { spawn(test).join(); });
}

} // namespace

BOOST_AUTO_TEST_SUITE(greenlets_suite)

// conformance 88
BOOST_AUTO_TEST_CASE(greenlets_pass_values_both_ways_take_exceptions_and_refuse_when_dead) {
    on_a_thread_and_in_a_coroutine([] {
        greenlet<std::string(int)> g([](auto& self, int n) {
            n = self.switch_back("got " + std::to_string(n));
            try {
                self.switch_back("then " + std::to_string(n));
            } catch (const std::runtime_error& e) {
                self.switch_back(std::string("caught ") + e.what());
            }
            return std::string("end");
        });
        BOOST_TEST(g.switch_to(1) == "got 1");
        BOOST_TEST(g.switch_to(2) == "then 2");
        BOOST_TEST(g.throw_into(std::runtime_error("that")) == "caught that");
        BOOST_TEST(g.switch_to(3) == "end");
        BOOST_TEST(g.is_dead());
        auto refuses = [](const error& e) { return e.code() == errc::not_suspended; };
        BOOST_CHECK_EXCEPTION(g.switch_to(4), error, refuses);
        BOOST_CHECK_EXCEPTION(g.throw_into(std::runtime_error("late")), error, refuses);
    });
}

// conformance 88: an exception that a greenlet does not catch goes to its parent
BOOST_AUTO_TEST_CASE(what_a_greenlet_does_not_catch_reaches_its_parent) {
    on_a_thread_and_in_a_coroutine([] {
        greenlet<void()> outer([](auto&) {
            greenlet<void()> inner([](auto&) { throw std::runtime_error("from the innermost"); });
            inner.switch_to();
        });
        BOOST_CHECK_EXCEPTION(outer.switch_to(), std::runtime_error, [](const auto& e) {
            return e.what() == std::string("from the innermost");
        });
        BOOST_TEST(outer.is_dead());
    });
}

BOOST_AUTO_TEST_SUITE_END()
