// Copyright 2026 the plait authors. Boost Software License 1.0
#include "proc.hpp"
#include "segment_outline.hpp"

#include <plait/ipc/inspect.hpp>
#include <plait/runtime/error.hpp>

#include <fcntl.h>

namespace plait::ipc::inspect {
namespace {

using namespace detail;
using plait::detail::unique_fd;

unique_fd open_through(pid_t pid, int fd) {
    auto path = descriptor_path(pid, fd);
    return unique_fd(plait::detail::checked(
        [&] { return ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK); },
        [&] { return "open(" + path + ", O_RDWR)"; }));
}

} // namespace

ipc::segment enter(const found_segment& segment) {
    auto outline = outline_of(foreign_memory(segment));
    if (!outline.problems.empty())
        throw segment_error(errc::segment_invalid, segment.id + ": " + outline.problems.front());
    for (auto& holder : segment.holders) {
        auto files = memfds_of(holder.pid, liveness_file_name);
        if (!files) continue;
        for (auto& file : *files) {
            if (file.inode != outline.liveness_inode) continue;
            auto memory = open_through(holder.pid, holder.memory_fd);
            auto liveness = open_through(holder.pid, file.fd);
            return ipc::segment::attach(memory.release(), liveness.release());
        }
    }
    throw segment_error(
        errc::segment_invalid, segment.id + ": its liveness file is not open in any process that holds it");
}

} // namespace plait::ipc::inspect
