// Copyright 2026 the plait authors. Boost Software License 1.0
#include "descriptor_message.hpp"
#include "fork_server.hpp"
#include "launcher.hpp"
#include "monitor.hpp"
#include "shared_word.hpp"

#include <plait/runtime/error.hpp>

#include <cerrno>
#include <new>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace plait::ipc::detail {

using plait::detail::checked;
using plait::detail::spawned_child;
using plait::detail::unique_fd;

namespace {

constexpr int most_attempts = 3;
constexpr int milliseconds_between_looks = 100;

unique_fd current_directory() {
    return unique_fd(
        checked([] { return ::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC); }, [] { return "open(., O_DIRECTORY)"; }));
}

/// As it is sent: with the block in it, unless that is large.
struct request {
    request(const launch_block& block, std::uint8_t flags, std::span<const int> passed)
        : bytes(encode_launch_block(block)), descriptors(passed.begin(), passed.end()) {
        if (bytes.size() < most_request_bytes) {
            flags = static_cast<std::uint8_t>(flags | request_has_block);
        } else {
            file = write_launch_block(block);
            descriptors.insert(descriptors.begin(), file.get());
            bytes.clear();
        }
        bytes.insert(bytes.begin(), std::byte{flags});
    }

    std::vector<std::byte> bytes;
    std::vector<int> descriptors;
    unique_fd file;
};

bool is_stopped(int pidfd) noexcept {
    siginfo_t status{};
    const int how = WSTOPPED | WNOHANG | WNOWAIT;
    return ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &status, how) == 0 && status.si_pid != 0;
}

/// Nothing if the server is gone. One that was stopped is killed: whoever waits for it could not be helped otherwise, and
/// another one is soon made. (Not one that is slow, or that a debugger has stopped.)
std::optional<descriptor_message> answer_of(const started_child& server, std::span<std::byte> bytes) {
    pollfd answer{server.socket.get(), POLLIN, 0};
    while (plait::detail::retry_interrupted([&] { return ::poll(&answer, 1, milliseconds_between_looks); }) == 0)
        if (is_stopped(server.pidfd.get())) plait::detail::send_signal_through(server.pidfd.get(), SIGKILL);
    return receive_descriptors(server.socket.get(), bytes);
}

} // namespace

struct fork_server::server {
    explicit server(int memory) : word(memory) {}

    shared_word word;
    started_child process;
    std::vector<std::string> environment; // of the server, and so of its children if they are told of no other
};

fork_server& fork_server::of_this_process() {
    static fork_server* const the_server = new fork_server; // never destroyed: used until the very end
    return *the_server;
}

// The monitor's thread may come here, too, in the callback of an end. So nobody waits for that thread who has the lock.
void fork_server::require_server() {
    {
        std::lock_guard lock(mutex_);
        if (server_) return;
    }
    monitor::instance().call([this] {
        std::lock_guard lock(mutex_);
        if (!server_) server_ = start();
    });
}

std::shared_ptr<fork_server::server> fork_server::start() {
    auto memory = shared_word::make();
    auto made = std::make_shared<server>(memory.get());
    launch_block block;
    block.name = "plait-forks";
    block.parent_pid = ::getpid();
    block.task = child_task::serve;
    block.descriptors = 1;
    process_options options;
    block.environment = made->environment = environment_of(options);
    options.extra_environment = {{"LD_BIND_NOW", "1"}};        // or each child would look up by itself what it calls
    options.in = options.out = options.err = subprocess::null; // it must not keep anybody's pipe open
    made->process = launch(block, std::array{memory.get()}, options);
    try {
        static_cast<void>(monitor::instance().watch(made->process.pidfd.get(), [made] {
            static_cast<void>(plait::detail::reap(made->process.pidfd.get(), plait::detail::reap_mode::wait));
        }));
    } catch (...) {
        abandon(made->process);
        throw;
    }
    return made;
}

spawned_child fork_server::make_child(
    const launch_block& block, int theirs, const process_options& options, std::span<const int> descriptors) {
    launch_block told = block;
    const auto environment = environment_of(options);
    const child_streams streams(options);
    const unique_fd directory = options.directory.empty() ? current_directory() : open_directory(options);
    std::vector<int> passed{theirs, directory.get()};
    std::uint8_t present = 0;
    for (std::size_t i = 0; i < streams.sources().size(); ++i)
        if (int source = streams.sources()[i]; source >= 0) {
            present = static_cast<std::uint8_t>(present | (1u << i));
            passed.push_back(source);
        }
    passed.insert(passed.end(), descriptors.begin(), descriptors.end());

    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        require_server();
        std::lock_guard lock(mutex_);
        if (!server_) continue; // somebody has found it dead
        if (environment != server_->environment) told.environment = environment;
        request asked(told, present, passed);
        auto& word = server_->word.value();
        word.store(0, std::memory_order_relaxed); // the request tells of it
        const int socket = server_->process.socket.get();
        std::optional<descriptor_message> answer;
        std::byte code{};
        if (send_descriptors(socket, asked.bytes, asked.descriptors))
            answer = answer_of(server_->process, std::span(&code, 1));
        // acquire; the kernel wrote it before it let the child run, and before the server could answer or be gone
        const pid_t pid = word.load(std::memory_order_acquire);
        if (!answer) server_.reset();                         // it is gone, and will write no more
        if (pid != 0) return plait::detail::adopt_child(pid); // ours, so the number still means it
        if (answer) plait::detail::throw_system_error(static_cast<int>(code), "clone() in the fork server");
    }
    throw error(
        errc::worker_died,
        "start(): the fork server ended " + std::to_string(most_attempts) + " times, and made no child");
}

void fork_server::forget_after_fork() noexcept {
    new (&mutex_) std::mutex; // whoever held it does not exist here
    server_.reset();
}

} // namespace plait::ipc::detail
