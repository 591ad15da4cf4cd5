// Copyright 2026 the plait authors. Boost Software License 1.0
#include "fifo.hpp"
#include "shared_queue.hpp"

namespace plait::ipc::detail {

shared_queue::shared_queue(std::span<std::byte> memory) : shared_queue(memory, queue_geometry::of(memory)) {}

shared_queue::shared_queue(std::span<std::byte> memory, const queue_geometry& g)
    : header_(header_of(memory)),
      capacity_(header_.capacity),
      cells_(memory, g, header_.max_deliveries),
      order_(std::make_unique<fifo>(memory.subspan(g.order_offset(), g.order_bytes()), g, capacity_, cells_)) {}

} // namespace plait::ipc::detail
