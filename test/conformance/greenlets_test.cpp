// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/interleavings.hpp"

#include <plait/coro/greenlet.hpp>
#include <plait/coro/run.hpp>
#include <plait/coro/scope.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/error.hpp>

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

// conformance 88: those of several coroutines, which wait inside of them
BOOST_AUTO_TEST_CASE(greenlets_of_coroutines_that_take_turns_keep_their_values_and_exceptions_apart) {
    test::in_every_order([] {
        auto adds_up = [](int factor) {
            greenlet<int(int)> sum([](auto& self, int n) {
                int total = 0;
                try {
                    for (;;) {
                        yield();
                        n = self.switch_back(total += n);
                    }
                } catch (const std::out_of_range&) {
                    yield();
                    return -total;
                }
            });
            int expected = 0;
            for (int i = 1; i <= 3; ++i) {
                test::require(sum.switch_to(factor * i) == (expected += factor * i), "another's value");
                yield();
            }
            test::require(sum.throw_into(std::out_of_range("enough")) == -expected, "the exception did not arrive");
            try {
                sum.switch_to(1);
                test::require(false, "a dead one did not refuse");
            } catch (const error& e) {
                test::require(e.code() == errc::not_suspended && sum.is_dead(), e.what());
            }
        };
        in_scope([&](scope& s) {
            for (int factor = 1; factor <= 5; ++factor)
                s.spawn([&adds_up, factor] { adds_up(factor); });
        });
    });
}

// conformance 88: one that another coroutine is inside of refuses as well
BOOST_AUTO_TEST_CASE(a_greenlet_that_several_coroutines_switch_to_answers_each_or_refuses) {
    test::in_every_order([] {
        greenlet<int(int)> times_ten([](auto& self, int n) -> int {
            for (;;) {
                yield();
                n = self.switch_back(n * 10);
            }
        });
        int answered = 0, refused = 0;
        in_scope([&](scope& s) {
            for (int number = 1; number <= 3; ++number)
                s.spawn([&, number] {
                    try {
                        test::require(times_ten.switch_to(number) == number * 10, "another's answer");
                        ++answered;
                    } catch (const error& e) {
                        test::require(e.code() == errc::not_suspended, e.what());
                        ++refused;
                    }
                });
        });
        test::require(answered >= 1 && answered + refused == 3, "neither answered nor refused");
        test::require(times_ten.switch_to(7) == 70, "it does not go on");
    });
}

BOOST_AUTO_TEST_SUITE_END()
