// Copyright 2026 the plait authors. Boost Software License 1.0
#include "killing.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/detail/syscall.hpp>

#include <csignal>
#include <fstream>
#include <stdexcept>

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

namespace crash {
namespace {

enum class manner { never, step, name, stop, single };

manner chosen = manner::never;
bool pauses = false;
bool inside = false;
long steps_left = 0;
std::string fatal_name;

void die() noexcept {
    ::kill(::getpid(), SIGKILL);
    for (;;)
        ::pause();
}

void at_step(const char* name) noexcept {
    // Other threads of the child (its monitor) are not the operation.
    if (!inside || ::gettid() != ::getpid()) return;
    if (chosen == manner::step && --steps_left == 0) die();
    if (chosen == manner::stop && --steps_left == 0) ::raise(SIGSTOP);
    if (chosen == manner::name && fatal_name == name) die();
}

std::runtime_error unexpected(int status) {
    if (WIFEXITED(status))
        return std::runtime_error("a child ended by itself with exit code " + std::to_string(WEXITSTATUS(status)));
    int signal = WIFSTOPPED(status) ? WSTOPSIG(status) : WTERMSIG(status);
    return std::runtime_error("a child met signal " + std::to_string(signal));
}

/// Waits until the child stops with SIGTRAP, and says why: SI_KERNEL at a breakpoint, TRAP_TRACE after a single step.
int wait_for_trap(pid_t pid) {
    int status = 0;
    plait::detail::checked([&] { return ::waitpid(pid, &status, 0); }, [] { return std::string("waitpid"); });
    if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP) throw unexpected(status);
    siginfo_t info{};
    plait::detail::checked(
        [&] { return ::ptrace(PTRACE_GETSIGINFO, pid, nullptr, &info); },
        [] { return std::string("ptrace(PTRACE_GETSIGINFO)"); });
    return info.si_code;
}

void resume(pid_t pid, __ptrace_request how) {
    plait::detail::checked(
        [&] { return ::ptrace(how, pid, nullptr, nullptr); },
        [&] { return "ptrace(request " + std::to_string(how) + ")"; });
}

} // namespace

void prepare_to_die(const std::string& words) {
    plait::detail::step_hook = &at_step;
    pauses = words.starts_with(pause_first);
    auto how = pauses ? words.substr(pause_first.size()) : words;
    if (how.starts_with("step:")) {
        chosen = manner::step;
        steps_left = std::stol(how.substr(5));
    } else if (how.starts_with("stop:")) {
        chosen = manner::stop;
        steps_left = std::stol(how.substr(5));
    } else if (how.starts_with("name:")) {
        chosen = manner::name;
        fatal_name = how.substr(5);
    } else if (how == "single") {
        chosen = manner::single;
        plait::detail::checked(
            [] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); },
            [] { return std::string("ptrace(PTRACE_TRACEME)"); });
    }
}

// A breakpoint instruction tells the tracer where the operation begins and ends; the kernel marks its signal differently
// from that of a single step.
void operation_begins() noexcept {
    if (pauses) ::raise(SIGSTOP);
    inside = true;
    if (chosen == manner::single) asm volatile("int3");
}

void operation_ends() noexcept {
    if (chosen == manner::single) asm volatile("int3");
    inside = false;
}

bool has_ended(const test::child& c) {
    siginfo_t info{};
    bool is_there = ::waitid(P_PID, static_cast<id_t>(c.pid()), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
    return !is_there || info.si_pid != 0; // not there: it has been waited for
}

char state_of(const test::child& c) {
    std::ifstream file("/proc/" + std::to_string(c.pid()) + "/stat");
    std::string line;
    std::getline(file, line);
    auto name_ends = line.rfind(')');
    return name_ends == std::string::npos || name_ends + 2 >= line.size() ? '?' : line[name_ends + 2];
}

bool wait_for_stop(const test::child& c) {
    siginfo_t info{};
    // Its end is left for wait_for_end().
    plait::detail::checked(
        [&] { return ::waitid(P_PID, static_cast<id_t>(c.pid()), &info, WSTOPPED | WEXITED | WNOWAIT); },
        [] { return std::string("waitid"); });
    return info.si_code == CLD_STOPPED;
}

end wait_for_end(test::child& c) {
    int code = c.wait();
    if (code == -SIGKILL) return end::killed;
    if (code == 0) return end::completed;
    if (code == was_overtaken) return end::overtaken;
    throw std::runtime_error("a child ended with " + std::to_string(code));
}

long step_into(pid_t pid, long limit) {
    if (wait_for_trap(pid) != SI_KERNEL) throw std::runtime_error("the operation did not begin");
    for (long n = 0; n < limit; ++n) {
        resume(pid, PTRACE_SINGLESTEP);
        if (wait_for_trap(pid) != SI_KERNEL) continue;
        resume(pid, PTRACE_CONT);
        return n;
    }
    return limit;
}

stepped single_step(test::child& c, long limit) {
    if (long n = step_into(c.pid(), limit); n < limit) {
        if (c.wait() != 0) throw std::runtime_error("a child that was not killed failed");
        return {end::completed, n};
    }
    c.kill();
    return {end::killed, limit};
}

} // namespace crash
