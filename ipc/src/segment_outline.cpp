// Copyright 2026 the plait authors. Boost Software License 1.0
#include "segment_outline.hpp"
#include "validation.hpp"

#include <algorithm>

namespace plait::ipc::detail {

segment_outline outline_of(const foreign_memory& memory) {
    segment_outline o;
    auto problem = [&](std::string what) { o.problems.push_back(std::move(what)); };
    auto copy = memory.copy(0, sizeof(segment_header));
    if (copy.size() == 0) {
        problem("the file has only " + std::to_string(memory.size()) + " bytes, fewer than a header");
        return o;
    }
    auto header = copy.number<segment_header>(0);
    const segment_plan& plan = header.plan;
    if (plan.magic == segment_magic) o.version = plan.version;
    if (auto why = why_unreadable(plan)) {
        problem(*why);
        return o;
    }
    o.max_participants = plan.max_participants;
    if (o.objects() > memory.size()) {
        problem(
            "the file ends at byte " + std::to_string(memory.size()) + ", before its directory does at " +
            std::to_string(o.objects()));
        return o;
    }
    o.readable = true;
    // Nothing below keeps us from reading what is there.
    if (plan.checksum != checksum_of(plan)) problem("its header is damaged: the checksum is wrong");
    o.kind = plan.kind;
    o.max_bytes = plan.max_bytes;
    o.stays_when_empty = plan.outlives_participants != 0;
    o.bytes = header.size;
    // The file may be longer: somebody died while it grew.
    if (auto file_bytes = memory.size(); o.bytes > file_bytes)
        problem(
            "it is truncated: it says that it has " + std::to_string(o.bytes) + " bytes, the file has " +
            std::to_string(file_bytes));
    if (plan.objects != o.objects())
        problem(
            "it says that its objects begin at byte " + std::to_string(plan.objects) + "; they must at " +
            std::to_string(o.objects()));
    o.liveness_inode = header.liveness_inode;
    o.closed_in_order = header.closed_in_order != 0;
    if (!o.closed_in_order && header.boot != current_boot())
        problem("it is of an earlier boot, and was not closed in order");
    return o;
}

std::vector<outlined_object> objects_of(const foreign_memory& memory, const segment_outline& outline) {
    std::vector<outlined_object> found;
    auto entries = memory.copy(directory_offset(outline.max_participants), directory_entries * sizeof(directory_entry));
    auto file_bytes = memory.size(); // asked after the entries were read
    for (std::size_t at = 0; at < entries.size(); at += sizeof(directory_entry)) {
        auto type = object_type{entries.number<std::uint32_t>(at + offsetof(directory_entry, type))};
        if (type == object_type::none) continue;
        auto length = entries.number<std::uint32_t>(at + offsetof(directory_entry, name_length));
        outlined_object o{
            .type = type,
            .offset = entries.number<std::uint64_t>(at + offsetof(directory_entry, offset)),
            .bytes = entries.number<std::uint64_t>(at + offsetof(directory_entry, bytes)),
            .layout_hash = entries.number<std::uint64_t>(at + offsetof(directory_entry, layout_hash))};
        auto name =
            entries.bytes().subspan(at + offsetof(directory_entry, name), std::min<std::size_t>(length, name_limit));
        o.name.assign(reinterpret_cast<const char*>(name.data()), name.size());
        if (length > name_limit)
            o.problem =
                "its name has " + std::to_string(length) + " bytes; that must be 1 to " + std::to_string(name_limit);
        else if (o.offset < outline.objects() || o.offset % cache_line != 0)
            o.problem = "it is said to begin at byte " + std::to_string(o.offset) + ", where no object can begin";
        else if (o.offset > file_bytes || o.bytes > file_bytes - o.offset)
            o.problem = "it is said to have " + std::to_string(o.bytes) + " bytes at byte " + std::to_string(o.offset) +
                        ", of a file that has " + std::to_string(file_bytes);
        found.push_back(std::move(o));
    }
    return found;
}

} // namespace plait::ipc::detail
