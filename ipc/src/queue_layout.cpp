// Copyright 2026 the plait authors. Boost Software License 1.0
#include "cells.hpp"
#include "expiry.hpp"
#include "fifo.hpp"
#include "sorted_order.hpp"

#include <plait/runtime/error.hpp>

#include <new>
#include <string>

namespace plait::ipc::detail {
namespace {

std::uint32_t places_for(queue_order order, std::uint32_t cells) noexcept {
    return order == queue_order::fifo ? fifo::slots_for(cells) : cells;
}

} // namespace

queue_geometry queue_geometry::for_room(queue_order order, std::size_t bytes, std::size_t cell_bytes) noexcept {
    auto cells = static_cast<std::uint32_t>((bytes + cell_bytes - 1) / cell_bytes);
    return {order, cells, static_cast<std::uint32_t>(cell_bytes), places_for(order, cells)};
}

std::size_t queue_geometry::order_bytes() const noexcept {
    return order == queue_order::fifo ? fifo::order_bytes(places) : sorted_order::order_bytes(cells);
}

namespace {

[[noreturn]] void refuse(const char* why) {
    throw segment_error(errc::segment_invalid, std::string("the memory of a queue is damaged: ") + why);
}

} // namespace

queue_geometry queue_geometry::of(std::span<std::byte> queue) {
    if (queue.size() < sizeof(queue_header)) refuse("it is too small");
    const queue_header& header = header_of(queue);
    queue_geometry g{queue_order{header.order}, header.cells, header.cell_bytes, header.places};
    g.check(queue.size());
    return g;
}

void queue_geometry::check(std::size_t room) const {
    if (order < queue_order::fifo || order > queue_order::priority) refuse("its order");
    if (cells < 1 || cells > cells_limit) refuse("number of cells");
    if (cell_bytes < 2 * sizeof(message_header) || cell_bytes % alignof(message_header) != 0) refuse("size of a cell");
    if (places != places_for(order, cells)) refuse("number of slots");
    if (bytes() > room) refuse("its parts do not fit into it");
}

void format_queue(
    std::span<std::byte> queue, const queue_geometry& g, std::uint64_t capacity, unsigned max_deliveries,
    bool joinable) {
    auto* header = new (queue.data()) queue_header{};
    header->order = static_cast<std::uint32_t>(g.order);
    header->cells = g.cells;
    header->cell_bytes = g.cell_bytes;
    header->places = g.places;
    header->capacity = capacity;
    header->max_deliveries = max_deliveries;
    header->next_look.store(no_look, std::memory_order_relaxed);
    header->joinable = joinable;
    if (g.order != queue_order::fifo) sorted_order::format(queue.subspan(g.order_offset(), g.order_bytes()));
}

queue_header& header_of(std::span<std::byte> queue) noexcept {
    return *std::launder(reinterpret_cast<queue_header*>(queue.data()));
}

} // namespace plait::ipc::detail
