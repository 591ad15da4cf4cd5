// Copyright 2026 the plait authors. Boost Software License 1.0
#include "killing.hpp"
#include "trial.hpp"

#include <plait/runtime/detail/syscall.hpp>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace crash {
namespace {

using clock = std::chrono::steady_clock;

constexpr int attempts = 3;

/// Where the survivor writes what it saw.
struct report {
    verdict seen = verdict::damaged; // unless it comes to say otherwise
    char why[120] = "the survivor was ended by a signal";
};

template <class F>
pid_t start(F f) {
    pid_t pid = static_cast<pid_t>(plait::detail::checked([] { return ::fork(); }, [] { return std::string("fork"); }));
    if (pid != 0) return pid;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // a harness that is interrupted leaves nothing behind
    f();
    ::_exit(EXIT_SUCCESS);
}

void reap(pid_t pid) {
    plait::detail::checked([&] { return ::waitpid(pid, nullptr, 0); }, [] { return std::string("waitpid"); });
}

/// True if the child has ended in time; it is reaped in any case.
bool ends_within(pid_t pid, std::chrono::milliseconds patience) {
    int fd = static_cast<int>(plait::detail::checked(
        [&] { return ::syscall(SYS_pidfd_open, pid, 0); }, [] { return std::string("pidfd_open"); }));
    pollfd ended{fd, POLLIN, 0};
    auto ready = plait::detail::checked(
        [&] { return ::poll(&ended, 1, static_cast<int>(patience.count())); }, [] { return std::string("poll"); });
    if (ready == 0) ::kill(pid, SIGKILL);
    reap(pid);
    ::close(fd);
    return ready != 0;
}

void survive(peer& with, report& to) noexcept {
    for (int i = 0; i < attempts; ++i) {
        try {
            with.go_on();
            to.seen = verdict::goes_on;
            return;
        } catch (const damage& e) {
            to.seen = verdict::damaged;
            std::strncpy(to.why, e.what(), sizeof to.why - 1);
            return;
        } catch (const std::exception& e) {
            to.seen = verdict::refused;
            std::strncpy(to.why, e.what(), sizeof to.why - 1);
        }
    }
}

} // namespace

outcome try_once(const peer_operation& what, long instructions, std::chrono::milliseconds patience) {
    auto object = what.make();
    pid_t victim = start([&] {
        prepare_to_die("single");
        operation_begins();
        object->operate();
        operation_ends();
    });
    long executed = step_into(victim, instructions);
    bool killed = executed == instructions;
    if (killed) ::kill(victim, SIGKILL);
    reap(victim);

    shared<report> said;
    auto begin = clock::now();
    pid_t survivor = start([&] { survive(*object, *said); });
    bool ended = ends_within(survivor, patience);
    outcome result{executed, killed, verdict::hangs, "", clock::now() - begin};
    if (!ended) return result;
    result.afterwards = said->seen;
    if (said->seen != verdict::goes_on) result.why = said->why;
    return result;
}

} // namespace crash
