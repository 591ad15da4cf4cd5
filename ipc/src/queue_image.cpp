// Copyright 2026 the plait authors. Boost Software License 1.0
#include "fifo.hpp"
#include "queue_image.hpp"
#include "sorted_order.hpp"

#include <plait/runtime/error.hpp>

#include <algorithm>
#include <bit>
#include <utility>

namespace plait::ipc::detail {
namespace {

constexpr int attempts = 3; // to read a queue while nobody changes it

} // namespace

queue_image::queue_image(const foreign_memory& memory, const outlined_object& object) {
    if (object.bytes < sizeof(queue_header))
        throw segment_error(
            errc::segment_invalid,
            "it has only " + std::to_string(object.bytes) + " bytes, fewer than a queue's header");
    auto header = memory.copy(object.offset, sizeof(queue_header));
    if (header.size() == 0) throw segment_error(errc::segment_invalid, "the file has become shorter");
    geometry_ = {
        queue_order{header.number<std::uint32_t>(offsetof(queue_header, order))},
        header.number<std::uint32_t>(offsetof(queue_header, cells)),
        header.number<std::uint32_t>(offsetof(queue_header, cell_bytes)),
        header.number<std::uint32_t>(offsetof(queue_header, places))};
    geometry_.check(object.bytes);
    for (int i = 0; i < attempts; ++i) {
        front_ = memory.copy(object.offset, geometry_.memory_offset());
        if (front_.size() == 0) throw segment_error(errc::segment_invalid, "the file has become shorter");
        changing_ = !memory.is_still(object.offset, front_.bytes());
        if (!changing_) return;
    }
}

bool queue_image::is_free(std::uint32_t cell) const noexcept {
    auto origin_at = [this](std::uint32_t head) {
        return front_.number<std::uint64_t>(geometry_.origins_offset() + head * std::size_t{8});
    };
    return is_free_cell(
        cell, word_at(cell), [this](std::uint32_t head) { return word_at(head); }, origin_at);
}

queue_image::order queue_image::read_order() const {
    return geometry_.order == queue_order::fifo ? read_fifo() : read_sorted();
}

/// By the keys of the messages: the heap may be made from them at any time, and says nothing more.
queue_image::order queue_image::read_sorted() const {
    order found;
    found.named.resize(geometry_.cells);
    for (std::uint32_t cell = 0; cell < geometry_.cells; ++cell) {
        if (!word_at(cell).can_be_taken()) continue;
        found.named[cell] = true;
        found.waiting.push_back(cell);
    }
    auto key_of = [&](std::uint32_t cell) {
        auto at = geometry_.order_offset() + sizeof(sorted_memory) + cell * sizeof(sorted_key);
        return std::pair(
            front_.number<std::int64_t>(at + offsetof(sorted_key, priority)),
            front_.number<std::uint64_t>(at + offsetof(sorted_key, sequence)));
    };
    std::ranges::sort(found.waiting, {}, key_of);
    return found;
}

queue_image::order queue_image::read_fifo() const {
    order found;
    found.named.resize(geometry_.cells);
    std::size_t ends = geometry_.order_offset();
    auto slot_at = [&](std::uint64_t position) {
        std::size_t place = position & (geometry_.places - 1);
        return slot_word{front_.number<std::uint64_t>(ends + sizeof(fifo_ends) + place * 8)};
    };
    auto head = front_.number<std::uint64_t>(ends + offsetof(fifo_ends, head));
    auto tail = front_.number<std::uint64_t>(ends + offsetof(fifo_ends, tail));
    const ring_check ring(tail, head, geometry_.places, geometry_.cells);
    auto report = [&](const std::optional<std::string>& problem) {
        if (problem && !changing_) found.problems.push_back(*problem);
    };
    report(ring.problem_of(tail));
    std::size_t to_be_found = 0;
    for (std::uint32_t i = 0; i < geometry_.places; ++i) {
        auto slot = slot_at(i);
        report(ring.problem_of(i, slot, tail));
        if (slot.is_empty() || slot.cell() >= geometry_.cells) continue;
        if (found.named[slot.cell()])
            found.problems.push_back("cell " + std::to_string(slot.cell()) + " is named by more than one slot");
        else
            to_be_found += word_at(slot.cell()).can_be_taken();
        found.named[slot.cell()] = true;
    }
    auto lap_shift = std::countr_zero(geometry_.places);
    std::vector<bool> seen(geometry_.cells);
    for (std::uint64_t i = 0; i < geometry_.places; ++i) {
        auto slot = slot_at(head + i);
        auto lap = (head + i) >> lap_shift;
        if (slot.lap() > lap) continue; // taken already
        if (slot.is_empty() || slot.lap() < lap) break;
        if (slot.cell() >= geometry_.cells || seen[slot.cell()] || !word_at(slot.cell()).can_be_taken()) continue;
        seen[slot.cell()] = true;
        found.waiting.push_back(slot.cell());
    }
    if (found.waiting.size() != to_be_found && !changing_)
        found.problems.push_back(
            std::to_string(to_be_found) + " messages are in slots, of which " + std::to_string(found.waiting.size()) +
            " can be reached from the head, position " + std::to_string(head));
    return found;
}

} // namespace plait::ipc::detail
