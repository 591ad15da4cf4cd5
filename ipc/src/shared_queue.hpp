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
    /// A look at all of it but the messages, as the protocol would have left it. Throws segment_error(segment_invalid).
    void check() const {
        cells_.check();
        order_->check();
    }

    [[nodiscard]] queue_header& header() const noexcept { return header_; }
    [[nodiscard]] cells& messages() noexcept { return cells_; }
    [[nodiscard]] const cells& messages() const noexcept { return cells_; }
    [[nodiscard]] message_order& order() const noexcept { return *order_; }

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] queue_order goes_by() const noexcept { return goes_by_; }
    // seq_cst: a put that commits after a close sees it, see queue_core::try_put.
    [[nodiscard]] queue_closing closing() const noexcept {
        return queue_closing{header_.closed.load(std::memory_order_seq_cst)};
    }
    [[nodiscard]] bool is_closed() const noexcept { return closing() != queue_closing::open; }
    /// Whether it was closed at once: then nothing waits in it for long, and nothing is taken from it.
    [[nodiscard]] bool is_dropping() const noexcept { return closing() == queue_closing::dropping; }
    void close(queue_closing how) noexcept {
        auto wanted = static_cast<std::uint32_t>(how);
        auto seen = header_.closed.load(std::memory_order_relaxed);
        while (seen < wanted && !header_.closed.compare_exchange_weak(
                                    seen, wanted, std::memory_order_seq_cst, std::memory_order_relaxed)) {
        }
    }
    [[nodiscard]] bool is_joinable() const noexcept { return joinable_; }

    /// Takes out of a queue that was closed at once what waits in it. Anybody may do so, and be cut off: what is left is
    /// dropped by the next who looks. Returns whether there was anything.
    bool drop_if_dropping(unsigned self) noexcept;

private:
    shared_queue(std::span<std::byte> memory, const queue_geometry& g);

    queue_header& header_;
    // Copies: shared memory is not trusted twice.
    std::uint64_t capacity_;
    bool joinable_;
    cells cells_;
    queue_order goes_by_;
    std::unique_ptr<message_order> order_;
};

} // namespace plait::ipc::detail
