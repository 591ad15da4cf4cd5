// Copyright 2026 the plait authors. Boost Software License 1.0
#include "own_front.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace plait::load {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> command(const std::vector<std::string>& flags) {
    std::vector<std::string> all{fs::read_symlink("/proc/self/exe"), "--listen", "127.0.0.1:0", "--admin", "off"};
    all.insert(all.end(), flags.begin(), flags.end());
    return all;
}

} // namespace

own_front::own_front(const std::vector<std::string>& flags)
    : process_(command(flags), {.in = subprocess::null, .out = subprocess::pipe, .err = subprocess::null}) {
    constexpr std::string_view last_line =
        "Ctrl-C"; // of what it says once it listens, so that nothing is left in the pipe
    while (const std::optional<std::string> line = process_.out().read_line()) {
        if (line->starts_with(last_line)) return;
        const std::size_t colon = line->rfind(':');
        if (port_ == 0 && colon != std::string::npos)
            std::from_chars(line->data() + colon + 1, line->data() + line->size(), port_);
    }
    std::string all;
    for (const std::string& argument : process_.arguments())
        all += argument + " ";
    throw std::runtime_error("did not start, with exit code " + std::to_string(process_.wait()) + ": " + all);
}

std::vector<pid_t> own_front::workers() const {
    std::vector<pid_t> found;
    std::error_code ended;
    for (const fs::directory_entry& thread :
         fs::directory_iterator("/proc/" + std::to_string(process_.pid()) + "/task", ended)) {
        std::ifstream children(thread.path() / "children");
        for (pid_t child; children >> child;)
            found.push_back(child);
    }
    return found;
}

int own_front::drain() {
    process_.terminate();
    return process_.wait();
}

} // namespace plait::load
