// Copyright 2026 the plait authors. Boost Software License 1.0
#include "fifo.hpp"
#include "shared_queue.hpp"

#include <plait/runtime/detail/step.hpp>

namespace plait::ipc::detail {

shared_queue::shared_queue(std::span<std::byte> memory) : shared_queue(memory, queue_geometry::of(memory)) {}

shared_queue::shared_queue(std::span<std::byte> memory, const queue_geometry& g)
    : header_(header_of(memory)),
      capacity_(header_.capacity),
      joinable_(header_.joinable != 0),
      cells_(memory, g, header_.max_deliveries),
      order_(std::make_unique<fifo>(memory.subspan(g.order_offset(), g.order_bytes()), g, capacity_, cells_)) {}

bool shared_queue::drop_if_dropping(unsigned self) noexcept {
    if (!is_dropping()) return false;
    bool any = false;
    while (auto message = order_->take(self)) {
        PLAIT_STEP("queue.drop.taken");
        static_cast<void>(cells_.acknowledge(*message));
        any = true;
    }
    return any;
}

} // namespace plait::ipc::detail
