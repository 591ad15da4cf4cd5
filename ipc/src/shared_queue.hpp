// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A queue in shared memory, seen through one process's mapping: its header, its messages, and their order. What it says
// of itself is checked once, when this view is formed.

#include "message_order.hpp"

#include <algorithm>
#include <memory>
#include <span>

namespace plait::ipc::detail {

class shared_queue {
public:
    /// Throws segment_error(segment_invalid) if the memory does not hold what its header says.
    explicit shared_queue(std::span<std::byte> memory);

    [[nodiscard]] queue_header& header() const noexcept { return header_; }
    [[nodiscard]] cells& messages() noexcept { return cells_; }
    [[nodiscard]] const cells& messages() const noexcept { return cells_; }
    [[nodiscard]] message_order& order() const noexcept { return *order_; }

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    // seq_cst: a put that commits after a close sees it, see queue_core::try_put.
    [[nodiscard]] bool is_closed() const noexcept { return header_.closed.load(std::memory_order_seq_cst) != 0; }
    void close() noexcept { header_.closed.store(1, std::memory_order_seq_cst); }

private:
    shared_queue(std::span<std::byte> memory, const queue_geometry& g);

    queue_header& header_;
    std::uint64_t capacity_; // a copy: shared memory is not trusted twice
    cells cells_;
    std::unique_ptr<message_order> order_;
};

} // namespace plait::ipc::detail
