// Copyright 2026 the plait authors. Boost Software License 1.0
#include "liveness_probe.hpp"
#include "proc.hpp"
#include "queue_core.hpp"
#include "segment_outline.hpp"

#include <plait/ipc/inspect.hpp>
#include <plait/runtime/error.hpp>

#include <fcntl.h>

namespace plait::ipc::inspect {
namespace {

using namespace detail;
using plait::detail::unique_fd;

unique_fd open_both_ways(const std::string& path) {
    return unique_fd(plait::detail::checked(
        [&] { return ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); },
        [&] { return "open(" + path + ", O_RDWR)"; }));
}

} // namespace

ipc::segment enter(const found_segment& segment) {
    auto outline = outline_of(foreign_memory(segment));
    if (!outline.problems.empty())
        throw segment_error(errc::segment_invalid, segment.id + ": " + outline.problems.front());
    if (outline.kind == segment_kind::named && !segment.path.empty())
        return ipc::segment::open(segment.id, segment.owner);
    if (outline.kind == segment_kind::file && !segment.path.empty())
        return ipc::segment::open_file(segment.path, segment.owner);
    auto liveness = liveness_paths(segment, outline.liveness_inode);
    if (segment.holders.empty() || liveness.empty())
        throw segment_error(
            errc::segment_invalid, segment.id + ": its liveness file is not open in any process that holds it");
    auto& holder = segment.holders.front();
    auto memory = open_both_ways(descriptor_path(holder.pid, holder.memory_fd));
    return ipc::segment::attach(memory.release(), open_both_ways(liveness.front()).release());
}

byte_queue open_queue(const found_segment& segment, std::string_view name) {
    auto entered = enter(segment);
    auto queue = byte_queue::open(entered, name);
    queue.core().shared().check();
    return queue;
}

} // namespace plait::ipc::inspect
