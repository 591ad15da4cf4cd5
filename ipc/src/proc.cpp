// Copyright 2026 the plait authors. Boost Software License 1.0
#include "proc.hpp"

#include <plait/runtime/detail/syscall.hpp>

#include <algorithm>
#include <charconv>
#include <climits>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

namespace plait::ipc::detail {
namespace {

/// The entries of a directory whose names are numbers, ascending; none if it is not there, nothing if it is forbidden.
std::optional<std::vector<int>> numbers_in(const std::string& path) {
    std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), &::closedir);
    std::vector<int> found;
    if (!directory && (errno == EACCES || errno == EPERM)) return std::nullopt;
    if (!directory) return found;
    while (const dirent* entry = ::readdir(directory.get())) {
        std::string_view name = entry->d_name;
        int number = 0;
        auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
        if (error == std::errc{} && end == name.data() + name.size()) found.push_back(number);
    }
    std::ranges::sort(found);
    return found;
}

std::string contents_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string proc_path(pid_t pid, const char* what) { return "/proc/" + std::to_string(pid) + "/" + what; }

/// The command line, its arguments separated by blanks.
std::string command_line_of(pid_t pid) {
    std::string line = contents_of(proc_path(pid, "cmdline"));
    while (!line.empty() && line.back() == '\0')
        line.pop_back();
    std::ranges::replace(line, '\0', ' ');
    return line;
}

} // namespace

std::vector<pid_t> all_processes() {
    auto found = numbers_in("/proc");
    return found ? std::move(*found) : std::vector<pid_t>{};
}

std::string descriptor_path(pid_t pid, int fd) { return proc_path(pid, "fd/") + std::to_string(fd); }

std::optional<std::vector<open_file>> files_of(pid_t pid) {
    auto descriptors = numbers_in(proc_path(pid, "fd"));
    if (!descriptors) return std::nullopt;
    std::vector<open_file> found;
    for (int fd : *descriptors) {
        char target[PATH_MAX];
        auto path = descriptor_path(pid, fd);
        auto length = ::readlink(path.c_str(), target, sizeof target);
        if (length < 1 || target[0] != '/') continue; // a socket, a pipe
        struct stat status {};
        if (::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode))
            found.push_back(
                {fd, std::string(target, static_cast<std::size_t>(length)), status.st_dev, status.st_ino,
                 static_cast<std::uint64_t>(status.st_size)});
    }
    return found;
}

bool is_memfd(const open_file& file, std::string_view name) {
    return file.link == "/memfd:" + std::string(name) + " (deleted)";
}

inspect::process_report process_of(pid_t pid) {
    inspect::process_report report{.pid = pid, .command = command_line_of(pid)};
    // "pid (name) state ppid …": the name may hold anything, also ")".
    std::string text = contents_of(proc_path(pid, "stat"));
    auto open = text.find('('), close = text.rfind(')');
    if (open == std::string::npos || close == std::string::npos) return report;
    if (report.command.empty()) report.command = text.substr(open + 1, close - open - 1);
    std::istringstream rest(text.substr(close + 1));
    std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
    constexpr std::size_t state = 0, start_time = 22 - 3; // the third field and the twenty-second
    if (fields.size() <= start_time) return report;
    report.stopped = fields[state] == "T" || fields[state] == "t";
    std::uint64_t ticks = 0;
    auto& start = fields[start_time];
    std::from_chars(start.data(), start.data() + start.size(), ticks);
    using namespace std::chrono;
    timespec since_boot{};
    if (::clock_gettime(CLOCK_BOOTTIME, &since_boot) != 0) return report;
    auto running_for = seconds(since_boot.tv_sec) + nanoseconds(since_boot.tv_nsec) -
                       duration_cast<nanoseconds>(
                           std::chrono::duration<double>(static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK))));
    report.started = system_clock::now() - duration_cast<system_clock::duration>(running_for);
    return report;
}

} // namespace plait::ipc::detail
