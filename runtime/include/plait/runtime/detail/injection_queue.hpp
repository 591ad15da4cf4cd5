// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   threads that are no workers ──push──▶ [ chunk ]─▶[ chunk ]─▶[ chunk ] ──take, many at once──▶ workers
//
// How work comes into a pool, first in, first out. Each end has a lock of its own (Michael and Scott, PODC 1996), so that
// who brings work never waits for those who fetch it; who fetches takes a handful, so that the workers meet rarely. The
// items lie side by side in chunks: a worker that follows them need not wait for one cache miss after the other.

#include <plait/runtime/detail/raw_lock.hpp>
#include <plait/runtime/detail/work_item.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace plait::detail {

class injection_queue {
public:
    injection_queue();
    ~injection_queue();
    injection_queue(const injection_queue&) = delete;
    injection_queue& operator=(const injection_queue&) = delete;

    /// Adds at the back. False if the queue is closed. Throws std::bad_alloc, and then nothing was added.
    [[nodiscard]] bool push(work_item& item);
    /// The same, also when it is closed: for work that was accepted before.
    void push_again(work_item& item);

    /// Moves up to `limit` of the oldest items to `into`; returns how many.
    std::size_t take(work_item** into, std::size_t limit) noexcept;

    /// Refuses pushes from now on: when it returns, every push that succeeded can be taken.
    void close() noexcept;

    /// A hint, but never true after a push that happened before the call, unless the item was taken.
    [[nodiscard]] bool empty() const noexcept {
        return taken_.load(std::memory_order_seq_cst) >= pushed_.load(std::memory_order_seq_cst);
    }
    /// A hint.
    [[nodiscard]] std::size_t size() const noexcept {
        std::uint64_t taken = taken_.load(std::memory_order_relaxed), pushed = pushed_.load(std::memory_order_relaxed);
        return pushed > taken ? pushed - taken : 0;
    }
    /// How many were ever pushed.
    [[nodiscard]] std::uint64_t pushed() const noexcept { return pushed_.load(std::memory_order_relaxed); }

private:
    struct chunk;

    void append(work_item& item);

    // What the pushing side writes, and then what the taking side does, on cache lines of their own.
    alignas(64) raw_lock back_lock_;
    bool closed_ = false;
    chunk* back_;
    std::atomic<std::uint64_t> pushed_{0};
    alignas(64) raw_lock front_lock_;
    chunk* front_;
    std::atomic<std::uint64_t> taken_{0};
    alignas(64) std::atomic<chunk*> spare_{nullptr}; // the last chunk that was emptied
};

} // namespace plait::detail
