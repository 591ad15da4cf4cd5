// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   0        header      bounds, whether it is closed, who waits
//   …        words       one per cell
//   …        origins     one per cell
//   …        notes       one per cell
//   …        order       what the order of the queue needs: for a FIFO its two ends and its ring of slots, for the others
//                        their lock, keys and heap
//   …        cells       the messages
//
// The memory of a queue, as all processes see it: cells.hpp and message_order.hpp say what its parts mean.

#include "channel.hpp"
#include "layout.hpp"

#include <plait/ipc/byte_queue.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace plait::ipc::detail {

/// How far a queue is closed.
enum class queue_closing : std::uint32_t { open = 0, draining = 1, dropping = 2 };

struct queue_header {
    // Never changes once the queue is made.
    std::uint32_t order; // a queue_order
    std::uint32_t cells;
    std::uint32_t cell_bytes;
    std::uint32_t places; // that the order has
    std::uint32_t max_deliveries;
    std::uint64_t capacity; // messages that may wait
    std::uint32_t joinable; // what get() takes stays held until task_done()
    // Only grows.
    std::atomic<std::uint32_t> closed;    // a queue_closing
    std::atomic<std::uint64_t> joins;     // how many joins have begun
    std::atomic<std::uint64_t> idle_seen; // the last join that had begun before a look which found the queue idle

    // When to look for leases whose limit has passed (expiry.hpp).
    alignas(cache_line) std::atomic<std::uint64_t> next_look;

    channel_memory not_empty;
    channel_memory not_full;
    channel_memory idle;
};

struct queue_geometry {
    queue_order order;
    std::uint32_t cells;
    std::uint32_t cell_bytes;
    std::uint32_t places;

    [[nodiscard]] static queue_geometry for_room(queue_order order, std::size_t bytes, std::size_t cell_bytes) noexcept;
    /// What the header at the beginning of `queue` says. Throws segment_error(segment_invalid) if that cannot be.
    [[nodiscard]] static queue_geometry of(std::span<std::byte> queue);
    /// Throws segment_error(segment_invalid) if this cannot be the geometry of a queue of `room` bytes.
    void check(std::size_t room) const;

    [[nodiscard]] constexpr std::size_t words_offset() const noexcept { return sizeof(queue_header); }
    [[nodiscard]] constexpr std::size_t origins_offset() const noexcept {
        return words_offset() + round_up(cells * std::size_t{8}, cache_line);
    }
    [[nodiscard]] constexpr std::size_t notes_offset() const noexcept {
        return origins_offset() + round_up(cells * std::size_t{8}, cache_line);
    }
    [[nodiscard]] constexpr std::size_t order_offset() const noexcept {
        return notes_offset() + round_up(cells * std::size_t{8}, cache_line);
    }
    [[nodiscard]] std::size_t order_bytes() const noexcept;
    [[nodiscard]] std::size_t memory_offset() const noexcept { return order_offset() + order_bytes(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return memory_offset() + std::size_t{cells} * cell_bytes; }
};

inline constexpr std::uint32_t cells_limit = (1U << 24) - 2;
inline constexpr std::uint32_t run_limit = 1U << 20; // cells per message
/// Of all that one process writes into a queue and another reads: a build that differs in it does not open the queue.
extern const std::uint64_t queue_layout_hash;

/// Formats zeroed memory: every cell FREE in generation 0, every place empty. Throws system_error.
void format_queue(
    std::span<std::byte> queue, const queue_geometry& g, std::uint64_t capacity, unsigned max_deliveries,
    bool joinable);

/// The header of a queue.
[[nodiscard]] queue_header& header_of(std::span<std::byte> queue) noexcept;

} // namespace plait::ipc::detail
