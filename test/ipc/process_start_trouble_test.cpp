// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Starts while the fork server is stopped, descriptors are short, or the program ends.
#include "support/descriptor_limit.hpp"
#include "support/fork_server.hpp"
#include "support/start_methods.hpp"

#include <plait/ipc/process.hpp>
#include <plait/runtime/detail/child_process.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/semaphore.hpp>
#include <plait/runtime/thread.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>

#include <signal.h>

namespace ipc = plait::ipc;
using ipc::start_method;
using plait::detail::unique_fd;
using plait::test::server_of_this_process;

namespace {

ipc::process returning(int code, start_method method = start_method::forkserver) {
    return ipc::process{{.method = method}, [](int c) { return c; }, code};
}
int exit_code_of(ipc::process p) {
    p.start();
    p.join();
    return p.exit_code().value();
}
#ifndef __SANITIZE_ADDRESS__
std::ptrdiff_t open_descriptors() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

/// What the start of a process says while only so many descriptors can be opened; empty if it was started.
std::string start_with_descriptors(int more, start_method method) {
    const plait::test::descriptor_limit now(more);
    try {
        exit_code_of(returning(0, method));
        return {};
    } catch (const std::exception& e) {
        return e.what();
    }
}
#endif

void end_while_starts_fail() {
    static std::atomic<int> failed{0};
    std::thread([] {
        for (;;) {
            ipc::process p{{.directory = "/there/is/no/such/directory"}, [] {}};
            try {
                p.start();
            } catch (const boost::system::system_error&) {
                failed.fetch_add(1, std::memory_order_relaxed);
            }
        }
    }).detach();
    while (failed.load(std::memory_order_relaxed) < 10)
        std::this_thread::yield();
}

} // namespace

BOOST_AUTO_TEST_SUITE(ipc_process_start_trouble)

BOOST_AUTO_TEST_CASE(a_stopped_fork_server_is_replaced) {
    exit_code_of(returning(0));
    const pid_t server = server_of_this_process();
    BOOST_REQUIRE(server != 0);
    ::kill(server, SIGSTOP);
    BOOST_TEST(exit_code_of(returning(6)) == 6);
    BOOST_TEST(server_of_this_process() != server);
}

BOOST_AUTO_TEST_CASE(a_fork_server_that_is_stopped_again_and_again_loses_no_child) {
    exit_code_of(returning(0));
    constexpr int rounds = 40;
    plait::counting_semaphore go(0), stopped(0);
    unique_fd server; // passed between the two threads by the semaphores
    plait::thread stopper([&] {
        for (int i = 0; i < rounds; ++i) {
            go.acquire(); // now it is being asked for a child
            if (server) plait::detail::send_signal_through(server.get(), SIGSTOP);
            stopped.release();
        }
    });
    for (int i = 0; i < rounds; ++i) {
        auto p = returning(i);
        const pid_t there = server_of_this_process(); // no child is there that could be taken for it
        server.reset(there == 0 ? -1 : plait::detail::open_pidfd(there));
        go.release();
        p.start();
        p.join();
        BOOST_TEST(p.exit_code().value() == i);
        stopped.acquire();
    }
    stopper.join();
    BOOST_TEST(ipc::active_children().empty());
    BOOST_TEST(exit_code_of(returning(1)) == 1);
}

// Who starts the first child of a server waits for the thread that calls these callbacks.
BOOST_AUTO_TEST_CASE(one_that_has_ended_can_be_followed_by_another_while_the_server_is_being_started) {
    for (int round = 0; round < 50; ++round) {
        if (const pid_t server = server_of_this_process()) ::kill(server, SIGKILL);
        plait::event called, followed;
        auto first = returning(0, start_method::spawn);
        first.on_exit([&](int) {
            called.set();
            std::this_thread::yield();
            returning(1).start();
            followed.set();
        });
        first.start();
        called.wait();
        BOOST_TEST(exit_code_of(returning(2)) == 2);
        followed.wait();
        while (!ipc::active_children().empty())
            std::this_thread::yield();
    }
}

BOOST_AUTO_TEST_CASE(the_end_of_a_program_does_not_wait_for_starts_that_fail) {
    for (int i = 0; i < 10; ++i)
        BOOST_TEST(exit_code_of(ipc::process{plait::fn<&end_while_starts_fail>}) == 0);
}

#ifndef __SANITIZE_ADDRESS__ // see descriptor_limit.hpp
BOOST_AUTO_TEST_CASE(a_shortage_of_descriptors_is_called_by_its_name) {
    for (auto method : test::start_methods) {
        exit_code_of(returning(0, method));
        const auto open = open_descriptors();
        bool started = false;
        for (int more = 2; !started && more < 64; ++more) {
            const auto problem = start_with_descriptors(more, method);
            started = problem.empty();
            BOOST_TEST(
                (started || problem.find("Too many open files") != std::string::npos), method << ": " << problem);
            BOOST_TEST(ipc::active_children().empty());
        }
        BOOST_TEST(started);
        BOOST_TEST(open_descriptors() == open);
    }
}
#endif

BOOST_AUTO_TEST_SUITE_END()
