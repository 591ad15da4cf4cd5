// Copyright 2026 the plait authors. Boost Software License 1.0
#include "this_program.hpp"

#include <fstream>

namespace plait::ipc::detail {

std::vector<std::string> own_arguments() {
    static const std::vector<std::string> found = [] { // they do not change
        std::ifstream file("/proc/self/cmdline", std::ios::binary);
        std::vector<std::string> arguments;
        for (std::string argument; std::getline(file, argument, '\0');)
            arguments.push_back(argument);
        if (arguments.empty()) arguments.emplace_back("plait");
        return arguments;
    }();
    return found;
}

} // namespace plait::ipc::detail
