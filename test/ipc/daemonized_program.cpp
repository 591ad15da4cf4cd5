// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A program that goes into the background, and then says on its standard output what it is.
#include <plait/ipc/daemonize.hpp>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

int main(int argc, char** argv) {
    const std::string_view how = argc == 2 ? argv[1] : "";
    if (how == "twice_different" && std::getenv("PLAIT_DAEMON")) return 7; // does not come so far
    const pid_t before = ::getppid();
    try {
        plait::ipc::daemonize({.out = plait::subprocess::inherit, .err = plait::subprocess::inherit});
    } catch (const std::exception& e) {
        std::printf("stays: %s\n", e.what());
        return 3;
    }
    const int terminal = ::open("/dev/tty", O_RDWR);
    char directory[64] = "";
    const char* where = ::getcwd(directory, sizeof directory);
    char nothing = 0;
    std::printf(
        "leads: %d, terminal: %d, directory: %s, input: %zd, marker: %d, argument: %s, parent before: %s\n",
        ::getsid(0) == ::getpid(), terminal >= 0, where ? where : "?", ::read(0, &nothing, 1),
        std::getenv("PLAIT_DAEMON") != nullptr, how.data(), before > 0 ? "some" : "none");
}
