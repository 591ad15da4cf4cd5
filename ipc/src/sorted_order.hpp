// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//    cells   [ 0: READY │ 1: LEASED │ 2: RETURNED │ 3: READY │ … ]   the truth
//    keys    [ (5, #7)  │           │ (0, #4)     │ (5, #6)  │ … ]   written before a message is READY, kept for its life
//    heap    [ 2 3 0 ]                                               cells by their keys: derived, under a lock
//
// The order of a queue that goes by priority (the lowest number first, and among equals the oldest), or of one that is
// last in, first out. A put becomes true when its word is READY, a receive when it is LEASED, a return when it is
// RETURNED; the heap only says which comes first, and can be made from the words and the keys at any time. It is made anew
// when it may not be whole: its lock was held by somebody who died, or somebody changed a word without the lock. So a
// return never waits, a sweep needs no lock, and a message that came back takes its old place.
//
// Puts and takes hold the lock for O(log messages) steps. They wait for it a short while; where its holder is stopped,
// they throw held_up, and the waiting operations of queue_core look again from time to time, until their deadlines.
// docs/decisions/0011-orders-under-a-lock.md says why it is right, and test/models/sorted_queue.pml checks it.

#include "message_order.hpp"
#include "robust_mutex.hpp"

namespace plait::ipc::detail {

/// The order part of the queue; the keys follow it, then the heap, then the place of each cell in the heap.
struct sorted_memory {
    /// Whether the heap holds what it should. Whoever finds it not whole, with the lock, makes it anew.
    enum state : std::uint32_t { whole = 0, outdated = 1, being_made = 2 };

    alignas(cache_line) robust_mutex lock;
    alignas(cache_line) std::atomic<std::uint32_t> heap_is; // a state
    std::atomic<std::uint32_t> size;                        // of the heap; changed under the lock
    std::atomic<std::uint64_t> puts;                        // ever begun: the sequence number of the next
};

/// By which messages are ordered: the lower one comes first.
struct sorted_key {
    std::atomic<std::int64_t> priority;
    std::atomic<std::uint64_t> sequence; // of its put; from the other end if what is last comes first
};

class sorted_order final : public message_order {
public:
    [[nodiscard]] static std::size_t order_bytes(std::uint32_t cells) noexcept;
    /// In zeroed memory. Throws system_error.
    static void format(std::span<std::byte> memory);

    /// `memory` is the order part of the queue, which has been checked.
    sorted_order(
        std::span<std::byte> memory, const queue_geometry& g, std::uint64_t capacity, cells& messages) noexcept;

    [[nodiscard]] bool has_capacity() noexcept override;
    [[nodiscard]] commit_result publish(unsigned self, held_message& m, bool bounded) override;
    [[nodiscard]] bool take_back(unsigned self, const held_message& m) noexcept override;
    [[nodiscard]] std::optional<held_message> take(unsigned self) override;
    void requeue(std::uint32_t cell) noexcept override;
    void reconcile(std::span<cells::finding> found) noexcept override;
    [[nodiscard]] std::size_t size() const noexcept override;
    [[nodiscard]] std::size_t messages_to_take() noexcept override;
    [[nodiscard]] bool surely_waits() noexcept override;
    void reinitialise() override;

private:
    [[nodiscard]] std::optional<robust_mutex::guard> enter();
    sorted_memory::state outdate() const noexcept;

    // With the lock.
    void make_heap() noexcept;
    void insert(std::uint32_t cell) noexcept;
    void remove_first() noexcept;
    void sift_up(std::uint32_t place, std::uint32_t cell) noexcept;
    void sift_down(std::uint32_t place, std::uint32_t cell, std::uint32_t count) noexcept;
    [[nodiscard]] std::uint32_t count_in_heap() const noexcept;
    [[nodiscard]] std::uint32_t cell_at(std::uint32_t place) const noexcept;
    void put_at(std::uint32_t place, std::uint32_t cell) noexcept;
    [[nodiscard]] bool is_before(std::uint32_t a, std::uint32_t b) const noexcept;
    void write_key(const held_message& m) noexcept;

    cells& cells_;
    sorted_memory* shared_;
    sorted_key* keys_;
    std::atomic<std::uint32_t>* heap_;
    std::atomic<std::uint32_t>* places_;
    // Copies of what never changes: shared memory is not trusted twice.
    std::uint64_t capacity_;
    bool last_first_;
};

} // namespace plait::ipc::detail
