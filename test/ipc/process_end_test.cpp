// Copyright 2026 the plait authors. Boost Software License 1.0
//
// How processes end, and who notices.
#include "support/pipe.hpp"

#include <plait/ipc/process.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace ipc = plait::ipc;
using plait::detail::unique_fd;
using plait::test::read_byte;
using plait::test::write_byte;

namespace {

int exit_code_of(ipc::process p) {
    p.start();
    p.join();
    return p.exit_code().value();
}

int open_descriptors() {
    std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<int>(std::distance(begin(all), end(all)));
}

void wait_for_ever() {
    for (;;)
        ::pause();
}

bool has_no_child_left() { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

} // namespace

BOOST_AUTO_TEST_SUITE(ipc_process_end)

BOOST_AUTO_TEST_CASE(a_signal_is_a_negative_exit_code) {
    BOOST_TEST(exit_code_of(ipc::process{[] { ::raise(SIGKILL); }}) == -SIGKILL);
    BOOST_TEST(exit_code_of(ipc::process{[] { ::raise(SIGTERM); }}) == -SIGTERM);
}

BOOST_AUTO_TEST_CASE(every_end_has_its_words) {
    BOOST_TEST(ipc::describe_end(0) == "ended with exit code 0");
    BOOST_TEST(ipc::describe_end(-SIGSEGV) == "was killed by SIGSEGV");
    BOOST_TEST(ipc::describe_end(-SIGRTMIN) == "was killed by signal " + std::to_string(SIGRTMIN)); // it has no name
    BOOST_TEST(ipc::describe_end(ipc::unknown_exit_code) == "has ended");
}

BOOST_AUTO_TEST_CASE(whatever_escapes_is_exit_code_1) {
    BOOST_TEST(exit_code_of(ipc::process{[] {
                   ::close(STDERR_FILENO);
                   throw 5;
               }}) == 1);
}

BOOST_AUTO_TEST_CASE(a_child_that_nobody_joins_leaves_no_zombie) {
    plait::test::pipe door;
    pid_t pid = 0;
    {
        ipc::process p{[](unique_fd) {}, std::move(door.writer)};
        p.start();
        pid = p.pid().value();
    }
    BOOST_TEST(!read_byte(door.reader).has_value());
    // Its end is reported in the order of ends: when a later child has been joined, it has been waited for.
    BOOST_TEST(exit_code_of(ipc::process{[] {}}) == 0);
    while (!ipc::active_children().empty())
        ipc::active_children().front().join();
    BOOST_TEST(::kill(pid, 0) == -1);
    BOOST_TEST(has_no_child_left());
}

BOOST_AUTO_TEST_CASE(the_exit_code_is_unknown_if_the_program_ignores_the_end_of_children) {
    BOOST_TEST(exit_code_of(ipc::process{[] {
                   plait::test::pipe door;
                   ipc::process p{[](unique_fd until_closed) { read_byte(until_closed); }, std::move(door.reader)};
                   p.start();
                   ::signal(SIGCHLD, SIG_IGN);
                   door.writer.reset();
                   p.join();
                   return p.exit_code() == ipc::unknown_exit_code ? 0 : 1;
               }}) == 0);
}

BOOST_AUTO_TEST_CASE(an_inheritable_descriptor_of_the_parent_is_not_inherited) {
    int before = exit_code_of(ipc::process{[] { return open_descriptors(); }});
    unique_fd leaky(::open("/dev/null", O_RDONLY)); // without O_CLOEXEC
    BOOST_TEST(exit_code_of(ipc::process{[] { return open_descriptors(); }}) == before);
}

BOOST_AUTO_TEST_CASE(processes_leave_no_descriptor_open_in_the_parent) {
    exit_code_of(ipc::process{[] {}}); // the monitor has its own
    int before = open_descriptors();
    std::vector<ipc::process> all;
    for (int i = 0; i < 20; ++i) {
        plait::test::pipe unused;
        all.emplace_back([](unique_fd) {}, std::move(unused.writer));
        exit_code_of(all.back());
    }
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(a_daemon_ends_with_its_parent_even_without_the_parent_death_signal) {
    plait::test::pipe alive;
    ipc::process parent{
        [](unique_fd writer) {
            ipc::process daemon{
                ipc::process_options{.daemon = true},
                [](unique_fd held) {
                    ::prctl(PR_SET_PDEATHSIG, 0);
                    write_byte(held, 'd');
                    wait_for_ever();
                },
                std::move(writer)};
            daemon.start();
            wait_for_ever();
        },
        std::move(alive.writer)};
    parent.start();
    BOOST_TEST(read_byte(alive.reader).value() == 'd');
    parent.kill();
    BOOST_TEST(!read_byte(alive.reader).has_value());
    parent.join();
}

BOOST_AUTO_TEST_CASE(a_daemon_of_a_daemon_ends_when_the_first_parent_is_killed) {
    plait::test::pipe alive;
    ipc::process first{
        [](unique_fd writer) {
            ipc::process second{
                ipc::process_options{.daemon = true},
                [](unique_fd passed) {
                    ipc::process third{
                        [](unique_fd held) {
                            write_byte(held, '3');
                            wait_for_ever();
                        },
                        std::move(passed)};
                    third.start();
                    wait_for_ever();
                },
                std::move(writer)};
            second.start();
            wait_for_ever();
        },
        std::move(alive.writer)};
    first.start();
    BOOST_TEST(read_byte(alive.reader).value() == '3');
    first.kill();
    BOOST_TEST(!read_byte(alive.reader).has_value());
    first.join();
}

BOOST_AUTO_TEST_CASE(at_its_end_a_program_waits_for_its_children) {
    static unique_fd* said_last = nullptr;
    plait::test::pipe order, go;
    ipc::process parent{
        [](unique_fd writer, unique_fd copy, unique_fd until_closed) {
            said_last = new unique_fd(std::move(writer));
            std::atexit([] { write_byte(*said_last, 'p'); }); // runs after what is registered later
            ipc::process child{
                [](unique_fd to, unique_fd gate) {
                    read_byte(gate);
                    write_byte(to, 'c');
                },
                std::move(copy), std::move(until_closed)};
            child.start();
        },
        unique_fd(::dup(order.writer.get())), std::move(order.writer), std::move(go.reader)};
    parent.start();
    go.writer.reset();
    BOOST_TEST(read_byte(order.reader).value() == 'c');
    BOOST_TEST(read_byte(order.reader).value() == 'p');
    parent.join();
    BOOST_TEST(parent.exit_code().value() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
