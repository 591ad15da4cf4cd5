// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A copy of everything of a queue but its messages, for those who look at it from outside: header, words, origins and
// order, and what they say once nothing in them is believed. It is taken again while others change it, a few times; then
// it says that it is `changing`, and its parts may be of different moments.

#include "cells.hpp"
#include "foreign_memory.hpp"
#include "segment_outline.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace plait::ipc::detail {

class queue_image {
public:
    /// `object` has no problem. Throws segment_error(segment_invalid) if its header cannot be that of a queue.
    queue_image(const foreign_memory& memory, const outlined_object& object);

    [[nodiscard]] const queue_geometry& geometry() const noexcept { return geometry_; }
    [[nodiscard]] bool changing() const noexcept { return changing_; }
    template <class Number>
    [[nodiscard]] Number header_field(std::size_t offset) const noexcept {
        return front_.number<Number>(offset);
    }

    [[nodiscard]] cell_word word_at(std::uint32_t cell) const noexcept {
        return {front_.number<std::uint64_t>(geometry_.words_offset() + cell * std::size_t{8})};
    }
    [[nodiscard]] cell_note note_at(std::uint32_t cell) const noexcept {
        return {front_.number<std::uint64_t>(geometry_.notes_offset() + cell * std::size_t{8})};
    }
    /// Whether no message has the cell.
    [[nodiscard]] bool is_free(std::uint32_t cell) const noexcept;

    struct order {
        std::vector<std::uint32_t> waiting; // the cells of the messages that wait, the next one first
        std::vector<bool> named;            // by the order, for each cell
        std::vector<std::string> problems;
    };
    [[nodiscard]] order read_order() const;

private:
    [[nodiscard]] order read_fifo() const;
    [[nodiscard]] order read_sorted() const;

    queue_geometry geometry_{};
    memory_copy front_;
    bool changing_ = false;
};

} // namespace plait::ipc::detail
