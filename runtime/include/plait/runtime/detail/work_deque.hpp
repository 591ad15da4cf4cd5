// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   thieves ──steal──▶ [ oldest … newest ] ◀──push, pop── the owner
//
// The work of one worker: its owner adds and takes at one end and pays no lock for it; everybody else takes the oldest at
// the other. The dynamic circular deque of Chase and Lev (SPAA 2005), with the orders of Lê, Pop, Cohen and Zappa Nardelli
// (PPoPP 2013), but for their fences: here the two indexes themselves are sequentially consistent, which costs the same on
// x86 and is understood by ThreadSanitizer.

#include <plait/runtime/detail/work_item.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace plait::detail {

class work_deque {
public:
    /// `capacity` is a power of two. It doubles when it is full.
    explicit work_deque(std::size_t capacity = 256) : slots_(grown(capacity)) {}
    work_deque(const work_deque&) = delete;
    work_deque& operator=(const work_deque&) = delete;

    /// Adds at the owner's end. Throws std::bad_alloc, and then nothing was added.
    void push(work_item& item) {
        std::int64_t bottom = bottom_.load(std::memory_order_relaxed);
        ring* slots = slots_.load(std::memory_order_relaxed);
        // acquire; pairs with the compare-exchange in steal(): the slot that is written next is not being read any more
        if (bottom - top_.load(std::memory_order_acquire) > slots->mask) [[unlikely]]
            slots = grow(bottom);
        slots->at(bottom).store(&item, std::memory_order_relaxed);
        // seq_cst: ordered before the owner's look at who sleeps (pool_core::announce); its release part pairs with the
        // load in steal()
        bottom_.store(bottom + 1, std::memory_order_seq_cst);
    }

    /// Takes the newest; nullptr if there is none. The owner alone.
    work_item* pop() noexcept {
        std::int64_t bottom = bottom_.load(std::memory_order_relaxed) - 1;
        ring* slots = slots_.load(std::memory_order_relaxed);
        // Either a thief sees that the newest is being taken, or this sees that the thief has taken it: both sides write
        // one index and then read the other, sequentially consistent.
        bottom_.store(bottom, std::memory_order_seq_cst);
        std::int64_t top = top_.load(std::memory_order_seq_cst);
        if (top < bottom) return slots->at(bottom).load(std::memory_order_relaxed);
        work_item* item = nullptr;
        if (top == bottom) { // the last one: who moves `top` has it
            item = slots->at(bottom).load(std::memory_order_relaxed);
            if (!top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst, std::memory_order_relaxed))
                item = nullptr;
        }
        bottom_.store(bottom + 1, std::memory_order_relaxed);
        return item;
    }

    /// Where the next push goes. Positions grow; what lies below one was pushed before. The owner alone.
    [[nodiscard]] std::int64_t position() const noexcept { return bottom_.load(std::memory_order_relaxed); }

    /// Takes the oldest; nullptr if there is none, or if another was faster. Any thread.
    work_item* steal() noexcept {
        std::int64_t top = top_.load(std::memory_order_seq_cst);
        if (top >= bottom_.load(std::memory_order_seq_cst)) return nullptr;
        // acquire; pairs with the release in grow()
        ring* slots = slots_.load(std::memory_order_acquire);
        work_item* item = slots->at(top).load(std::memory_order_relaxed);
        if (!top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst, std::memory_order_relaxed))
            return nullptr;
        return item;
    }

    /// A hint, but never true after a push that happened before the call, unless the item was taken. Any thread.
    [[nodiscard]] bool empty() const noexcept {
        return top_.load(std::memory_order_seq_cst) >= bottom_.load(std::memory_order_seq_cst);
    }
    /// A hint.
    [[nodiscard]] std::size_t size() const noexcept {
        std::int64_t n = bottom_.load(std::memory_order_relaxed) - top_.load(std::memory_order_relaxed);
        return n > 0 ? static_cast<std::size_t>(n) : 0;
    }

private:
    struct ring {
        explicit ring(std::size_t capacity)
            : mask(static_cast<std::int64_t>(capacity) - 1),
              items(std::make_unique<std::atomic<work_item*>[]>(capacity)) {}
        [[nodiscard]] std::atomic<work_item*>& at(std::int64_t index) const noexcept {
            return items[static_cast<std::size_t>(index & mask)];
        }
        std::int64_t mask;
        std::unique_ptr<std::atomic<work_item*>[]> items;
    };

    ring* grown(std::size_t capacity) {
        rings_.push_back(std::make_unique<ring>(capacity));
        return rings_.back().get();
    }
    [[gnu::noinline]] ring* grow(std::int64_t bottom) {
        ring* old = slots_.load(std::memory_order_relaxed);
        ring* wide = grown(2 * (static_cast<std::size_t>(old->mask) + 1));
        for (std::int64_t i = top_.load(std::memory_order_acquire); i < bottom; ++i)
            wide->at(i).store(old->at(i).load(std::memory_order_relaxed), std::memory_order_relaxed);
        slots_.store(wide, std::memory_order_release);
        return wide;
    }

    std::vector<std::unique_ptr<ring>>
        rings_; // thieves may still read the old ones; together they are as large as the last
    alignas(64) std::atomic<std::int64_t> bottom_{0};
    std::atomic<ring*> slots_;
    alignas(64) std::atomic<std::int64_t> top_{0};
};

} // namespace plait::detail
