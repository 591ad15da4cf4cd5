// Copyright 2026 the plait authors. Boost Software License 1.0
#include "launcher.hpp"

#include <plait/runtime/detail/child_process.hpp>

#include <array>
#include <fstream>

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

namespace plait::ipc::detail {

namespace {

using plait::detail::checked;
using plait::detail::spawn_actions;
using plait::detail::spawn_attributes;
using plait::detail::unique_fd;

// The kernel resolves this link to the file that runs, not to its name: it is this very program even if another one has
// taken its place on disk, or none.
constexpr const char* this_program = "/proc/self/exe";

// A program may read its arguments before it reaches run(), so the child gets the same ones.
std::vector<std::string> own_arguments() {
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    std::vector<std::string> arguments;
    for (std::string argument; std::getline(file, argument, '\0');)
        arguments.push_back(argument);
    if (arguments.empty()) arguments.emplace_back("plait");
    return arguments;
}

// The environment vector of the child; it points into what it is made of.
std::vector<char*> environment_with(std::string& marker) {
    std::vector<char*> vector;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
        vector.push_back(*variable);
    vector.push_back(marker.data());
    vector.push_back(nullptr);
    return vector;
}

} // namespace

started_child launch(const launch_block& block, std::span<const int> descriptors) {
    unique_fd block_fd = write_launch_block(block);
    std::array<int, 2> ends;
    checked(
        [&] { return ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()); },
        [] { return "socketpair(AF_UNIX, SOCK_SEQPACKET)"; });
    unique_fd ours(ends[0]), theirs(ends[1]);

    std::vector<int> sources{block_fd.get(), theirs.get()};
    sources.insert(sources.end(), descriptors.begin(), descriptors.end());
    spawn_actions actions;
    actions.place(sources, first_descriptor);

    auto arguments = own_arguments();
    auto marker = std::string(child_marker) + "=" + std::to_string(first_descriptor);
    auto started = plait::detail::spawn_child(
        this_program, plait::detail::spawn_search::none, actions, spawn_attributes({SIGCHLD}),
        plait::detail::pointers_to(arguments), environment_with(marker));
    return {started.pid, std::move(started.pidfd), std::move(ours)};
}

void abandon(const started_child& child) noexcept { plait::detail::kill_and_reap(child.pidfd.get()); }

} // namespace plait::ipc::detail
