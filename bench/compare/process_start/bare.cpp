// Copyright 2026 the plait authors. Boost Software License 1.0
//
// posix_spawn and waitpid of this program, which is linked with what the program of plait's is linked with; and fork and
// waitpid. No arguments, no report, no socket, nobody else who could wait.
#include "starts.hpp"

#include <plait/ipc/process.hpp>

#include <cstdlib>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

void wait_for(pid_t child) {
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) bench::fail("the child failed");
}

void spawn_and_wait() {
    char name[] = "bare", child[] = "child";
    char* words[] = {name, child, nullptr};
    pid_t pid = -1;
    if (posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, words, environ) != 0) bench::fail("posix_spawn failed");
    wait_for(pid);
}

void fork_and_wait() {
    const pid_t pid = fork();
    if (pid == 0) _exit(EXIT_SUCCESS);
    wait_for(pid);
}

} // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "child") return 0;
    if (std::getenv("LINK_WHAT_PLAIT_LINKS")) plait::ipc::process([] {}).start();
    const auto row =
        bench::requested_row(argc, argv, {"process_spawn", "process_forkserver", "process_forkserver_large"});
    if (row == "process_spawn")
        bench::measure_starts(row, &spawn_and_wait);
    else
        bench::measure_starts(row, &fork_and_wait);
}
