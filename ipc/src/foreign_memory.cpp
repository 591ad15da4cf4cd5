// Copyright 2026 the plait authors. Boost Software License 1.0
#include "foreign_memory.hpp"
#include "liveness_file.hpp"
#include "proc.hpp"

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace plait::ipc::detail {

foreign_memory::foreign_memory(const inspect::found_segment& segment) {
    std::vector<std::string> ways;
    if (!segment.path.empty()) ways.push_back(segment.path);
    for (auto& holder : segment.holders)
        ways.push_back(descriptor_path(holder.pid, holder.memory_fd));
    int code = ENOENT;
    std::string tried = "the memory of " + segment.id;
    for (auto& path : ways) {
        tried = path;
        fd_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
        struct stat status {};
        // Something else may be there by now.
        if (fd_ && ::fstat(fd_.get(), &status) == 0 && status.st_dev == segment.device &&
            status.st_ino == segment.inode)
            return;
        code = fd_ ? ESTALE : errno;
        liveness_file::close(std::move(fd_));
    }
    plait::detail::throw_system_error(code, "open(" + tried + ", O_RDONLY)");
}

std::uint64_t foreign_memory::size() const noexcept {
    struct stat status {};
    return ::fstat(fd_.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::size_t foreign_memory::read(std::uint64_t offset, std::span<std::byte> to) const {
    std::size_t done = 0;
    while (done < to.size()) {
        auto at = static_cast<off_t>(offset + done);
        auto n = plait::detail::checked(
            [&] { return ::pread(fd_.get(), to.data() + done, to.size() - done, at); },
            [&] { return "pread(segment, at byte " + std::to_string(at) + ")"; });
        if (n == 0) break;
        done += static_cast<std::size_t>(n);
    }
    return done;
}

memory_copy foreign_memory::copy(std::uint64_t offset, std::size_t bytes) const {
    auto there = size();
    if (offset > there || bytes > there - offset) return {};
    std::vector<std::byte> all(bytes);
    return read(offset, all) == bytes ? memory_copy(std::move(all)) : memory_copy();
}

bool foreign_memory::is_still(std::uint64_t offset, std::span<const std::byte> seen) const {
    std::vector<std::byte> now(std::min<std::size_t>(seen.size(), 1 << 20));
    while (!seen.empty()) {
        auto part = std::span(now).first(std::min(now.size(), seen.size()));
        if (read(offset, part) != part.size() || !std::ranges::equal(part, seen.first(part.size()))) return false;
        offset += part.size();
        seen = seen.subspan(part.size());
    }
    return true;
}

} // namespace plait::ipc::detail
