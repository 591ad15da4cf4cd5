// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/child_process.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

#include <signal.h>
#include <sys/wait.h>

namespace plait::detail {

namespace {

void require(int result, const std::string& call) {
    if (result != 0) throw_system_error(result, call);
}

// Kills a child only if it is one still: if the program ignores SIGCHLD, the number may be somebody else's by now.
void end_unwatched(pid_t child) noexcept {
    if (::waitpid(child, nullptr, WNOHANG) != 0) return;
    ::kill(child, SIGKILL);
    retry_interrupted([&] { return ::waitpid(child, nullptr, 0); });
}

} // namespace

spawn_actions::spawn_actions() {
    require(::posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init()");
}

void spawn_actions::change_directory(int directory) {
    require(
        ::posix_spawn_file_actions_addfchdir_np(&actions_, directory),
        "posix_spawn_file_actions_addfchdir_np(" + std::to_string(directory) + ")");
}

void spawn_actions::place(std::span<const int> sources, int first) {
    const int end = first + static_cast<int>(sources.size());
    // A source that lies where another one goes would be overwritten: such ones are moved out of the way first. All of this
    // happens in the child.
    std::vector<int> from(sources.begin(), sources.end());
    int spare = end;
    for (int source : from)
        spare = std::max(spare, source + 1);
    for (int& source : from)
        if (source >= 0 && source < end) {
            copy(source, spare);
            source = spare++;
        }
    for (int to = first; int source : from) {
        if (source >= 0)
            copy(source, to);
        else
            require(
                ::posix_spawn_file_actions_addclose(&actions_, to),
                "posix_spawn_file_actions_addclose(" + std::to_string(to) + ")");
        ++to;
    }
    require(
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, end),
        "posix_spawn_file_actions_addclosefrom_np(" + std::to_string(end) + ")");
}

void spawn_actions::copy(int from, int to) {
    int result = ::posix_spawn_file_actions_adddup2(&actions_, from, to);
    if (result == EBADF) result = EMFILE; // what glibc says of a number that this process may not have
    require(result, "posix_spawn_file_actions_adddup2(" + std::to_string(from) + ", " + std::to_string(to) + ")");
}

spawn_attributes::spawn_attributes(std::initializer_list<int> not_ignored, session of) {
    require(::posix_spawnattr_init(&attributes_), "posix_spawnattr_init()");
    sigset_t none, defaults;
    ::sigemptyset(&none);
    ::sigemptyset(&defaults);
    for (int signal : not_ignored)
        ::sigaddset(&defaults, signal);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
    const int of_its_own = of == session::its_own ? POSIX_SPAWN_SETSID : 0;
    ::posix_spawnattr_setflags(
        &attributes_, static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | of_its_own));
}

spawned_child spawn_child(
    const char* program, spawn_search search, const spawn_actions& actions, const spawn_attributes& attributes,
    std::span<char* const> arguments, std::span<char* const> environment) {
    pid_t child = -1;
    auto* start = search == spawn_search::path ? &::posix_spawnp : &::posix_spawn;
    require(
        start(&child, program, actions.get(), attributes.get(), arguments.data(), environment.data()),
        std::string(search == spawn_search::path ? "posix_spawnp(" : "posix_spawn(") + program + ")");
    return adopt_child(child);
}

spawned_child adopt_child(pid_t pid) {
    // Nobody else waits for this child, so its number still means it, even if it has ended.
    spawned_child child{pid, unique_fd(open_pidfd(pid))};
    if (child.pidfd) return child;
    const int code = errno;
    end_unwatched(pid);
    throw_system_error(code, "pidfd_open(" + std::to_string(pid) + ")");
}

std::vector<std::string> environment_of_child(
    const std::optional<std::map<std::string, std::string>>& environment, std::map<std::string, std::string> extra) {
    std::vector<std::string> result;
    if (environment)
        extra.insert(environment->begin(), environment->end());
    else
        for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
            const std::string_view entry(*variable);
            if (!extra.contains(std::string(entry.substr(0, entry.find('='))))) result.emplace_back(entry);
        }
    for (const auto& [name, value] : extra)
        result.push_back(name + "=" + value);
    return result;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    pointers.reserve(strings.size() + 1);
    for (auto& string : strings)
        pointers.push_back(string.data());
    pointers.push_back(nullptr);
    return pointers;
}

std::optional<int> reap(int pidfd, reap_mode mode) noexcept {
    siginfo_t status{};
    const int how = mode == reap_mode::poll ? WEXITED | WNOHANG : WEXITED;
    int result = retry_interrupted([&] { return ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &status, how); });
    if (result == -1) return unknown_exit_code;
    if (status.si_pid == 0) return std::nullopt;
    return status.si_code == CLD_EXITED ? status.si_status : -status.si_status;
}

void kill_and_reap(int pidfd) noexcept {
    send_signal_through(pidfd, SIGKILL);
    static_cast<void>(reap(pidfd, reap_mode::wait));
}

} // namespace plait::detail
