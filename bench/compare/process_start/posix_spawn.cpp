// Copyright 2026 the plait authors. Boost Software License 1.0
//
// posix_spawn and waitpid of this program, which is linked with what the program of plait's is linked with. No arguments, no
// report, no socket, nobody else who could wait.
#include "children.hpp"

#include <spawn.h>

namespace {

void spawn_and_wait() {
    char name[] = "posix_spawn", child[] = "child";
    char* words[] = {name, child, nullptr};
    pid_t pid = -1;
    if (posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, words, environ) != 0) bench::fail("posix_spawn failed");
    bench::wait_for(pid);
}

} // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "child") return 0;
    bench::link_what_plait_links();
    bench::measure_starts(bench::requested_row(argc, argv, {"proc_start"}), &spawn_and_wait);
}
