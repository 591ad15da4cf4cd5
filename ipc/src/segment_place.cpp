// Copyright 2026 the plait authors. Boost Software License 1.0
#include "segment_place.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <set>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace plait::ipc::detail {
namespace {

using plait::detail::checked;
using plait::detail::throw_system_error;
using plait::detail::unique_fd;

constexpr const char* names_directory = "/dev/shm";
constexpr std::string_view memory_prefix = "plait.";
constexpr std::string_view liveness_prefix = ".plait-alive.";

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw segment_error(errc::segment_invalid, path + " " + why);
}

bool path_leads_to(const std::string& path, file_id file) noexcept {
    struct stat now {};
    return ::lstat(path.c_str(), &now) == 0 && id_of(now) == file;
}

/// The inode number in the name of a liveness file.
std::optional<ino_t> inode_in(std::string_view file) noexcept {
    if (!file.starts_with(liveness_prefix)) return {};
    file.remove_prefix(liveness_prefix.size());
    ino_t inode = 0;
    auto [end, failure] = std::from_chars(file.data(), file.data() + file.size(), inode, 16);
    if (failure != std::errc() || end != file.data() + file.size()) return {};
    return inode;
}

/// Liveness files in whose directory nothing has the inode number that they are named after.
std::vector<std::pair<ino_t, std::string>> liveness_files_without_memory(const std::string& directory) {
    std::vector<std::pair<ino_t, std::string>> found;
    std::vector<std::string> others;
    for (auto& entry : std::filesystem::directory_iterator(directory)) {
        if (auto inode = inode_in(entry.path().filename().native()))
            found.emplace_back(*inode, entry.path().native());
        else
            others.push_back(entry.path().native());
    }
    if (found.empty()) return found;
    std::set<ino_t> present;
    struct stat status {};
    for (auto& path : others)
        if (::lstat(path.c_str(), &status) == 0) present.insert(status.st_ino);
    std::erase_if(found, [&](auto& one) { return present.contains(one.first); });
    return found;
}

} // namespace

bool is_segment_name(std::string_view name) noexcept {
    auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-' || c == '+';
    };
    return !name.empty() && name.size() <= segment_name_limit && name.front() != '.' &&
           std::ranges::all_of(name, is_allowed);
}

segment_place::segment_place(segment_kind kind, std::string name, std::string directory, const std::string& file)
    : kind_(kind), name_(std::move(name)), directory_(std::move(directory)), path_(directory_ + "/" + file) {}

segment_place segment_place::named(std::string_view name) {
    if (!is_segment_name(name))
        throw error(
            errc::invalid_argument, "the name of a segment is '" + std::string(name) +
                                        "'; it must be 1 to 200 letters, digits and . _ - + and not begin with a .");
    std::string n(name);
    return {segment_kind::named, n, names_directory, std::string(memory_prefix) + n};
}

segment_place segment_place::file(const std::string& path) {
    std::filesystem::path p(path);
    auto file = p.filename().string();
    if (file.empty() || file == "." || file == "..")
        throw error(errc::invalid_argument, "'" + path + "' is not the path of a file");
    auto directory = p.parent_path().string();
    return {segment_kind::file, "", directory.empty() ? "." : directory, file};
}

unique_fd segment_place::make_unnamed(mode_t mode) const {
    unique_fd fd(plait::detail::retry_interrupted(
        [&] { return ::open(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, mode); }));
    if (!fd) throw_system_error(errno, "open(" + directory_ + ", O_TMPFILE | O_RDWR)");
    // The mask of the process has no say in it.
    checked([&] { return ::fchmod(fd.get(), mode); }, [&] { return "fchmod(memory of " + path_ + ")"; });
    return fd;
}

bool segment_place::link(int memory_fd) const {
    // By way of /proc: linking a bare descriptor needs a capability.
    auto from = "/proc/self/fd/" + std::to_string(memory_fd);
    if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) == 0) return true;
    if (errno != EEXIST) throw_system_error(errno, "linkat(" + from + ", " + path_ + ")");
    return false;
}

unique_fd segment_place::open(std::optional<uid_t> owner) const {
    constexpr int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    struct stat status {};
    if (::lstat(path_.c_str(), &status) == -1) {
        if (errno == ENOENT) return {};
        throw_system_error(errno, "lstat(" + path_ + ")");
    }
    // Looked at before it is opened, because opening a device may do something; and after, because it may have changed.
    auto check = [&] {
        if (!S_ISREG(status.st_mode)) refuse(path_, "is not a regular file");
        auto wanted = owner.value_or(::geteuid());
        if (status.st_uid != wanted)
            refuse(
                path_, "belongs to user " + std::to_string(status.st_uid) + ", and not to user " +
                           std::to_string(wanted) + " as it should");
    };
    check();
    unique_fd fd(plait::detail::retry_interrupted([&] { return ::open(path_.c_str(), flags); }));
    if (!fd && errno == ENOENT) return {};
    if (!fd && errno == ELOOP) refuse(path_, "is a symbolic link");
    if (!fd) throw_system_error(errno, "open(" + path_ + ", O_RDWR | O_NOFOLLOW)");
    status = status_of(fd.get());
    check();
    return fd;
}

bool segment_place::leads_to(file_id memory) const noexcept { return path_leads_to(path_, memory); }

bool segment_place::leads_to(file_id memory, const liveness_file& liveness) const noexcept {
    return path_leads_to(liveness_path(memory), liveness.id());
}

std::string segment_place::liveness_path(file_id memory) const {
    char digits[17];
    std::snprintf(digits, sizeof digits, "%llx", static_cast<unsigned long long>(memory.second));
    return directory_ + "/" + std::string(liveness_prefix) + digits;
}

liveness_file segment_place::open_liveness(const struct stat& memory) const {
    // Whoever may write the memory may lock bytes of its liveness file.
    auto path = liveness_path(id_of(memory));
    bool may_make = memory.st_uid == ::geteuid();
    auto file = liveness_file::open(path, may_make, memory.st_mode & 0777, memory.st_uid);
    if (!file) refuse(path, "is missing, without which nobody can tell who is in " + path_);
    return file;
}

void segment_place::unlink(file_id memory, const liveness_file& liveness) const {
    if (leads_to(memory) && ::unlink(path_.c_str()) == -1 && errno != ENOENT)
        throw_system_error(errno, "unlink(" + path_ + ")");
    PLAIT_STEP("segment.remove.unlinked");
    unlink_liveness(memory, liveness);
}

void segment_place::unlink_liveness(file_id memory, const liveness_file& liveness) const noexcept {
    if (liveness && leads_to(memory, liveness)) ::unlink(liveness_path(memory).c_str());
}

std::vector<std::string> segment_names() {
    std::vector<std::string> names;
    for (auto& entry : std::filesystem::directory_iterator(names_directory)) {
        auto file = entry.path().filename().string();
        if (!file.starts_with(memory_prefix)) continue;
        file.erase(0, memory_prefix.size());
        if (is_segment_name(file)) names.push_back(file);
    }
    std::ranges::sort(names);
    return names;
}

void remove_leftovers(const std::string& directory) noexcept {
    try {
        auto unused = liveness_files_without_memory(directory);
        for (auto& [inode, path] : unused)
            // A creator that has not linked its memory yet holds a lock on its file. It may have linked it, and gone,
            // since we looked: so look again once nobody can have a lock.
            liveness_file::remove_if_unused(path, [&, number = inode] {
                auto now = liveness_files_without_memory(directory);
                return std::ranges::any_of(now, [&](auto& one) { return one.first == number; });
            });
    } catch (const std::exception&) {
        // A directory that cannot be listed keeps what lies in it.
    }
}

void allocate(int fd, std::size_t from, std::size_t to) {
    int code = 0;
    do
        code = ::posix_fallocate(fd, static_cast<off_t>(from), static_cast<off_t>(to - from));
    while (code == EINTR);
    if (code == 0) return;
    auto call = "posix_fallocate(segment, " + std::to_string(to - from) + " bytes)";
    if (code != ENOSPC && code != EDQUOT) throw_system_error(code, call);
    struct statvfs room {};
    std::string left;
    if (::fstatvfs(fd, &room) == 0 && room.f_blocks > 0)
        left = "; its file system has " + std::to_string(room.f_bavail * room.f_frsize) + " left";
    throw segment_error(errc::segment_full, "the segment needs " + std::to_string(to - from) + " bytes more" + left);
}

struct stat status_of(int fd) {
    struct stat s {};
    checked([&] { return ::fstat(fd, &s); }, [&] { return "fstat(" + std::to_string(fd) + ")"; });
    return s;
}

} // namespace plait::ipc::detail
