// Copyright 2026 the plait authors. Boost Software License 1.0
#include "child.hpp"
#include "process_state.hpp"

#include <plait/runtime/error.hpp>

#include <atomic>
#include <bit>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <exception>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace plait::ipc::detail {

namespace {

using plait::detail::checked;
using plait::detail::unique_fd;

std::atomic<bool> entry_passed{false};

// One line on standard error. A closed or broken standard error changes nothing about the exit code: SIGPIPE is
// ignored, which is no loss to a process that is about to end.
void complain(const std::string& who, const std::string& what) noexcept {
    std::string line = "plait: " + who + " (pid " + std::to_string(::getpid()) + "): " + what + "\n";
    ::signal(SIGPIPE, SIG_IGN);
    static_cast<void>(
        plait::detail::retry_interrupted([&] { return ::write(STDERR_FILENO, line.data(), line.size()); }));
}

int descriptor_named_by(const std::string& marker) {
    int fd = -1;
    auto [end, problem] = std::from_chars(marker.data(), marker.data() + marker.size(), fd);
    if (problem != std::errc() || end != marker.data() + marker.size() || fd < 0)
        throw error(errc::message_malformed, std::string(child_marker) + " is '" + marker + "', not a descriptor");
    return fd;
}

// Takes over an inherited descriptor: from here on it is closed when no longer needed, and not passed on.
unique_fd inherited(int fd) {
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
        throw error(errc::message_malformed, "descriptor " + std::to_string(fd) + " was announced but not passed");
    return unique_fd(fd);
}

bool parent_is_gone(int socket) noexcept {
    pollfd poll_socket{socket, POLLIN, 0}; // the parent sends nothing, so anything to read is the end
    return plait::detail::retry_interrupted([&] { return ::poll(&poll_socket, 1, 0); }) != 0;
}

// The socket decides: its other end is closed when the parent dies, no matter when. The signal is there for the time in
// which this process has no monitor yet, or a stopped one; it is lost if the parent died before it was asked for, hence
// the look at the socket after that.
void end_with_parent(int socket) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (parent_is_gone(socket)) ::_exit(EXIT_FAILURE);
    process_state::parent()->watch_parent();
}

// What the error was made with: the parent makes it again, and the code's own words are added then.
std::string text_of(const error& e) {
    std::string text = e.what(), added = ": " + e.code().what();
    if (text.ends_with(added)) text.resize(text.size() - added.size());
    return text;
}

int run(bound_call& call, const std::string& name) {
    try {
        return call.run();
    } catch (const std::exception& e) {
        complain(name, std::string("an exception escaped: ") + e.what());
    } catch (const cancelled&) {
        complain(name, "an exception escaped: cancelled");
    } catch (...) {
        complain(name, "an exception escaped that is not a std::exception");
    }
    return EXIT_FAILURE;
}

arrival arrival_named_by(const std::string& marker) {
    arrival result;
    int block_fd = descriptor_named_by(marker);
    result.block = read_launch_block(block_fd);
    ::close(block_fd);
    result.socket = inherited(block_fd + 1);
    for (std::uint32_t i = 0; i < result.block.descriptors; ++i)
        result.descriptors.push_back(inherited(block_fd + 2 + static_cast<int>(i)));
    return result;
}

// Of a copy. One that was loaded anew has got all this from posix_spawn.
void put_up_surroundings(arrival& a) {
    if (a.block.new_session) ::setsid();
    for (int to = 0; auto& stream : a.streams) {
        if (stream)
            checked(
                [&] { return ::dup2(stream.get(), to); },
                [&] { return "dup2(" + std::to_string(stream.get()) + ", " + std::to_string(to) + ")"; });
        else
            ::close(to);
        stream.reset();
        ++to;
    }
    if (a.directory) checked([&] { return ::fchdir(a.directory.get()); }, [] { return "fchdir()"; });
    a.directory.reset();
    if (a.block.environment) replace_environment(*a.block.environment);
}

int run_arrived(arrival launched) {
    launch_block block = std::move(launched.block);
    ::prctl(PR_SET_NAME, block.name.c_str());
    const int parent_socket = launched.socket.get();
    process_state::become_child(block, std::move(launched.socket));
    std::unique_ptr<bound_call> call;
    try {
        if (launched.is_a_copy) {
            launched.block.new_session = block.new_session;
            launched.block.environment = std::move(block.environment);
            put_up_surroundings(launched);
        }
        set_limits(block.limits);
        if (block.daemon) end_with_parent(parent_socket);
        argument_reader in(block.arguments, std::move(launched.descriptors));
        call = (launched.callable ? launched.callable : find_callable(block.callable))(in);
    } catch (const error& e) {
        send_report(parent_socket, {e.code().value(), text_of(e)});
        throw;
    } catch (const std::exception& e) {
        send_report(parent_socket, {static_cast<std::int32_t>(errc::message_malformed), e.what()});
        throw;
    }
    send_report(parent_socket, {});
    return run(*call, block.name);
}

int run_launched(const std::string& marker) {
    arrival launched = arrival_named_by(marker);
    if (launched.block.task == child_task::serve) {
        ::prctl(PR_SET_NAME, launched.block.name.c_str());
        if (launched.descriptors.empty())
            throw error(errc::message_malformed, "a fork server needs a descriptor of shared memory");
        if (launched.block.environment) replace_environment(*launched.block.environment);
        launched = serve_forks(std::move(launched.socket), std::move(launched.descriptors.front()));
    }
    return run_arrived(std::move(launched));
}

int complaining_about(const std::exception& e) noexcept {
    complain("child process", std::string("cannot be started: ") + e.what());
    return launch_failed_exit_code;
}

} // namespace

callable_entry find_callable(const code_location& where) {
    auto address = resolve_code(where);
    if (address) {
        auto entry = std::bit_cast<callable_entry>(*address);
        if (callable_registration::is_registered(entry)) return entry;
    }
    throw error(
        errc::callable_unknown, "no callable is registered at offset " + std::to_string(where.offset) +
                                    " of an image with build id " + to_hex(where.image) +
                                    (address ? "" : ": no such image is loaded"));
}

std::optional<int> run_as_child() noexcept {
    // release: pairs with the acquire in require_entry_passed()
    entry_passed.store(true, std::memory_order_release);
    const char* variable = std::getenv(child_marker);
    if (variable == nullptr) return std::nullopt;
    std::string marker = variable;
    ::unsetenv(child_marker);
    try {
        return run_launched(marker);
    } catch (const std::exception& e) {
        return complaining_about(e);
    }
}

int run_as_copy(const std::function<arrival()>& arrive) noexcept {
    try {
        return run_arrived(arrive());
    } catch (const std::exception& e) {
        return complaining_about(e);
    }
}

void require_entry_passed() {
    if (std::getenv(child_marker) != nullptr)
        throw error(
            errc::not_a_child_program,
            "start(): this process is itself a child that has not reached plait::run or child_main yet");
    if (!entry_passed.load(std::memory_order_acquire))
        throw error(
            errc::not_a_child_program,
            "start(): begin main() with plait::run or plait::ipc::child_main, or the child would run the whole "
            "program again");
}

} // namespace plait::ipc::detail
