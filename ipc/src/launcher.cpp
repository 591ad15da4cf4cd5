// Copyright 2026 the plait authors. Boost Software License 1.0
#include "launcher.hpp"
#include "pidfd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace plait::ipc::detail {

namespace {

using plait::detail::checked;
using plait::detail::throw_system_error;
using plait::detail::unique_fd;

// The kernel resolves this link to the file that runs, not to its name: it is this very program even if another one has
// taken its place on disk, or none.
constexpr const char* this_program = "/proc/self/exe";

void require(int result, const std::string& call) {
    if (result != 0) throw_system_error(result, call);
}

// posix_spawn's description of what becomes of descriptors: the child has 0, 1, 2, the given ones from first_descriptor
// on, in order, and no other.
class descriptor_plan {
public:
    explicit descriptor_plan(std::span<const int> sources) {
        require(::posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init()");
        const int count = static_cast<int>(sources.size());
        const int end = first_descriptor + count;
        // A source that lies where another one goes would be overwritten: such ones are moved out of the way first. All
        // of this happens in the child.
        int spare = std::max(end, *std::max_element(sources.begin(), sources.end()) + 1);
        std::vector<int> from(sources.begin(), sources.end());
        for (int& source : from)
            if (source < end) {
                copy(source, spare);
                source = spare++;
            }
        for (int i = 0; i < count; ++i)
            copy(from[static_cast<std::size_t>(i)], first_descriptor + i);
        require(
            ::posix_spawn_file_actions_addclosefrom_np(&actions_, end),
            "posix_spawn_file_actions_addclosefrom_np(" + std::to_string(end) + ")");
    }
    descriptor_plan(const descriptor_plan&) = delete;
    descriptor_plan& operator=(const descriptor_plan&) = delete;
    ~descriptor_plan() { ::posix_spawn_file_actions_destroy(&actions_); }

    [[nodiscard]] const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

private:
    void copy(int from, int to) {
        require(
            ::posix_spawn_file_actions_adddup2(&actions_, from, to),
            "posix_spawn_file_actions_adddup2(" + std::to_string(from) + ", " + std::to_string(to) + ")");
    }
    posix_spawn_file_actions_t actions_;
};

// The child starts with no signal blocked, whatever is blocked here (everything, on the monitor thread), and learns of
// the end of its own children even if this program ignores SIGCHLD.
class signal_plan {
public:
    signal_plan() {
        require(::posix_spawnattr_init(&attributes_), "posix_spawnattr_init()");
        sigset_t none, defaults;
        ::sigemptyset(&none);
        ::sigemptyset(&defaults);
        ::sigaddset(&defaults, SIGCHLD);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    signal_plan(const signal_plan&) = delete;
    signal_plan& operator=(const signal_plan&) = delete;
    ~signal_plan() { ::posix_spawnattr_destroy(&attributes_); }

    [[nodiscard]] const posix_spawnattr_t* get() const noexcept { return &attributes_; }

private:
    posix_spawnattr_t attributes_;
};

// A program may read its arguments before it reaches run(), so the child gets the same ones.
std::vector<std::string> own_arguments() {
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    std::vector<std::string> arguments;
    for (std::string argument; std::getline(file, argument, '\0');)
        arguments.push_back(argument);
    if (arguments.empty()) arguments.emplace_back("plait");
    return arguments;
}

// The argument and environment vectors of the child; they point into what they are made of.
std::vector<char*> argument_vector(std::vector<std::string>& arguments) {
    std::vector<char*> vector;
    vector.reserve(arguments.size() + 1);
    for (auto& argument : arguments)
        vector.push_back(argument.data());
    vector.push_back(nullptr);
    return vector;
}
std::vector<char*> environment_with(std::string& marker) {
    std::vector<char*> vector;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
        vector.push_back(*variable);
    vector.push_back(marker.data());
    vector.push_back(nullptr);
    return vector;
}

// Kills a child only if it is one still: if the program ignores SIGCHLD, the number may be somebody else's by now.
void end_unwatched(pid_t child) noexcept {
    if (::waitpid(child, nullptr, WNOHANG) != 0) return;
    ::kill(child, SIGKILL);
    plait::detail::retry_interrupted([&] { return ::waitpid(child, nullptr, 0); });
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
    descriptor_plan descriptors_of_child(sources);
    signal_plan signals;

    auto arguments = own_arguments();
    auto marker = std::string(child_marker) + "=" + std::to_string(first_descriptor);
    auto argv = argument_vector(arguments);
    auto envp = environment_with(marker);

    started_child child;
    require(
        ::posix_spawn(&child.pid, this_program, descriptors_of_child.get(), signals.get(), argv.data(), envp.data()),
        std::string("posix_spawn(") + this_program + ")");
    // Nobody else waits for this child, so its number still means it, even if it has ended.
    child.pidfd.reset(open_pidfd(child.pid));
    if (!child.pidfd) {
        int code = errno;
        end_unwatched(child.pid);
        throw_system_error(code, "pidfd_open(" + std::to_string(child.pid) + ")");
    }
    child.socket = std::move(ours);
    return child;
}

void abandon(const started_child& child) noexcept {
    send_signal_through(child.pidfd.get(), SIGKILL);
    siginfo_t ignored;
    plait::detail::retry_interrupted(
        [&] { return ::waitid(P_PIDFD, static_cast<id_t>(child.pidfd.get()), &ignored, WEXITED); });
}

} // namespace plait::ipc::detail
