// Copyright 2026 the plait authors. Boost Software License 1.0
#include "fifo.hpp"
#include "shared_queue.hpp"
#include "sorted_order.hpp"

#include <plait/runtime/detail/step.hpp>

namespace plait::ipc::detail {
namespace {

std::unique_ptr<message_order>
order_of(std::span<std::byte> memory, const queue_geometry& g, std::uint64_t capacity, cells& messages) {
    auto own = memory.subspan(g.order_offset(), g.order_bytes());
    if (g.order == queue_order::fifo) return std::make_unique<fifo>(own, g, capacity, messages);
    return std::make_unique<sorted_order>(own, g, capacity, messages);
}

} // namespace

shared_queue::shared_queue(std::span<std::byte> memory) : shared_queue(memory, queue_geometry::of(memory)) {}

shared_queue::shared_queue(std::span<std::byte> memory, const queue_geometry& g)
    : header_(header_of(memory)),
      capacity_(header_.capacity),
      joinable_(header_.joinable != 0),
      cells_(memory, g, header_.max_deliveries),
      goes_by_(g.order),
      order_(order_of(memory, g, capacity_, cells_)) {}

bool shared_queue::drop_if_dropping(unsigned self) noexcept {
    if (!is_dropping()) return false;
    bool any = false;
    try {
        while (auto message = order_->take(self)) {
            PLAIT_STEP("queue.drop.taken");
            static_cast<void>(cells_.acknowledge(*message));
            any = true;
        }
    } catch (...) { // held up, or damaged: the next one tries, or says so
    }
    return any;
}

} // namespace plait::ipc::detail
