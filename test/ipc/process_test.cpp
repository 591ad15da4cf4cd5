// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/pipe.hpp"
#include "support/with_code.hpp"

#include <plait/ipc/process.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <future>
#include <string>

#include <signal.h>
#include <sys/wait.h>

namespace ipc = plait::ipc;
using plait::errc;
using plait::detail::unique_fd;
using test::with_code;
using namespace std::chrono_literals;

namespace {

// A child that stays until the test closes (or drops) the other end of its pipe.
int stay(unique_fd until_closed, int result) {
    plait::test::read_byte(until_closed);
    return result;
}

std::string first_line_of(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ipc_process)

BOOST_AUTO_TEST_CASE(what_the_function_returns_is_the_exit_code) {
    ipc::process p{[](int n) { return n; }, 7};
    BOOST_TEST(!p.is_alive());
    BOOST_TEST(!p.exit_code().has_value());
    BOOST_TEST(!p.pid().has_value());
    p.start();
    p.join();
    BOOST_TEST(!p.is_alive());
    BOOST_TEST(p.exit_code().value() == 7);
}

BOOST_AUTO_TEST_CASE(a_function_that_returns_nothing_exits_with_0) {
    ipc::process p{[] {}};
    p.start();
    p.join();
    BOOST_TEST(p.exit_code().value() == 0);
}

BOOST_AUTO_TEST_CASE(start_does_not_wait_for_the_end_and_join_does) {
    plait::test::pipe door;
    ipc::process p{plait::fn<&stay>, std::move(door.reader), 4};
    p.start();
    BOOST_TEST(p.is_alive());
    BOOST_TEST(!p.exit_code().has_value());
    BOOST_TEST(!p.try_join());
    BOOST_TEST(!p.join_for(0s));
    BOOST_TEST(!p.join_for(1ms));
    BOOST_TEST(!p.join_until(std::chrono::steady_clock::now()));
    door.writer.reset();
    p.join();
    p.join(); // again: it has ended
    BOOST_TEST(p.try_join());
    BOOST_TEST(p.join_for(0s));
    BOOST_TEST(p.exit_code().value() == 4);
}

BOOST_AUTO_TEST_CASE(several_threads_join_the_same_process) {
    plait::test::pipe door;
    ipc::process p{plait::fn<&stay>, std::move(door.reader), 6};
    p.start();
    auto join = [p]() mutable {
        p.join();
        return p.exit_code().value();
    };
    auto one = std::async(std::launch::async, join), other = std::async(std::launch::async, join);
    door.writer.reset();
    BOOST_TEST(one.get() == 6);
    BOOST_TEST(other.get() == 6);
}

BOOST_AUTO_TEST_CASE(a_process_is_started_once) {
    ipc::process p{[] {}};
    p.start();
    BOOST_CHECK_EXCEPTION(p.start(), plait::error, with_code(errc::invalid_argument));
    p.join();
    BOOST_CHECK_EXCEPTION(p.start(), plait::error, with_code(errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(what_was_not_started_can_neither_be_joined_nor_ended) {
    ipc::process p{[] {}};
    auto not_started = with_code(errc::process_not_started);
    BOOST_CHECK_EXCEPTION(p.join(), plait::error, not_started);
    BOOST_CHECK_EXCEPTION(static_cast<void>(p.try_join()), plait::error, not_started);
    BOOST_CHECK_EXCEPTION(p.terminate(), plait::error, not_started);
    BOOST_CHECK_EXCEPTION(p.kill(), plait::error, not_started);
}

BOOST_AUTO_TEST_CASE(bad_arguments_are_refused) {
    auto invalid = with_code(errc::invalid_argument);
    ipc::process p{[] {}};
    p.start();
    BOOST_CHECK_EXCEPTION(static_cast<void>(p.join_for(-1ns)), plait::error, invalid);
    p.join();
    using namespace std::string_literals;
    BOOST_CHECK_EXCEPTION(ipc::process(ipc::process_options{.name = "a\0b"s}, [] {}), plait::error, invalid);
}

BOOST_AUTO_TEST_CASE(the_current_process_describes_itself) {
    auto self = ipc::current_process();
    BOOST_TEST(self.pid().value() == ::getpid());
    BOOST_TEST(self.name() == "main");
    BOOST_TEST(self.is_alive());
    BOOST_TEST(!self.is_daemon());
    BOOST_TEST(!self.exit_code().has_value());
    BOOST_TEST(!ipc::parent_process().has_value());
    BOOST_CHECK_EXCEPTION(self.join(), plait::error, with_code(errc::invalid_argument));
    BOOST_CHECK_EXCEPTION(self.terminate(), plait::error, with_code(errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_child_knows_itself_and_its_parent) {
    ipc::process p{
        ipc::process_options{.name = "chef"},
        [](pid_t parent_pid) {
            auto self = ipc::current_process();
            auto parent = ipc::parent_process();
            if (self.name() != "chef" || self.pid() != ::getpid() || self.is_daemon()) return 1;
            if (!parent || parent->pid() != parent_pid || parent->name() != "main") return 2;
            if (parent_pid != ::getppid() || !parent->is_alive() || parent->exit_code()) return 3;
            return 0;
        },
        ::getpid()};
    p.start();
    p.join();
    BOOST_TEST(p.exit_code().value() == 0);
}

BOOST_AUTO_TEST_CASE(a_name_is_given_or_counted_and_shows_in_process_lists) {
    ipc::process first{[] {}}, second{[] {}};
    BOOST_TEST(first.name().starts_with("process-"));
    BOOST_TEST(first.name() != second.name());

    ipc::process named{ipc::process_options{.name = "a name of some length"}, [] {
                           return first_line_of("/proc/self/comm") == "a name of some " ? 0 : 1;
                       }};
    BOOST_TEST(named.name() == "a name of some length");
    named.start();
    named.join();
    BOOST_TEST(named.exit_code().value() == 0);
}

BOOST_AUTO_TEST_CASE(a_process_whose_handles_are_gone_still_runs_and_is_reaped) {
    plait::test::pipe door, done;
    pid_t pid = 0;
    {
        ipc::process p{
            [](unique_fd until_closed, unique_fd) { plait::test::read_byte(until_closed); }, std::move(door.reader),
            std::move(done.writer)};
        p.start();
        pid = p.pid().value();
    }
    BOOST_TEST(ipc::active_children().size() == 1u);
    BOOST_TEST(::kill(pid, 0) == 0);
    auto handle = ipc::active_children().at(0);
    door.writer.reset();
    BOOST_TEST(!plait::test::read_byte(done.reader).has_value());
    handle.join();
    BOOST_TEST(::kill(pid, 0) == -1); // not even a zombie
}

BOOST_AUTO_TEST_CASE(on_exit_learns_of_the_end_before_those_who_join) {
    plait::test::pipe door;
    ipc::process p{plait::fn<&stay>, std::move(door.reader), 5};
    p.start();
    int seen = -1; // written on the library's thread; join is the synchronisation
    p.on_exit([&](int code) { seen = code; });
    door.writer.reset();
    p.join();
    BOOST_TEST(seen == 5);
    int at_once = -1;
    p.on_exit([&](int code) { at_once = code; });
    BOOST_TEST(at_once == 5);
}

BOOST_AUTO_TEST_CASE(join_on_the_thread_that_reports_ends_is_refused) {
    plait::test::pipe door, first_door;
    ipc::process other{plait::fn<&stay>, std::move(door.reader), 0};
    ipc::process p{plait::fn<&stay>, std::move(first_door.reader), 0};
    other.start();
    p.start();
    std::promise<errc> result;
    p.on_exit([&](int) {
        try {
            other.join();
            result.set_value({});
        } catch (const plait::error& e) {
            result.set_value(static_cast<errc>(e.code().value()));
        }
    });
    first_door.writer.reset();
    BOOST_TEST((result.get_future().get() == errc::would_block_loop));
    p.join();
    door.writer.reset();
    other.join();
}

BOOST_AUTO_TEST_CASE(a_child_starts_with_no_signal_blocked_and_without_the_marker) {
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    ::setenv("PLAIT_TEST_VARIABLE", "seen", 1);
    ipc::process p{[] {
        sigset_t mask;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        for (int signal = 1; signal < NSIG; ++signal)
            if (::sigismember(&mask, signal) == 1) return signal;
        if (::getenv("PLAIT_CHILD") != nullptr) return 100;
        const char* variable = ::getenv("PLAIT_TEST_VARIABLE");
        return variable != nullptr && std::string(variable) == "seen" ? 0 : 101;
    }};
    p.start();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    p.join();
    BOOST_TEST(p.exit_code().value() == 0);
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_names_the_call_and_may_be_tried_again) {
    ipc::process p{[] { return 9; }};
    // One string of the environment is limited to 128 KiB (MAX_ARG_STRLEN).
    ::setenv("PLAIT_TEST_HUGE", std::string(200'000, 'x').c_str(), 1);
    BOOST_CHECK_EXCEPTION(p.start(), boost::system::system_error, [](const boost::system::system_error& e) {
        return e.code() == boost::system::errc::argument_list_too_long &&
               std::string(e.what()).find("posix_spawn(/proc/self/exe)") != std::string::npos;
    });
    ::unsetenv("PLAIT_TEST_HUGE");
    BOOST_TEST(!p.is_alive());
    BOOST_TEST(ipc::active_children().empty());
    p.start();
    p.join();
    BOOST_TEST(p.exit_code().value() == 9);
}

BOOST_AUTO_TEST_SUITE_END()
