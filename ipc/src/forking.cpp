// Copyright 2026 the plait authors. Boost Software License 1.0
#include "child.hpp"
#include "children.hpp"
#include "fork_server.hpp"
#include "forking.hpp"
#include "monitor.hpp"

#include <plait/runtime/detail/forked.hpp>
#include <plait/runtime/detail/signals_blocked.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/wait.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace plait::ipc::detail {

using plait::detail::checked;
using plait::detail::spawned_child;
using plait::detail::unique_fd;

namespace {

constexpr int above_standard_streams = 3;

// What another thread was doing stays undone in the copy, and what it had locked stays locked.
void require_only_thread() {
    if (loop::current() != nullptr)
        throw error(
            errc::would_block_loop,
            "start(): this thread runs a loop, which a copy cannot go on with; take start_method::forkserver");
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
        const std::string number = entry.path().filename();
        pid_t thread = 0;
        std::from_chars(number.data(), number.data() + number.size(), thread);
        if (thread == ::gettid() || thread == monitor::thread_id()) continue;
        std::ifstream file(entry.path() / "comm");
        std::string name;
        std::getline(file, name);
        throw error(
            errc::resource_deadlock_would_occur, "start(): fork beside another thread, '" + name + "' (" + number +
                                                     "); take start_method::forkserver, or start processes first");
    }
}

unique_fd duplicate(int fd) {
    return unique_fd(checked(
        [&] { return ::fcntl(fd, F_DUPFD_CLOEXEC, above_standard_streams); },
        [&] { return "fcntl(" + std::to_string(fd) + ", F_DUPFD_CLOEXEC)"; }));
}

// The copy must not hold its parent's pipes open, nor write into them. Their numbers stay taken, by what can be neither read
// nor written: what its parent's objects still do with them fails, and does not hit what the copy opens itself.
void give_up_descriptors(const arrival& kept) {
    unique_fd nothing(checked([] { return ::open("/", O_PATH | O_CLOEXEC); }, [] { return "open(/, O_PATH)"; }));
    std::vector<int> keep{0, 1, 2, nothing.get(), kept.socket.get(), kept.directory.get()};
    for (const auto& descriptors :
         {std::span<const unique_fd>(kept.descriptors), std::span<const unique_fd>(kept.streams)})
        for (const auto& fd : descriptors)
            keep.push_back(fd.get());
    std::vector<int> open;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
        open.push_back(std::stoi(entry.path().filename()));
    for (int fd : open)
        if (std::ranges::find(keep, fd) == keep.end() && ::fcntl(fd, F_GETFD) != -1)
            ::dup3(nothing.get(), fd, O_CLOEXEC);
}

// What its parent's functions do about a signal is for its parent: most of them write to descriptors that are gone, and then
// the copy could not be terminated. Those that report how a program dies stay.
void handle_signals_as_a_new_program() noexcept {
    constexpr std::array stay{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
    for (int number = 1; number < NSIG; ++number) {
        struct sigaction is {};
        if (std::ranges::find(stay, number) != stay.end() || ::sigaction(number, nullptr, &is) == -1) continue;
        const bool ignored = is.sa_handler == SIG_IGN && (is.sa_flags & SA_SIGINFO) == 0;
        if (!ignored || number == SIGCHLD) ::signal(number, SIG_DFL);
    }
}

// Called by exit() in the copy after the functions that it has registered itself, and before those of its parent.
void end_of_copy(int code, void*) {
    plait::detail::wait_for_threads();
    children::of_this_process().end_of_program();
    std::cout.flush();
    std::fflush(nullptr);
    ::_exit(code);
}

[[noreturn]] void be_the_copy(
    const launch_block& block, int theirs, const process_options& options, std::span<const int> descriptors) noexcept {
    const plait::detail::unrelated_work begins; // what its parent's thread was in the middle of
    plait::detail::become_main_thread_of_copy();
    monitor::forget_after_fork();
    fork_server::of_this_process().forget_after_fork();
    children::of_this_process().forget_after_fork();
    ::on_exit(&end_of_copy, nullptr);
    auto arrive = [&] {
        handle_signals_as_a_new_program();
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        arrival result;
        result.block = block;
        result.socket = duplicate(theirs);
        for (int fd : descriptors)
            result.descriptors.push_back(duplicate(fd));
        const child_streams streams(options);
        for (std::size_t i = 0; i < result.streams.size(); ++i)
            if (int source = streams.sources()[i]; source >= 0) result.streams[i] = duplicate(source);
        result.directory = open_directory(options);
        result.is_a_copy = true;
        give_up_descriptors(result);
        return result;
    };
    std::exit(run_as_copy([&] {
        try {
            return arrive();
        } catch (const std::exception& e) {
            send_report(theirs, {static_cast<std::int32_t>(errc::message_malformed), e.what()});
            throw;
        }
    }));
}

} // namespace

spawned_child fork_this_process(
    const launch_block& block, int theirs, const process_options& options, std::span<const int> descriptors) {
    const child_streams wrong_streams_are_refused_here(options);
    static_cast<void>(open_directory(options));
    require_only_thread();
    std::cout.flush();
    std::fflush(nullptr); // or it would be written twice
    pid_t pid = -1;
    {
        const monitor::pause quiet;                       // it holds no lock while it is in there
        const plait::detail::signals_blocked until_ready; // or one might be lost in its parent's function
        pid = ::fork();
        if (pid == 0) be_the_copy(block, theirs, options, descriptors);
    }
    if (pid == -1) plait::detail::throw_system_error(errno, "fork()");
    return plait::detail::adopt_child(pid);
}

} // namespace plait::ipc::detail
