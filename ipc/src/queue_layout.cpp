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

// Words are hashed by samples, in which each field has another value: a field that moves, or changes its width or its
// meaning, changes the hash by itself. `protocol` is for what no layout shows: it is counted up when what is written stays
// alike, but who writes it, and when, does not.
constexpr std::uint64_t protocol = 5;

constexpr std::uint64_t words_hash() noexcept {
    std::uint64_t hash = 0;
    for (unsigned state = cell_word::free; state <= cell_word::body; ++state)
        hash = hash_of(
            hash, cell_word::of(0x12'3456'789aU, cell_word::state_type{state}, 0xbcd, 0xef).bits,
            std::uint64_t{cell_word{std::uint64_t{state} << 20}.has_owner()});
    return hash_of(
        hash, std::uint64_t{cell_word::draft}, std::uint64_t{cell_word::leased}, std::uint64_t{cell_word::timed},
        std::uint64_t{cell_word::extending}, std::uint64_t{cell_word::returned}, std::uint64_t{cell_word::dead},
        cell_word::body_of(0x12'3456'789aU, 0xb'cdef).bits, cell_note::of(0x123'4567'89abU, 0xc'def0).bits,
        slot_word::empty(0x12'3456'789aU).bits, slot_word::full(0x12'3456'789aU, 0xbc'def0).bits,
        std::uint64_t{lease_step_bits}, never_ends, no_look, static_cast<std::uint64_t>(dead_letter::reason::damaged));
}

constexpr std::uint64_t parts_hash() noexcept {
    return hash_of(
        sizeof(queue_header), offsetof(queue_header, capacity), offsetof(queue_header, joinable),
        offsetof(queue_header, closed), offsetof(queue_header, joins), offsetof(queue_header, idle_seen),
        offsetof(queue_header, next_look), offsetof(queue_header, not_empty), offsetof(queue_header, not_full),
        offsetof(queue_header, idle), sizeof(message_header), offsetof(message_header, size),
        offsetof(message_header, cells), sizeof(fifo_ends), offsetof(fifo_ends, head), offsetof(fifo_ends, tail),
        sizeof(sorted_memory), offsetof(sorted_memory, heap_is), offsetof(sorted_memory, size),
        offsetof(sorted_memory, puts), sizeof(sorted_key), offsetof(sorted_key, priority),
        offsetof(sorted_key, sequence), std::uint64_t{sorted_memory::being_made},
        static_cast<std::uint64_t>(queue_order::priority), static_cast<std::uint64_t>(queue_closing::dropping));
}

} // namespace

constexpr std::uint64_t queue_layout_hash = hash_of(protocol, parts_hash(), words_hash());

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
