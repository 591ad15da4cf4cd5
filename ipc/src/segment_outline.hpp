// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Where the parts of a segment lie, as far as its header can be understood, for those who look at it from outside. What
// an attachment would refuse is a problem here; whether one can read on in spite of it is another question.

#include "foreign_memory.hpp"
#include "layout.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace plait::ipc::detail {

struct segment_outline {
    bool readable = false; // the places of participants and directory are known and within the file
    std::vector<std::string> problems{};
    std::uint32_t version = 0;
    unsigned max_participants = 0;
    std::uint64_t bytes = 0; // as the header says
    std::uint64_t max_bytes = 0;
    segment_kind kind = segment_kind::anonymous;
    bool stays_when_empty = false; // its name, when the last participant leaves
    bool closed_in_order = false;  // a file: nobody is in, and all of it has reached the disk
    std::uint64_t liveness_inode = 0;

    [[nodiscard]] std::size_t objects() const noexcept { return objects_offset(max_participants); }
};

[[nodiscard]] segment_outline outline_of(const foreign_memory& memory);

/// An entry of the directory that is in use.
struct outlined_object {
    std::string name{};
    object_type type;
    std::uint64_t offset;
    std::uint64_t bytes;
    std::uint64_t layout_hash;
    std::string problem{}; // why its memory must not be looked at
};

/// Of a readable segment.
[[nodiscard]] std::vector<outlined_object> objects_of(const foreign_memory& memory, const segment_outline& outline);

} // namespace plait::ipc::detail
