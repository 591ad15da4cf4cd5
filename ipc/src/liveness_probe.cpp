// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "liveness_probe.hpp"
#include "proc.hpp"
#include "registry.hpp"
#include "segment_place.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace plait::ipc::detail {
namespace {

bool is_file(int fd, std::uint64_t device, std::uint64_t inode) noexcept {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

} // namespace

std::vector<std::string> liveness_paths(const inspect::found_segment& segment, ino_t inode) {
    std::vector<std::string> ways;
    if (!segment.path.empty())
        ways.push_back(segment_place::file(segment.path).liveness_path({segment.device, segment.inode}));
    for (auto& holder : segment.holders)
        if (auto files = files_of(holder.pid))
            for (auto& file : *files)
                if (file.device == segment.device && file.inode == inode)
                    ways.push_back(descriptor_path(holder.pid, file.fd));
    return ways;
}

liveness_probe::liveness_probe(const inspect::found_segment& segment, ino_t inode) {
    for (auto& a : registry::instance().visit_all()) {
        if (!is_file(a->memory_fd(), segment.device, segment.inode) || !a->is_attached()) continue;
        self_ = a->self();
        if (a->participants().liveness().id() == file_id{segment.device, inode}) own_ = a->participants().liveness();
    }
    if (own_) return;
    for (auto& path : liveness_paths(segment, inode)) {
        fd_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
        if (fd_ && is_file(fd_.get(), segment.device, inode)) return;
        liveness_file::close(std::move(fd_)); // another file by now
    }
}

liveness_probe::~liveness_probe() { liveness_file::close(std::move(fd_)); }

std::optional<liveness_probe::answer> liveness_probe::ask(unsigned byte) const {
    if (!*this) return std::nullopt;
    int fd = own_ ? own_.fd() : fd_.get();
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(byte);
    lock.l_len = 1;
    plait::detail::checked(
        [&] { return ::fcntl(fd, F_GETLK, &lock); },
        [&] { return "fcntl(liveness file, F_GETLK, byte " + std::to_string(byte) + ")"; });
    if (lock.l_type == F_UNLCK) return answer{false, 0};
    return answer{true, std::max(lock.l_pid, 0)};
}

} // namespace plait::ipc::detail
