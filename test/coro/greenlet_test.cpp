// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/greenlet.hpp>
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/mutex.hpp>
#include <plait/runtime/timeout.hpp>
#include <plait/runtime/unhandled.hpp>

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;

namespace {

bool is_not_suspended(const error& e) { return e.code() == errc::not_suspended; }

// Runs `test` on this plain thread, and in a coroutine.
void on_a_thread_and_in_a_coroutine(const std::function<void()>& test) {
    test();
    run([&] { spawn(test).join(); });
}

struct counts_its_end {
    int& ended;
    ~counts_its_end() { ++ended; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(greenlet_suite)

BOOST_AUTO_TEST_CASE(values_go_both_ways) {
    on_a_thread_and_in_a_coroutine([] {
        greenlet<int(std::string)> sum([](auto& self, std::string text) {
            int total = 0;
            while (!text.empty()) {
                total += std::stoi(text);
                text = self.switch_back(total);
            }
            return -total;
        });
        BOOST_TEST(!sum.has_begun());
        BOOST_TEST(sum.switch_to("3") == 3);
        BOOST_TEST(sum.switch_to("4") == 7);
        BOOST_TEST(!sum.is_dead());
        BOOST_TEST(sum.switch_to("") == -7);
        BOOST_TEST(sum.is_dead());
    });
}

BOOST_AUTO_TEST_CASE(either_direction_may_carry_nothing) {
    std::string log;
    greenlet<void()> neither([&](auto& self) {
        log += "a";
        self.switch_back();
        log += "b";
    });
    neither.switch_to();
    log += "-";
    neither.switch_to();
    BOOST_TEST(log == "a-b");

    greenlet<int()> out([](auto& self) {
        self.switch_back(1);
        return 2;
    });
    BOOST_TEST(out.switch_to() == 1);
    BOOST_TEST(out.switch_to() == 2);

    int seen = 0;
    greenlet<void(int)> in([&](auto& self, int first) {
        seen = first;
        seen += self.switch_back();
    });
    in.switch_to(10);
    in.switch_to(5);
    BOOST_TEST(seen == 15);
}

BOOST_AUTO_TEST_CASE(a_value_that_can_only_be_moved_is_moved) {
    using number = std::unique_ptr<int>;
    greenlet<number(number)> twice([](auto& self, number n) {
        n = self.switch_back(std::make_unique<int>(*n * 2));
        return std::make_unique<int>(*n * 2);
    });
    BOOST_TEST(*twice.switch_to(std::make_unique<int>(4)) == 8);
    BOOST_TEST(*twice.switch_to(std::make_unique<int>(5)) == 10);
}

BOOST_AUTO_TEST_CASE(a_greenlet_that_switches_to_another_hands_its_parent_over) {
    on_a_thread_and_in_a_coroutine([] {
        using kind = greenlet<std::string(std::string)>;
        std::optional<kind> first, second;
        first.emplace([&](auto& self, std::string) {
            std::string got = self.switch_to(*second, "from first");
            return "first got " + got;
        });
        second.emplace([&](auto& self, std::string got) {
            std::string next = self.switch_back("second got " + got); // to the parent that first had
            return self.switch_to(*first, "from second, after " + next);
        });
        BOOST_TEST(first->switch_to("go") == "second got from first");
        BOOST_TEST(second->switch_to("more") == "first got from second, after more");
        BOOST_TEST(first->is_dead());
        BOOST_TEST(!second->is_dead());
    });
}

BOOST_AUTO_TEST_CASE(a_greenlet_can_be_the_parent_of_another) {
    greenlet<int(int)> outer([](auto& self, int n) -> int {
        greenlet<int(int)> inner([](auto& s, int i) -> int {
            for (;;)
                i = s.switch_back(i * 10);
        });
        for (;;)
            n = self.switch_back(inner.switch_to(n) + 1);
    });
    BOOST_TEST(outer.switch_to(1) == 11);
    BOOST_TEST(outer.switch_to(2) == 21);
}

BOOST_AUTO_TEST_CASE(an_exception_is_thrown_into_a_greenlet_at_its_switch) {
    on_a_thread_and_in_a_coroutine([] {
        greenlet<std::string()> catches([](auto& self) -> std::string {
            try {
                self.switch_back("begun");
            } catch (const std::runtime_error& e) {
                self.switch_back(std::string("caught ") + e.what());
            }
            return "end";
        });
        catches.switch_to();
        BOOST_TEST(catches.throw_into(std::runtime_error("ball")) == "caught ball");
        BOOST_TEST(catches.switch_to() == "end"); // it is thrown once
    });
}

BOOST_AUTO_TEST_CASE(what_ends_a_greenlet_is_thrown_at_its_parent) {
    on_a_thread_and_in_a_coroutine([] {
        greenlet<void()> g([](auto& self) {
            self.switch_back();
            throw std::runtime_error("the end");
        });
        g.switch_to();
        BOOST_CHECK_EXCEPTION(
            g.switch_to(), std::runtime_error, [](const auto& e) { return e.what() == std::string("the end"); });
        BOOST_TEST(g.is_dead());
    });
}

BOOST_AUTO_TEST_CASE(one_that_has_not_begun_ends_at_what_is_thrown_into_it) {
    bool begun = false;
    greenlet<void()> g([&](auto&) { begun = true; });
    BOOST_CHECK_THROW(g.throw_into(std::runtime_error("no")), std::runtime_error);
    BOOST_TEST(!begun);
    BOOST_TEST(g.is_dead());
    BOOST_CHECK_THROW(greenlet<void()>([](auto&) {}).throw_into(std::exception_ptr()), error);
}

BOOST_AUTO_TEST_CASE(a_dead_greenlet_refuses) {
    greenlet<int(int)> g([](auto&, int n) { return n; });
    BOOST_TEST(g.switch_to(1) == 1);
    BOOST_CHECK_EXCEPTION(g.switch_to(2), error, is_not_suspended);
    BOOST_CHECK_EXCEPTION(g.throw_into(std::runtime_error("late")), error, is_not_suspended);
    greenlet<int(int)> tries([&](auto& self, int n) { return self.switch_to(g, n); });
    BOOST_CHECK_EXCEPTION(tries.switch_to(3), error, is_not_suspended);
}

BOOST_AUTO_TEST_CASE(a_greenlet_that_runs_or_waits_for_another_refuses) {
    std::optional<greenlet<void()>> g;
    greenlet<void()> inner([&](auto&) { g->switch_to(); });
    g.emplace([&](auto&) {
        BOOST_CHECK_EXCEPTION(g->switch_to(), error, is_not_suspended);
        BOOST_CHECK_EXCEPTION(inner.switch_to(), error, is_not_suspended);
    });
    g->switch_to();
    BOOST_TEST(g->is_dead());
}

BOOST_AUTO_TEST_CASE(only_a_greenlet_itself_switches_away_from_its_stack) {
    greenlet<void()>::self* leaked = nullptr;
    greenlet<void()> g([&](auto& self) {
        leaked = &self;
        self.switch_back();
        greenlet<void()> inner([&](auto&) { leaked->switch_back(); });
        BOOST_CHECK_EXCEPTION(inner.switch_to(), error, is_not_suspended);
    });
    g.switch_to();
    BOOST_CHECK_EXCEPTION(leaked->switch_back(), error, is_not_suspended);
    g.switch_to();
    BOOST_TEST(g.is_dead());
}

BOOST_AUTO_TEST_CASE(a_greenlet_of_another_thread_refuses) {
    greenlet<void()> g([](auto& self) { self.switch_back(); });
    g.switch_to();
    std::thread([&] { BOOST_CHECK_EXCEPTION(g.switch_to(), error, is_not_suspended); }).join();
    g.switch_to();
}

BOOST_AUTO_TEST_CASE(destroying_a_suspended_greenlet_unwinds_its_stack) {
    on_a_thread_and_in_a_coroutine([] {
        int ended = 0;
        bool told = false, is_std = false;
        {
            greenlet<void()> g([&](auto& self) {
                counts_its_end outer{ended};
                try {
                    counts_its_end inner{ended};
                    self.switch_back();
                } catch (const std::exception&) {
                    is_std = true;
                } catch (const greenlet_exit&) {
                    told = true;
                }
                self.switch_back(); // throws again instead of leaving
                ended = -1;
            });
            g.switch_to();
            BOOST_TEST(ended == 0);
        }
        BOOST_TEST(ended == 2);
        BOOST_TEST(told);
        BOOST_TEST(!is_std);
    });
}

BOOST_AUTO_TEST_CASE(a_greenlet_that_never_began_is_destroyed_without_being_called) {
    int ended = 0;
    bool begun = false;
    auto captured = std::make_shared<counts_its_end>(ended);
    {
        greenlet<void()> g([&begun, captured = std::move(captured)](auto&) { begun = true; });
    }
    BOOST_TEST(!begun);
    BOOST_TEST(ended == 1);
}

BOOST_AUTO_TEST_CASE(what_the_function_holds_goes_when_it_ends) {
    auto captured = std::make_shared<int>(1);
    std::weak_ptr<int> watched = captured;
    greenlet<void()> g([captured = std::move(captured)](auto&) {});
    g.switch_to();
    BOOST_TEST(watched.expired());
}

BOOST_AUTO_TEST_CASE(an_exception_that_leaves_a_greenlet_being_destroyed_is_reported) {
    std::string reported;
    on_unhandled_exception([&](const unhandled_exception& e) {
        try {
            std::rethrow_exception(e.exception);
        } catch (const std::exception& what) {
            reported = what.what();
        }
    });
    {
        greenlet<void()> g([](auto& self) {
            try {
                self.switch_back();
            } catch (const greenlet_exit&) {
                throw std::runtime_error("instead");
            }
        });
        g.switch_to();
    }
    on_unhandled_exception({});
    BOOST_TEST(reported == "instead");
}

BOOST_AUTO_TEST_CASE(a_handle_can_be_moved_and_an_empty_one_says_so) {
    greenlet<int()> g([](auto& self) {
        self.switch_back(1);
        return 2;
    });
    g.switch_to();
    greenlet<int()> moved = std::move(g);
    BOOST_TEST(moved.switch_to() == 2);
    BOOST_CHECK_EXCEPTION(g.switch_to(), error, [](const error& e) { return e.code() == errc::no_state; });
}

BOOST_AUTO_TEST_CASE(exceptions_being_handled_and_errno_are_a_greenlet_s_own) {
    on_a_thread_and_in_a_coroutine([] {
        greenlet<void()> g([](auto& self) {
            errno = 3;
            try {
                throw std::runtime_error("inside");
            } catch (const std::runtime_error& e) {
                self.switch_back();
                BOOST_TEST(e.what() == std::string("inside"));
                BOOST_TEST(errno == 3);
                try {
                    throw;
                } catch (const std::runtime_error& same) {
                    BOOST_TEST(same.what() == std::string("inside"));
                }
            }
        });
        errno = 5;
        try {
            throw std::logic_error("outside");
        } catch (const std::logic_error&) {
            g.switch_to();
            BOOST_TEST(errno == 5);
        }
        BOOST_TEST(!std::current_exception());
        try {
            throw 1;
        } catch (int) {
            g.switch_to();
            BOOST_CHECK_THROW(throw, int);
        }
        BOOST_TEST(g.is_dead());
    });
}

BOOST_AUTO_TEST_CASE(a_wait_in_a_greenlet_blocks_its_coroutine_and_nobody_else) {
    run([] {
        event go;
        std::string log;
        greenlet<int()> waits([&](auto&) {
            go.wait();
            log += "woken ";
            return 7;
        });
        auto runs_it = spawn([&] { return waits.switch_to(); });
        auto another = spawn([&] {
            log += "another ";
            BOOST_CHECK_EXCEPTION(waits.switch_to(), error, is_not_suspended);
            go.set();
        });
        BOOST_TEST(runs_it.join() == 7);
        another.join();
        BOOST_TEST(log == "another woken ");
    });
}

BOOST_AUTO_TEST_CASE(a_wait_in_a_greenlet_blocks_its_thread) {
    event go;
    greenlet<int()> waits([&](auto&) {
        go.wait();
        return 7;
    });
    std::thread sets([&] { go.set(); });
    BOOST_TEST(waits.switch_to() == 7);
    sets.join();
}

BOOST_AUTO_TEST_CASE(coroutines_of_one_thread_may_take_turns_with_a_greenlet) {
    run([] {
        greenlet<std::uint64_t()> tells([](auto& self) -> std::uint64_t {
            for (;;) {
                yield();
                self.switch_back(detail::current_coroutine()->id());
            }
        });
        std::vector<task<bool>> tasks;
        mutex one_at_a_time;
        for (int i = 0; i < 3; ++i)
            tasks.push_back(spawn([&] {
                std::lock_guard guard(one_at_a_time);
                return tells.switch_to() == detail::current_coroutine()->id();
            }));
        for (auto& t : tasks)
            BOOST_TEST(t.join());
    });
}

BOOST_AUTO_TEST_CASE(a_timeout_of_the_parent_interrupts_a_wait_in_the_greenlet) {
    run([] {
        event never;
        bool unwound = false;
        greenlet<void()> waits([&](auto&) {
            try {
                never.wait();
            } catch (const cancelled&) {
                unwound = true;
                throw;
            }
        });
        BOOST_CHECK_THROW(timeout(1ms, [&] { waits.switch_to(); }), timeout_error);
        BOOST_TEST(unwound);
        BOOST_TEST(waits.is_dead());
    });
}

BOOST_AUTO_TEST_CASE(a_timeout_that_a_greenlet_entered_must_be_left_before_it_switches_away) {
    run([] {
        greenlet<int()> g([](auto& self) {
            BOOST_CHECK_EXCEPTION(timeout(1h, [&] { self.switch_back(1); }), error, [](const error& e) {
                return e.code() == errc::invalid_argument;
            });
            shield unwinding_is_no_excuse;
            BOOST_CHECK_THROW(self.switch_back(1), error);
            return 2;
        });
        BOOST_TEST(g.switch_to() == 2);
        timeout(1h, [] { // of the parent: it is there before and after
            greenlet<int()> inside([](auto& self) {
                self.switch_back(3);
                return 4;
            });
            BOOST_TEST(inside.switch_to() == 3);
            BOOST_TEST(inside.switch_to() == 4);
        });
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_coroutine_is_cancelled_in_the_greenlet_that_it_is_in) {
    run([] {
        int ended = 0;
        event never;
        auto t = spawn([&] {
            greenlet<void()> waits([&](auto&) {
                counts_its_end guard{ended};
                never.wait();
            });
            waits.switch_to();
        });
        yield();
        t.cancel();
        BOOST_CHECK_EXCEPTION(t.join(), error, [](const error& e) { return e.code() == errc::task_cancelled; });
        BOOST_TEST(ended == 1);
    });
}

BOOST_AUTO_TEST_CASE(stacks_are_used_again) {
    for (int i = 0; i < 20'000; ++i) { // more than TSan has fibers
        greenlet<int(int)> g([](auto& self, int n) { return self.switch_back(n), n + 1; });
        BOOST_REQUIRE(g.switch_to(i) == i);
        if (i % 2) BOOST_REQUIRE(g.switch_to(0) == i + 1); // the others are unwound
    }
}

BOOST_AUTO_TEST_SUITE_END()
