// Copyright 2026 the plait authors. Boost Software License 1.0
#include "surroundings.hpp"
#include "this_program.hpp"

#include <plait/ipc/daemonize.hpp>
#include <plait/runtime/detail/child_process.hpp>
#include <plait/runtime/error.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

namespace plait::ipc {

namespace {

using plait::detail::checked;
using plait::detail::unique_fd;

constexpr const char* marker = "PLAIT_DAEMON"; // names the socket
constexpr int socket_of_the_daemon = 3;

void report_to_the_one_that_ends(const std::string& number) {
    ::unsetenv(marker); // no program further down is to take it for its own
    if (number != std::to_string(socket_of_the_daemon))
        throw error(errc::message_malformed, std::string(marker) + " is '" + number + "', set by somebody else");
    const unique_fd socket(socket_of_the_daemon);
    // It fails if the one that waits was killed meanwhile; that changes nothing here.
    static_cast<void>(
        plait::detail::retry_interrupted([&] { return ::send(socket.get(), "d", 1, MSG_NOSIGNAL | MSG_DONTWAIT); }));
}

plait::detail::spawned_child start_anew(const process_options& around, int socket) {
    const detail::child_streams streams(around);
    const unique_fd directory = detail::open_directory(around);
    plait::detail::spawn_actions actions;
    if (directory) actions.change_directory(directory.get());
    std::vector<int> sources(streams.sources().begin(), streams.sources().end());
    sources.push_back(socket);
    actions.place(sources, 0);
    auto arguments = detail::own_arguments();
    auto environment = detail::environment_of(around);
    environment.push_back(std::string(marker) + "=" + std::to_string(socket_of_the_daemon));
    return plait::detail::spawn_child(
        detail::this_program, plait::detail::spawn_search::none, actions,
        plait::detail::spawn_attributes({SIGCHLD}, plait::detail::spawn_attributes::session::its_own),
        plait::detail::pointers_to(arguments), plait::detail::pointers_to(environment));
}

} // namespace

void daemonize(const daemonize_options& options) {
    if (const char* number = std::getenv(marker)) return report_to_the_one_that_ends(number);

    process_options around;
    around.directory = options.directory;
    around.in = options.in;
    around.out = options.out;
    around.err = options.err;
    detail::check_options(around);
    std::array<int, 2> ends;
    checked(
        [&] { return ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()); },
        [] { return "socketpair(AF_UNIX, SOCK_STREAM)"; });
    unique_fd ours(ends[0]), theirs(ends[1]);
    auto daemon = start_anew(around, theirs.get());
    theirs.reset();
    char said = 0;
    const auto count = plait::detail::retry_interrupted([&] { return ::recv(ours.get(), &said, 1, 0); });
    if (count == 1) {
        std::cout.flush();
        std::fflush(nullptr);
        ::_exit(EXIT_SUCCESS); // without destructors: what this process had, the other one does not know of
    }
    plait::detail::kill_and_reap(daemon.pidfd.get());
    throw error(errc::not_a_child_program, "daemonize(): the program, started anew, ended before it had come here");
}

} // namespace plait::ipc
