// Copyright 2026 the plait authors. Boost Software License 1.0
//
// fork and waitpid in a program that is linked with what the program of plait's is linked with.
#include "children.hpp"

#include <cstdlib>

namespace {

void fork_and_wait() {
    const pid_t pid = fork();
    if (pid == 0) _exit(EXIT_SUCCESS);
    bench::wait_for(pid);
}

} // namespace

int main(int argc, char** argv) {
    bench::link_what_plait_links();
    bench::measure_starts(
        bench::requested_row(argc, argv, {"proc_forkserver", "proc_forkserver_large"}), &fork_and_wait);
}
