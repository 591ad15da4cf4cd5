// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Starting a program, and its end: what every layer that has child processes needs, and does not want to say twice.
//
// A child is always handled through its pidfd. Nobody here waits for a child that is not named (waitpid(-1)) or listens to
// SIGCHLD, so children that the program has by other means are left alone.

#include <plait/runtime/detail/syscall.hpp>
#include <plait/runtime/exit_code.hpp>

#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <spawn.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace plait::detail {

// glibc 2.36 has the two calls on pidfds, but its <sys/pidfd.h> forgets to say that they are C functions.

/// A descriptor of process `pid`, closed on exec; -1 with errno. Readable when the process has ended.
[[nodiscard]] inline int open_pidfd(pid_t pid) noexcept { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

/// -1 with errno (ESRCH: it has ended and was waited for).
inline int send_signal_through(int pidfd, int signal) noexcept {
    return static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0));
}

/// What posix_spawn does in the child before the program is loaded. All members throw system_error.
class spawn_actions {
public:
    spawn_actions();
    spawn_actions(const spawn_actions&) = delete;
    spawn_actions& operator=(const spawn_actions&) = delete;
    ~spawn_actions() { ::posix_spawn_file_actions_destroy(&actions_); }

    /// The working directory becomes that of `directory`. To be said before place().
    void change_directory(int directory);

    /// `sources[i]` becomes descriptor `first + i`, or that is closed if the source is -1. Those below `first` stay as they
    /// are here, and the child has no other. The sources stay open in this process, and are not duplicated in it (closing
    /// a duplicate would drop record locks).
    void place(std::span<const int> sources, int first);

    [[nodiscard]] const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

private:
    void copy(int from, int to);
    posix_spawn_file_actions_t actions_;
};

/// How a child starts: with no signal blocked, whatever is blocked here, and with the given signals not ignored, even if they
/// are here. SIGCHLD should be one of them: who ignores it cannot learn how his children end.
class spawn_attributes {
public:
    enum class session { inherited, its_own };
    explicit spawn_attributes(std::initializer_list<int> not_ignored, session of = session::inherited);
    spawn_attributes(const spawn_attributes&) = delete;
    spawn_attributes& operator=(const spawn_attributes&) = delete;
    ~spawn_attributes() { ::posix_spawnattr_destroy(&attributes_); }

    [[nodiscard]] const posix_spawnattr_t* get() const noexcept { return &attributes_; }

private:
    posix_spawnattr_t attributes_;
};

/// A child that was started and that nobody has waited for yet.
struct spawned_child {
    pid_t pid = -1;
    unique_fd pidfd;
};

/// A child that has been started by other means. Throws system_error if there is no descriptor for it; then it has ended.
[[nodiscard]] spawned_child adopt_child(pid_t pid);

/// The whole environment of a child, "NAME=value": `environment`, or, if there is none, this process's, and `extra`.
[[nodiscard]] std::vector<std::string> environment_of_child(
    const std::optional<std::map<std::string, std::string>>& environment, std::map<std::string, std::string> extra);

/// Starts `program`: a path, or, with spawn_search::path, a name that is looked for in $PATH. The vectors end with nullptr.
/// Throws system_error naming the call that failed and the program; then there is no child.
enum class spawn_search { none, path };
[[nodiscard]] spawned_child spawn_child(
    const char* program, spawn_search search, const spawn_actions& actions, const spawn_attributes& attributes,
    std::span<char* const> arguments, std::span<char* const> environment);

/// Pointers to `strings`, which must stay where they are, and nullptr.
[[nodiscard]] std::vector<char*> pointers_to(std::vector<std::string>& strings);

/// Takes the exit status of the child: its exit code, −N if signal N ended it, unknown_exit_code if somebody else has taken
/// it. Nothing if it has not ended; with reap_mode::wait, waits until it has (and blocks the thread).
enum class reap_mode { poll, wait };
[[nodiscard]] std::optional<int> reap(int pidfd, reap_mode mode) noexcept;

/// Ends a child that cannot be kept, and waits for its end.
void kill_and_reap(int pidfd) noexcept;

} // namespace plait::detail
