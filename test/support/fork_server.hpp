// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Finding the fork server of a test.

#include <filesystem>
#include <fstream>
#include <string>

#include <sys/types.h>

namespace plait::test {

/// The fork server of this process; 0 if there is none.
inline pid_t server_of_this_process() {
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream children(thread.path() / "children");
        for (pid_t child = 0; children >> child;) {
            std::ifstream file(std::filesystem::path("/proc") / std::to_string(child) / "comm");
            std::string name;
            std::getline(file, name);
            if (name == "plait-forks") return child;
        }
    }
    return 0;
}

} // namespace plait::test
