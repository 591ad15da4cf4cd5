// Copyright 2026 the plait authors. Boost Software License 1.0
#include "child_program.hpp"

#include <plait/runtime/detail/syscall.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <map>

#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace test {
namespace {

constexpr const char* marker = "--run-as-child";
constexpr const char* unrelated_marker = "--run-unrelated";

std::map<std::string, child_function::body>& functions() {
    static std::map<std::string, child_function::body> all;
    return all;
}

std::map<std::string, unrelated_function::body>& unrelated_functions() {
    static std::map<std::string, unrelated_function::body> all;
    return all;
}

} // namespace

child_function::child_function(std::string name, body run) : name_(std::move(name)) { functions()[name_] = run; }

unrelated_function::unrelated_function(std::string name, body run) : name_(std::move(name)) {
    unrelated_functions()[name_] = run;
}

child::child(const child_function& what, const plait::ipc::segment& shared, std::vector<std::string> arguments) {
    std::vector<std::string> words{
        "/proc/self/exe", marker, what.name(), std::to_string(shared.memory_fd()),
        std::to_string(shared.liveness_fd())};
    words.insert(words.end(), arguments.begin(), arguments.end());
    start(std::move(words), {shared.memory_fd(), shared.liveness_fd()});
}

child::child(const unrelated_function& what, std::vector<std::string> arguments) {
    std::vector<std::string> words{"/proc/self/exe", unrelated_marker, what.name()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    start(std::move(words), {});
}

void child::start(std::vector<std::string> words, std::initializer_list<int> inherited) {
    std::vector<char*> argv;
    for (auto& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    // Onto itself: that leaves the number and takes close-on-exec away.
    for (int fd : inherited)
        ::posix_spawn_file_actions_adddup2(&actions, fd, fd);
    int code = ::posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (code != 0) plait::detail::throw_system_error(code, "posix_spawn(/proc/self/exe)");
}

child::~child() {
    if (!status_) kill();
}

void child::signal(int number) const { ::kill(pid_, number); }

void child::kill() {
    signal(SIGKILL);
    wait();
}

int child::wait() {
    if (!status_) {
        int status = 0;
        plait::detail::checked([&] { return ::waitpid(pid_, &status, 0); }, [] { return std::string("waitpid"); });
        status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    return *status_;
}

std::optional<int> run_as_child(int argc, char** argv) {
    bool related = argc >= 5 && std::string(argv[1]) == marker;
    bool unrelated = argc >= 3 && std::string(argv[1]) == unrelated_marker;
    if (!related && !unrelated) return std::nullopt;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // a test that is interrupted leaves nothing behind
    try {
        if (unrelated) return unrelated_functions().at(argv[2])(std::vector<std::string>(argv + 3, argv + argc));
        auto shared = plait::ipc::segment::attach(std::stoi(argv[3]), std::stoi(argv[4]));
        return functions().at(argv[2])(shared, std::vector<std::string>(argv + 5, argv + argc));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "child %s: %s\n", argv[2], e.what());
        return child_failed;
    }
}

} // namespace test
