// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A program that ends while a thread still waits for a line on its standard input: "daemon" or not, as its argument says.
// The thread then writes that it is done. The exit code is 3.
#include <plait/runtime/thread.hpp>

#include <cstdlib>
#include <string_view>

#include <unistd.h>

namespace {

void say(std::string_view line) {
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::abort();
}

} // namespace

int main(int argc, char** argv) {
    const bool daemon = argc > 1 && argv[1] == std::string_view("daemon");
    plait::thread t({.name = "late", .daemon = daemon}, [] {
        char c;
        if (::read(STDIN_FILENO, &c, 1) == 1) say("done\n");
    });
    say("leaving\n");
    std::exit(3); // `t` is not destroyed
}
