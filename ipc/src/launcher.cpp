// Copyright 2026 the plait authors. Boost Software License 1.0
#include "fork_server.hpp"
#include "forking.hpp"
#include "launcher.hpp"
#include "this_program.hpp"

#include <plait/runtime/detail/child_process.hpp>
#include <plait/runtime/error.hpp>

#include <array>

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

namespace plait::ipc::detail {

namespace {

using plait::detail::checked;
using plait::detail::spawn_actions;
using plait::detail::spawn_attributes;
using plait::detail::unique_fd;

constexpr std::size_t most_descriptors_of_a_copy = 240; // the kernel passes 253 with a message; some are the library's

/// The variables of a child that is loaded anew, and the marker.
class environment {
public:
    explicit environment(const process_options& options) {
        if (options.environment || !options.extra_environment.empty()) {
            changed_ = environment_of(options);
            for (auto& variable : changed_)
                pointers_.push_back(variable.data());
        } else {
            for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
                pointers_.push_back(*variable);
        }
        pointers_.push_back(marker_.data());
        pointers_.push_back(nullptr);
    }
    environment(const environment&) = delete;
    environment& operator=(const environment&) = delete;

    [[nodiscard]] std::span<char* const> pointers() const noexcept { return pointers_; }

private:
    std::string marker_ = std::string(child_marker) + "=" + std::to_string(first_descriptor);
    std::vector<std::string> changed_;
    std::vector<char*> pointers_;
};

/// The socket that a parent and its child keep.
struct channel_ends {
    unique_fd ours, theirs;
};
channel_ends make_channel() {
    std::array<int, 2> ends;
    checked(
        [&] { return ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()); },
        [] { return "socketpair(AF_UNIX, SOCK_SEQPACKET)"; });
    return {unique_fd(ends[0]), unique_fd(ends[1])};
}

started_child load_anew(const launch_block& block, std::span<const int> descriptors, const process_options& options) {
    const unique_fd block_fd = write_launch_block(block);
    auto channel = make_channel();
    const child_streams streams(options);
    const unique_fd directory = open_directory(options);

    spawn_actions actions;
    if (directory) actions.change_directory(directory.get());
    std::vector<int> sources;
    if (!streams.inherited()) sources.assign(streams.sources().begin(), streams.sources().end());
    sources.push_back(block_fd.get());
    sources.push_back(channel.theirs.get());
    sources.insert(sources.end(), descriptors.begin(), descriptors.end());
    actions.place(sources, streams.inherited() ? first_descriptor : 0);

    auto arguments = own_arguments();
    using session = spawn_attributes::session;
    auto started = plait::detail::spawn_child(
        this_program, plait::detail::spawn_search::none, actions,
        spawn_attributes({SIGCHLD}, block.new_session ? session::its_own : session::inherited),
        plait::detail::pointers_to(arguments), environment(options).pointers());
    return {started.pid, std::move(started.pidfd), std::move(channel.ours)};
}

started_child ask_server(const launch_block& block, std::span<const int> descriptors, const process_options& options) {
    if (descriptors.size() > most_descriptors_of_a_copy)
        throw error(
            errc::invalid_argument, "start(): " + std::to_string(descriptors.size()) +
                                        " descriptors among the arguments; " +
                                        std::to_string(most_descriptors_of_a_copy) + " can be passed with forkserver");
    auto channel = make_channel();
    auto made = fork_server::of_this_process().make_child(block, channel.theirs.get(), options, descriptors);
    return {made.pid, std::move(made.pidfd), std::move(channel.ours)};
}

started_child copy_this(const launch_block& block, std::span<const int> descriptors, const process_options& options) {
    auto channel = make_channel();
    launch_block told = block;
    if (options.environment || !options.extra_environment.empty()) told.environment = environment_of(options);
    auto made = fork_this_process(told, channel.theirs.get(), options, descriptors);
    return {made.pid, std::move(made.pidfd), std::move(channel.ours)};
}

} // namespace

started_child launch(const launch_block& block, std::span<const int> descriptors, const process_options& options) {
    switch (options.method) {
    case start_method::forkserver: return ask_server(block, descriptors, options);
    case start_method::fork: return copy_this(block, descriptors, options);
    case start_method::spawn: break;
    }
    return load_anew(block, descriptors, options);
}

void abandon(const started_child& child) noexcept { plait::detail::kill_and_reap(child.pidfd.get()); }

} // namespace plait::ipc::detail
