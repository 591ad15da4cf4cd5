// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Children of supervisors say in a log, a pipe, that they run, by their capital letter, and that they were told to end, by
// the small one.
#include "restart_intensity.hpp"
#include "support/pipe.hpp"
#include "support/signal_relative.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/ipc/supervisor.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/observe.hpp>
#include <plait/runtime/queue.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <signal.h>

namespace ipc = plait::ipc;
using ipc::restart_strategy;
using ipc::restart_type;
using plait::errc;
using plait::detail::unique_fd;
using plait::test::read_byte;
using plait::test::write_byte;
using namespace std::chrono_literals;

namespace {

volatile int log_of_this_child = -1;
volatile char name_of_this_child = 0;

void say_goodbye(int) {
    const char small = static_cast<char>(name_of_this_child + ('a' - 'A'));
    static_cast<void>(::write(log_of_this_child, &small, 1) == 1);
    ::_exit(0);
}

void run_until_told(unique_fd log, char name) {
    log_of_this_child = log.get();
    name_of_this_child = name;
    ::signal(SIGTERM, &say_goodbye);
    write_byte(log, name);
    for (;;)
        ::pause();
}

void run_until_killed(unique_fd log, char name) {
    ::signal(SIGTERM, SIG_IGN);
    write_byte(log, name);
    for (;;)
        ::pause();
}

void end_with_the_next(unique_fd codes) { std::exit(read_byte(codes).value()); }

/// The log that all children of a test write.
class story {
public:
    /// A child that runs `f`.
    template <auto F = &run_until_told>
    [[nodiscard]] ipc::child_spec child(char name, restart_type restart = restart_type::permanent) const {
        const int fd = pipe_.writer.get();
        return {
            .name = std::string{name},
            .make =
                [=] {
                    return ipc::process{{.daemon = true}, plait::fn<F>, unique_fd(::dup(fd)), name};
                },
            .restart = restart,
            .shutdown = 1h};
    }
    /// The next so many letters.
    [[nodiscard]] std::string next(std::size_t count) const {
        std::string text;
        while (text.size() < count)
            text += read_byte(pipe_.reader).value();
        return text;
    }
    /// What is left when all children have ended.
    [[nodiscard]] std::string rest() {
        pipe_.writer.reset();
        std::string text;
        while (auto c = read_byte(pipe_.reader))
            text += *c;
        return text;
    }

private:
    plait::test::pipe pipe_;
};

ipc::supervised_child child_of(const ipc::supervisor& s, const std::string& name) {
    for (auto& c : s.children())
        if (c.name == name) return c;
    return {};
}
pid_t pid_of(const ipc::supervisor& s, const std::string& name) { return child_of(s, name).pid.value_or(0); }
/// One that runs, or is about to: it may be heard of before the supervisor knows its number.
void kill_child(const ipc::supervisor& s, const std::string& name) {
    while (!plait::test::signal_relative(pid_of(s, name), SIGKILL))
        std::this_thread::yield();
}

ipc::supervisor_options lenient(restart_strategy strategy) {
    return {.name = "kitchen", .strategy = strategy, .intensity = 1000, .period = 1h};
}

auto with_code(errc code) {
    return [=](const plait::error& e) { return e.code() == code; };
}

} // namespace

BOOST_AUTO_TEST_SUITE(ipc_supervisor)

BOOST_AUTO_TEST_CASE(children_start_in_order_and_end_in_reverse_order) {
    story log;
    ipc::supervisor s;
    for (char name : {'A', 'B', 'C'})
        s.add(log.child(name));
    BOOST_TEST(s.children().size() == 3u);
    BOOST_TEST(pid_of(s, "A") == 0);
    s.start();
    auto began = log.next(3); // they run at the same time from here on
    std::ranges::sort(began);
    BOOST_TEST(began == "ABC");
    BOOST_TEST(!s.try_join());
    s.stop();
    BOOST_TEST(s.try_join());
    s.stop();
    s.join();
    BOOST_TEST(log.rest() == "cba");
    BOOST_TEST(ipc::active_children().empty());
}

BOOST_AUTO_TEST_CASE(one_for_one_starts_the_one_that_died_again) {
    story log;
    ipc::supervisor s(lenient(restart_strategy::one_for_one));
    for (char name : {'A', 'B', 'C'})
        s.add(log.child(name));
    s.start();
    static_cast<void>(log.next(3));
    const pid_t a = pid_of(s, "A"), b = pid_of(s, "B"), c = pid_of(s, "C");
    kill_child(s, "B");
    BOOST_TEST(log.next(1) == "B");
    BOOST_TEST(pid_of(s, "A") == a);
    BOOST_TEST(pid_of(s, "B") != b);
    BOOST_TEST(pid_of(s, "C") == c);
    BOOST_TEST(child_of(s, "B").restarts == 1u);
    BOOST_TEST(child_of(s, "B").exit_code.value() == -SIGKILL);
    s.stop();
    BOOST_TEST(log.rest() == "cba");
}

BOOST_AUTO_TEST_CASE(one_for_all_ends_the_others_and_starts_all_again) {
    story log;
    ipc::supervisor s(lenient(restart_strategy::one_for_all));
    for (char name : {'A', 'B', 'C'})
        s.add(log.child(name));
    s.start();
    static_cast<void>(log.next(3));
    const pid_t a = pid_of(s, "A");
    kill_child(s, "B");
    BOOST_TEST(log.next(2) == "ca");
    auto again = log.next(3);
    std::ranges::sort(again);
    BOOST_TEST(again == "ABC");
    BOOST_TEST(pid_of(s, "A") != a);
    s.stop();
    BOOST_TEST(log.rest() == "cba");
}

BOOST_AUTO_TEST_CASE(rest_for_one_ends_and_starts_those_that_were_added_later) {
    story log;
    ipc::supervisor s(lenient(restart_strategy::rest_for_one));
    for (char name : {'A', 'B', 'C', 'D'})
        s.add(log.child(name));
    s.start();
    static_cast<void>(log.next(4));
    const pid_t a = pid_of(s, "A");
    kill_child(s, "B");
    BOOST_TEST(log.next(2) == "dc");
    auto again = log.next(3);
    std::ranges::sort(again);
    BOOST_TEST(again == "BCD");
    BOOST_TEST(pid_of(s, "A") == a);
    s.stop();
    BOOST_TEST(log.rest() == "dcba");
}

BOOST_AUTO_TEST_CASE(a_temporary_sibling_that_was_ended_is_forgotten) {
    story log;
    ipc::supervisor s(lenient(restart_strategy::one_for_all));
    s.add(log.child('A'));
    s.add(log.child('B', restart_type::temporary));
    s.start();
    static_cast<void>(log.next(2));
    kill_child(s, "A");
    BOOST_TEST(log.next(2) == "bA");
    s.stop();
    BOOST_TEST(s.children().size() == 1u);
    BOOST_TEST(log.rest() == "a");
}

BOOST_AUTO_TEST_CASE(a_transient_child_is_started_again_after_an_abnormal_end_alone) {
    plait::test::pipe codes;
    plait::queue<plait::shared_future<int>> made(3);
    ipc::supervisor s(lenient(restart_strategy::one_for_one));
    s.add(
        {.name = "t",
         .make =
             [&] {
                 ipc::process p{plait::fn<&end_with_the_next>, unique_fd(::dup(codes.reader.get()))};
                 made.put(p.sentinel());
                 return p;
             },
         .restart = restart_type::transient});
    s.start();
    for (int code : {3, 4, 0}) // one each
        write_byte(codes.writer, static_cast<char>(code));
    static_cast<void>(made.get());
    static_cast<void>(made.get());
    made.get().wait();    // by now the supervisor has been told
    s.restart_child("t"); // it did not run
    BOOST_TEST(child_of(s, "t").restarts == 2u);
    BOOST_TEST(child_of(s, "t").exit_code.value() == 0);
    write_byte(codes.writer, 0);
    s.stop();
}

BOOST_AUTO_TEST_CASE(a_temporary_child_is_forgotten_when_it_ends) {
    plait::test::pipe codes;
    plait::queue<plait::shared_future<int>> made(1);
    ipc::supervisor s(lenient(restart_strategy::one_for_one));
    s.add(
        {.name = "t",
         .make =
             [&] {
                 ipc::process p{plait::fn<&end_with_the_next>, unique_fd(::dup(codes.reader.get()))};
                 made.put(p.sentinel());
                 return p;
             },
         .restart = restart_type::temporary});
    s.start();
    write_byte(codes.writer, 3);
    made.get().wait();
    BOOST_CHECK_EXCEPTION(s.terminate_child("t"), plait::error, with_code(errc::invalid_argument));
    BOOST_TEST(s.children().empty());
    s.stop();
}

BOOST_AUTO_TEST_CASE(too_many_restarts_end_all_children_and_the_supervisor) {
    story log;
    ipc::supervisor s({.name = "kitchen", .intensity = 3, .period = 1h});
    s.add(log.child('A'));
    s.add(log.child('B'));
    s.start();
    static_cast<void>(log.next(2));
    for (int deaths = 1; deaths <= 3; ++deaths) {
        kill_child(s, "B");
        BOOST_TEST(log.next(1) == "B");
    }
    kill_child(s, "B");
    BOOST_CHECK_EXCEPTION(s.join(), plait::error, [](const plait::error& e) {
        BOOST_TEST((e.code() == errc::restart_limit_reached));
        const std::string text = e.what();
        BOOST_TEST(text.find("'kitchen' gave up: child 'B' was killed by SIGKILL, and more than 3") != text.npos, text);
        return true;
    });
    BOOST_TEST(log.rest() == "a");
    BOOST_CHECK_EXCEPTION(s.start(), plait::error, with_code(errc::no_state));
    s.stop(); // has nothing left to do
}

BOOST_AUTO_TEST_CASE(a_child_that_does_not_end_in_its_time_is_killed) {
    story log;
    ipc::supervisor s;
    auto deaf = log.child<&run_until_killed>('A');
    deaf.shutdown = 1ms;
    s.add(deaf);
    auto at_once = log.child('B');
    at_once.shutdown = 0s;
    s.add(at_once);
    s.start();
    static_cast<void>(log.next(2));
    s.stop();
    BOOST_TEST(child_of(s, "A").exit_code.value() == -SIGKILL);
    BOOST_TEST(child_of(s, "B").exit_code.value() == -SIGKILL);
    BOOST_TEST(log.rest() == "");
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_ends_those_that_were_started) {
    story log;
    ipc::supervisor s;
    bool broken = true;
    s.add(log.child('A'));
    s.add(log.child('B'));
    s.add({.name = "C", .make = [&, make = log.child('C').make] {
               if (broken) throw std::runtime_error("no flour");
               return make();
           }});
    BOOST_CHECK_EXCEPTION(
        s.start(), std::runtime_error, [](const std::exception& e) { return std::string(e.what()) == "no flour"; });
    BOOST_TEST(pid_of(s, "A") == 0);
    broken = false;
    s.start(); // again
    BOOST_CHECK_EXCEPTION(s.start(), plait::error, with_code(errc::invalid_argument));
    s.stop();
    BOOST_TEST(ipc::active_children().empty());
}

BOOST_AUTO_TEST_CASE(a_restart_that_fails_is_tried_again_until_it_is_too_often) {
    story log;
    ipc::supervisor s({.name = "kitchen", .intensity = 5, .period = 1h});
    int starts = 0;
    s.add({.name = "A", .make = [&, make = log.child('A').make] {
               if (++starts > 1) throw std::runtime_error("no flour");
               return make();
           }});
    s.start();
    static_cast<void>(log.next(1));
    kill_child(s, "A");
    BOOST_CHECK_EXCEPTION(s.join(), plait::error, [](const plait::error& e) {
        BOOST_TEST((e.code() == errc::restart_limit_reached));
        return std::string(e.what()).find("could not be started: no flour") != std::string::npos;
    });
    BOOST_TEST(starts == 6);
}

BOOST_AUTO_TEST_CASE(children_come_and_go_while_it_runs) {
    story log;
    ipc::supervisor s(lenient(restart_strategy::one_for_one));
    s.start();
    s.add(log.child('A'));
    BOOST_TEST(log.next(1) == "A");
    BOOST_CHECK_EXCEPTION(s.add(log.child('A')), plait::error, with_code(errc::invalid_argument));
    BOOST_CHECK_EXCEPTION(s.remove_child("A"), plait::error, with_code(errc::process_running));
    BOOST_CHECK_EXCEPTION(s.restart_child("A"), plait::error, with_code(errc::process_running));
    s.terminate_child("A");
    BOOST_TEST(log.next(1) == "a");
    BOOST_TEST(pid_of(s, "A") == 0);
    s.restart_child("A");
    BOOST_TEST(log.next(1) == "A");
    s.terminate_child("A");
    s.remove_child("A");
    BOOST_TEST(s.children().empty());
    BOOST_CHECK_EXCEPTION(s.terminate_child("A"), plait::error, with_code(errc::invalid_argument));
    s.stop();
    BOOST_CHECK_EXCEPTION(s.add(log.child('A')), plait::error, with_code(errc::no_state));
}

BOOST_AUTO_TEST_CASE(a_make_cannot_wait_for_its_supervisor) {
    ipc::supervisor s({.name = "kitchen"});
    auto deadlock = with_code(errc::resource_deadlock_would_occur);
    s.add({.name = "A", .make = [&] {
               BOOST_CHECK_EXCEPTION(
                   s.add({.name = "B", .make = [] { return ipc::process([] {}); }}), plait::error, deadlock);
               BOOST_CHECK_EXCEPTION(s.terminate_child("A"), plait::error, deadlock);
               BOOST_CHECK_EXCEPTION(s.stop(), plait::error, deadlock);
               BOOST_CHECK_EXCEPTION(s.join(), plait::error, deadlock);
               s.request_stop();
               return ipc::process({.daemon = true}, [] { ::pause(); });
           }});
    s.start();
    s.join();
    BOOST_TEST(child_of(s, "B").name.empty());
}

BOOST_AUTO_TEST_CASE(destroyed_by_what_makes_its_children_it_ends_a_moment_later) {
    plait::test::pipe codes;
    int starts = 0;
    auto s = std::make_unique<ipc::supervisor>();
    auto ended = s->ended();
    s->add({.name = "A", .make = [&, fd = codes.reader.get()] {
                if (++starts == 2) s.reset();
                return ipc::process({.daemon = true}, plait::fn<&end_with_the_next>, unique_fd(::dup(fd)));
            }});
    s->start();
    write_byte(codes.writer, 3);
    ended.wait();
    BOOST_TEST(starts == 2);
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_refused) {
    auto invalid = with_code(errc::invalid_argument);
    BOOST_CHECK_EXCEPTION(ipc::supervisor({.period = 0s}), plait::error, invalid);
    ipc::supervisor s;
    BOOST_CHECK_EXCEPTION(s.add({.make = [] { return ipc::process([] {}); }}), plait::error, invalid);
    BOOST_CHECK_EXCEPTION(s.add({.name = "A"}), plait::error, invalid);
    BOOST_CHECK_EXCEPTION(
        s.add({.name = "A", .make = [] { return ipc::process([] {}); }, .shutdown = -1s}), plait::error, invalid);
}

BOOST_AUTO_TEST_CASE(its_end_is_waited_for_by_handlers_and_coroutines) {
    story log;
    ipc::supervisor s(lenient(restart_strategy::one_for_one));
    s.add(log.child('A'));
    BOOST_TEST(!s.join_for(0s));
    auto by_handler = s.async_join(boost::asio::use_future);
    const int code = plait::run([&] {
        s.start();
        auto waits = plait::spawn([&] { s.join(); });
        auto other = plait::spawn([&] {
            static_cast<void>(log.next(1));
            s.stop();
        });
        other.join();
        waits.join();
        return 5;
    });
    BOOST_TEST(code == 5);
    by_handler.get();
}

BOOST_AUTO_TEST_CASE(destroyed_in_a_handler_it_ends_its_children_a_moment_later) {
    story log;
    auto s = std::make_unique<ipc::supervisor>();
    auto ended = s->ended();
    s->add(log.child('A'));
    s->start();
    static_cast<void>(log.next(1));
    boost::asio::io_context context;
    plait::loop home(context);
    boost::asio::post(context, [&] {
        s.reset();
        home.stop();
    });
    context.run();
    ended.wait();
    BOOST_TEST(log.rest() == "a");
}

BOOST_AUTO_TEST_CASE(dump_all_shows_it_and_its_children) {
    story log;
    ipc::supervisor s(lenient(restart_strategy::one_for_one));
    s.add(log.child('A'));
    s.start();
    static_cast<void>(log.next(1));
    const auto text = plait::dump_all();
    BOOST_TEST(text.find("supervisor 'kitchen': 1 children") != std::string::npos, text);
    BOOST_TEST(
        text.find(std::string("'A', runs as process ").append(std::to_string(pid_of(s, "A")))) != std::string::npos,
        text);
    s.stop();
}

BOOST_AUTO_TEST_CASE(children_end_when_the_process_of_the_supervisor_is_killed) {
    plait::test::pipe log;
    ipc::process parent{
        [](unique_fd writer) {
            ipc::supervisor s;
            const int fd = writer.get();
            for (char name : {'A', 'B'})
                s.add(
                    {.name = std::string{name}, .make = [=] {
                         return ipc::process{{.daemon = true}, plait::fn<&run_until_told>, unique_fd(::dup(fd)), name};
                     }});
            s.start();
            for (;;)
                ::pause();
        },
        std::move(log.writer)};
    parent.start();
    BOOST_TEST(read_byte(log.reader).has_value());
    BOOST_TEST(read_byte(log.reader).has_value());
    parent.kill();
    while (read_byte(log.reader)) { // until the last writer has gone
    }
    parent.join();
    BOOST_TEST(parent.exit_code().value() == -SIGKILL);
}

BOOST_AUTO_TEST_CASE(a_program_that_exits_while_it_supervises_ends) {
    ipc::process parent{[] {
        auto* s = new ipc::supervisor({.intensity = 1000, .period = 1h}); // never destroyed
        s->add({.name = "A", .make = [] {
                    return ipc::process{{.daemon = true}, [] {
                                            for (;;)
                                                ::pause();
                                        }};
                }});
        s->start();
        std::exit(6);
    }};
    parent.start();
    parent.join();
    BOOST_TEST(parent.exit_code().value() == 6);
}

void kill_at_random(ipc::start_method method) {
    constexpr int children = 4, kills = 200;
    plait::test::pipe log;
    ipc::supervisor s(lenient(restart_strategy::one_for_one));
    for (int i = 0; i < children; ++i)
        s.add(
            {.name = std::to_string(i),
             .make =
                 [fd = log.writer.get(), method] {
                     return ipc::process{
                         {.daemon = true, .method = method}, plait::fn<&run_until_killed>, unique_fd(::dup(fd)), 'x'};
                 },
             .shutdown = 0s});
    s.start();
    for (int i = 0; i < children; ++i)
        BOOST_TEST(read_byte(log.reader).value() == 'x');
    for (int i = 0; i < kills; ++i) {
        kill_child(s, std::to_string(i % children));
        BOOST_TEST(read_byte(log.reader).value() == 'x'); // its successor
    }
    std::uint64_t restarts = 0;
    for (const auto& c : s.children())
        restarts += c.restarts;
    BOOST_TEST(restarts == static_cast<std::uint64_t>(kills));
    s.stop();
    BOOST_TEST(ipc::active_children().empty());
    log.writer.reset();
    BOOST_TEST(!read_byte(log.reader).has_value());
}

BOOST_AUTO_TEST_CASE(whoever_is_killed_is_replaced_and_nothing_is_left) { kill_at_random(ipc::start_method::spawn); }
BOOST_AUTO_TEST_CASE(whoever_is_killed_is_replaced_by_the_fork_server) {
    kill_at_random(ipc::start_method::forkserver);
}

BOOST_AUTO_TEST_CASE(restarts_count_for_the_length_of_the_period) {
    ipc::detail::restart_intensity two_in_ten_seconds(2, 10s);
    const plait::time_point begin{};
    BOOST_TEST(two_in_ten_seconds.allows(begin));
    BOOST_TEST(two_in_ten_seconds.allows(begin + 5s));
    BOOST_TEST(two_in_ten_seconds.allows(begin + 10s)); // the first one lies a period back
    BOOST_TEST(!two_in_ten_seconds.allows(begin + 14s));
    BOOST_TEST(two_in_ten_seconds.allows(begin + 40s));
    ipc::detail::restart_intensity none(0, 10s);
    BOOST_TEST(!none.allows(begin));
}

BOOST_AUTO_TEST_SUITE_END()
