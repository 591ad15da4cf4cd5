// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a loop has to run, and how other threads hand it over. Both structures are intrusive: making something ready
// allocates nothing and cannot fail.

#include <plait/runtime/detail/seeded_random.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace plait::detail {

/// Something a loop can run: a coroutine to resume, or a small piece of work of the runtime's own.
struct ready_item {
    explicit ready_item(void (*run_item)(ready_item&) noexcept) noexcept : run(run_item) {}

    ready_item* next = nullptr;
    void (*run)(ready_item&) noexcept;
};

/// First in, first out; one thread. With a seed, pop() lets a generator choose among the first few items instead, so that
/// a test can run many interleavings and repeat the one that failed.
class ready_queue {
public:
    ready_queue() noexcept = default;
    ready_queue(const ready_queue&) = delete;
    ready_queue& operator=(const ready_queue&) = delete;

    [[nodiscard]] bool empty() const noexcept { return head_ == nullptr; }

    void push_back(ready_item& item) noexcept {
        item.next = nullptr;
        *end_ = &item;
        end_ = &item.next;
    }
    void push_front(ready_item& item) noexcept {
        if (!head_) end_ = &item.next;
        item.next = head_;
        head_ = &item;
    }
    /// The next item, or nullptr.
    ready_item* pop() noexcept { return random_ ? pop_at_random() : pop_front(); }
    /// The first one, whatever the seed says, or nullptr.
    ready_item* pop_front() noexcept {
        ready_item* item = head_;
        if (item) {
            head_ = item->next;
            if (!head_) end_ = &head_;
            __builtin_prefetch(head_); // while this one runs
        }
        return item;
    }
    /// push_back, then pop_front: the first one, or `item` itself if there is no other.
    ready_item* rotate(ready_item& item) noexcept {
        ready_item* first = head_;
        if (!first) return &item;
        if (first == &item) __builtin_unreachable(); // it is in no queue
        push_back(item);
        head_ = first->next;
        return first;
    }
    [[nodiscard]] bool is_seeded() const noexcept { return static_cast<bool>(random_); }
    /// Any value; neighbouring ones give unrelated orders.
    void seed(std::uint64_t value) noexcept { random_.seed(value); }

private:
    ready_item* pop_at_random() noexcept;

    ready_item* head_ = nullptr;
    seeded_random random_; // not seeded: keep the order. Here, so that the compiler does not fuse the stores around it
    ready_item** end_ = &head_; // where the next one is linked: the last one's `next`, or head_
};

/// Many threads push, the loop's thread takes everything at once, oldest first. Lock-free.
class inbox {
public:
    void push(ready_item& item) noexcept {
        ready_item* top = top_.load(std::memory_order_relaxed);
        do
            item.next = top;
        // seq_cst: ordered against the loop's `scheduled` flag (see loop::make_ready_remotely); its release part pairs
        // with the acquire in take()
        while (!top_.compare_exchange_weak(top, &item, std::memory_order_seq_cst, std::memory_order_relaxed));
    }
    [[nodiscard]] bool empty() const noexcept { return top_.load(std::memory_order_seq_cst) == nullptr; }
    /// Moves everything to the end of `into` and says how much that was.
    std::size_t take(ready_queue& into) noexcept;

private:
    std::atomic<ready_item*> top_{nullptr};
};

} // namespace plait::detail
