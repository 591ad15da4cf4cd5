// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/run.hpp>
#include <plait/coro/simulate.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/signal.hpp>
#include <plait/runtime/subprocess.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <exception>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>
#include <unistd.h>

using namespace plait;
using namespace std::chrono_literals;

namespace {

// The order in which ten coroutines that sleep equally long, and yield, have their turns.
std::string order_of_turns() {
    std::string order;
    std::vector<task<void>> tasks;
    for (char name = 'a'; name < 'a' + 10; ++name)
        tasks.push_back(spawn([&order, name] {
            sleep_for(1s);
            order += name;
            yield();
            order += name;
        }));
    for (auto& t : tasks)
        t.join();
    return order;
}

// What `f` fails with when it is simulated.
simulation_failed failure_of(const std::function<void()>& f, const simulate_options& options = {}) {
    try {
        simulate(f, options);
    } catch (const simulation_failed& e) {
        return e;
    }
    throw std::logic_error("the simulation did not fail");
}

boost::system::error_code nested_code_of(const std::function<void()>& f) {
    try {
        simulate(f, {.seeds = 1});
    } catch (const simulation_failed& e) {
        try {
            std::rethrow_if_nested(e);
        } catch (const error& nested) {
            return nested.code();
        }
    }
    return {};
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// PLAIT_SEED, for the time of a test.
class seed_in_the_environment {
public:
    explicit seed_in_the_environment(const char* value) { ::setenv("PLAIT_SEED", value, 1); }
    ~seed_in_the_environment() { ::unsetenv("PLAIT_SEED"); }
    seed_in_the_environment(const seed_in_the_environment&) = delete;
    seed_in_the_environment& operator=(const seed_in_the_environment&) = delete;
};

} // namespace

BOOST_AUTO_TEST_SUITE(simulate_suite)

BOOST_AUTO_TEST_CASE(each_seed_is_run_once_and_gives_an_order_of_its_own) {
    std::set<std::string> orders;
    simulate([&] { orders.insert(order_of_turns()); }, {.seeds = 20});
    BOOST_TEST(orders.size() == 20u);
}

BOOST_AUTO_TEST_CASE(a_seed_repeats_its_order) {
    std::set<std::string> orders;
    for (int i = 0; i < 3; ++i)
        simulate([&] { orders.insert(order_of_turns()); }, {.first_seed = 7, .seeds = 1});
    BOOST_TEST(orders.size() == 1u);
}

BOOST_AUTO_TEST_CASE(simulated_time_begins_at_zero_and_jumps) {
    time_point began, ended;
    simulate(
        [&] {
            began = loop::current()->now();
            sleep_for(24h);
            ended = loop::current()->now();
        },
        {.seeds = 1});
    BOOST_TEST((began == time_point()));
    BOOST_TEST((ended == time_point(24h)));
}

BOOST_AUTO_TEST_CASE(a_failure_names_its_seed_which_repeats_it) {
    auto fails_sometimes = [] {
        if (order_of_turns().front() == 'j') throw std::runtime_error("j came first");
    };
    simulation_failed first = failure_of(fails_sometimes, {.seeds = 10'000});
    BOOST_TEST(has(first.what(), "PLAIT_SEED=" + std::to_string(first.seed())));
    BOOST_TEST(has(first.what(), "j came first"));
    BOOST_TEST(failure_of(fails_sometimes, {.first_seed = first.seed(), .seeds = 1}).seed() == first.seed());
}

BOOST_AUTO_TEST_CASE(what_was_thrown_is_nested_in_the_failure) {
    BOOST_CHECK_EXCEPTION(
        simulate([] { throw std::out_of_range("far"); }), simulation_failed, [](const simulation_failed& e) {
            try {
                std::rethrow_if_nested(e);
            } catch (const std::out_of_range&) {
                return true;
            }
            return false;
        });
    BOOST_TEST(has(failure_of([] { throw 3; }).what(), "not a std::exception"));
}

BOOST_AUTO_TEST_CASE(a_deadlock_is_found_and_says_who_waits_for_what) {
    auto deadlock = [] {
        event a, b;
        auto first = spawn(
            [&] {
                a.wait();
                b.set();
            },
            {.name = "first"});
        sleep_for(1s);
        b.wait();
        a.set();
    };
    BOOST_TEST((nested_code_of(deadlock) == errc::deadlock));
    std::string text = failure_of(deadlock).what();
    BOOST_TEST(has(text, "'first', spawned at " __FILE__));
    BOOST_TEST(has(text, "'main'"));
    BOOST_TEST(has(text, "waits for event.wait"));
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_does_not_end_when_it_is_cancelled_is_a_deadlock) {
    static event never; // outlives the coroutine, which is abandoned
    auto stays = [] {
        spawn([] {
            shield from_cancellation;
            never.wait();
        }).detach();
        yield();
    };
    BOOST_TEST((nested_code_of(stays) == errc::deadlock));
}

BOOST_AUTO_TEST_CASE(a_wait_for_the_end_of_a_child_program_is_no_deadlock) {
    int code = -1;
    simulate(
        [&] {
            subprocess::popen child({"cat"}, {.in = subprocess::pipe});
            auto waits = spawn([&] { code = child.wait(); });
            yield();
            child.in().close();
            waits.join();
        },
        {.seeds = 1});
    BOOST_TEST(code == 0);
}

BOOST_AUTO_TEST_CASE(a_child_program_that_is_still_running_at_the_end_of_a_simulation_is_ended) {
    simulate([] { subprocess::popen child({"cat"}, {.in = subprocess::pipe}); }, {.seeds = 1});
}

BOOST_AUTO_TEST_CASE(a_wait_for_a_signal_is_no_deadlock) {
    int signal = 0;
    simulate(
        [&] {
            signal_set set{SIGUSR1};
            ::kill(::getpid(), SIGUSR1);
            signal = set.wait();
        },
        {.seeds = 1});
    BOOST_TEST(signal == SIGUSR1);
}

BOOST_AUTO_TEST_CASE(with_other_threads_a_coroutine_may_wait_for_one) {
    int woken = 0;
    simulate(
        [&] {
            event e;
            std::jthread other([&] { e.set(); });
            e.wait();
            ++woken;
        },
        {.seeds = 20, .other_threads = true});
    BOOST_TEST(woken == 20);
}

BOOST_AUTO_TEST_CASE(the_environment_chooses_the_only_seed) {
    seed_in_the_environment seed("12345678901234567890");
    int runs = 0;
    auto fails = [&] {
        ++runs;
        throw std::runtime_error("always");
    };
    BOOST_TEST(failure_of(fails).seed() == 12345678901234567890u);
    BOOST_TEST(runs == 1);
    simulate([&] { ++runs; }, {.seeds = 50});
    BOOST_TEST(runs == 2);
}

BOOST_AUTO_TEST_CASE(a_seed_in_the_environment_that_is_no_number_is_refused) {
    for (const char* text : {"", "x", "12x", "-1", "99999999999999999999"}) {
        seed_in_the_environment seed(text);
        BOOST_CHECK_EXCEPTION(
            simulate([] {}), error, [](const error& e) { return e.code() == errc::invalid_argument; });
    }
}

BOOST_AUTO_TEST_CASE(no_seeds_and_a_simulation_inside_a_run_are_refused) {
    auto refused = [](const error& e) { return e.code() == errc::invalid_argument; };
    BOOST_CHECK_EXCEPTION(simulate([] {}, {.seeds = 0}), error, refused);
    run([&] { BOOST_CHECK_EXCEPTION(simulate([] {}), error, refused); });
}

BOOST_AUTO_TEST_SUITE_END()
