// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     gets ──▶ [ ring of 16 ] ──▶ [ ring of 32 ] ──▶ [ ring of 64 ] ◀── puts
//
// The items of a first-in-first-out queue, numbered from 0. A ring that is full while the queue is not is followed by one
// of twice its size: items never move, so growing cannot fail halfway. Gets leave a ring for the next one and free it; in
// the end there is one ring, as large as it ever had to be.
//
// One party at a time puts, one at a time takes, and the two need not exclude each other: the queue tells either how far
// the other has come. `front` is the number of the first item that was not taken, `back` the number of the next to be put.

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace plait::detail {

template <class T>
class fifo_items {
    struct ring;

public:
    static constexpr bool ends_are_independent = true;

    explicit fifo_items(std::size_t capacity) noexcept : capacity_(capacity) {}
    fifo_items(const fifo_items&) = delete;
    fifo_items& operator=(const fifo_items&) = delete;

    /// Returns how many of the `wanted` items, at least 1, can be put before this must be asked again.
    std::size_t make_room(std::uint64_t front, std::uint64_t back, std::size_t wanted) {
        if (!last_ || last_->room(front, back) == 0) append(back);
        return std::min(wanted, last_->room(front, back));
    }
    void push(std::uint64_t back, T&& item) { std::construct_at(&last_->at(back), std::move(item)); }

    /// Returns how many items, at least 1, can be taken before this must be asked again.
    std::size_t ready(std::uint64_t front, std::uint64_t back) noexcept {
        // acquire; pairs with the release in append()
        ring* next = link_after(first_).load(std::memory_order_acquire);
        if (next && next->first == front) {
            delete std::exchange(first_, next);
            next = first_->next.load(std::memory_order_acquire);
        }
        return static_cast<std::size_t>((next ? std::min(next->first, back) : back) - front);
    }
    [[nodiscard]] T& front(std::uint64_t front) noexcept { return first_->at(front); }
    void drop_front(std::uint64_t front) noexcept { std::destroy_at(&first_->at(front)); }

    /// What was left in a queue; goes when this goes.
    class remains {
    public:
        remains(ring* first, std::uint64_t front, std::uint64_t back) noexcept
            : first_(first), front_(front), back_(back) {}
        remains(const remains&) = delete;
        remains& operator=(const remains&) = delete;
        ~remains() {
            for (; front_ != back_; ++front_) {
                if (ring* next = next_of_first(); next && next->first == front_) delete std::exchange(first_, next);
                std::destroy_at(&first_->at(front_));
            }
            while (first_)
                delete std::exchange(first_, next_of_first());
        }

    private:
        [[nodiscard]] ring* next_of_first() const noexcept { return first_->next.load(std::memory_order_relaxed); }

        ring* first_;
        std::uint64_t front_, back_;
    };
    /// Nobody puts or takes meanwhile, or afterwards.
    [[nodiscard]] remains release(std::uint64_t front, std::uint64_t back) noexcept {
        ring* first = first_ ? first_ : oldest_.load(std::memory_order_relaxed);
        oldest_.store(nullptr, std::memory_order_relaxed);
        first_ = last_ = nullptr;
        return {first, front, back};
    }

private:
    union slot {
        slot() noexcept {}
        ~slot() {}
        T item;
    };

    struct ring {
        ring(std::uint64_t first_item, std::size_t size_) : first(first_item), size(size_), slots(new slot[size_]) {}
        [[nodiscard]] T& at(std::uint64_t number) noexcept { return slots[number & (size - 1)].item; }
        [[nodiscard]] std::size_t room(std::uint64_t front, std::uint64_t back) const noexcept {
            return size - static_cast<std::size_t>(back - std::max(front, first));
        }

        const std::uint64_t first; // the number of its first item
        const std::size_t size;    // a power of two
        const std::unique_ptr<slot[]> slots;
        std::atomic<ring*> next{nullptr};
    };

    std::atomic<ring*>& link_after(ring* r) noexcept { return r ? r->next : oldest_; }

    void append(std::uint64_t back) {
        constexpr std::size_t smallest = 16, largest = std::size_t{1} << 30;
        std::size_t size = last_ ? last_->size * 2 : smallest;
        auto* added = new ring(back, std::min(size, std::bit_ceil(std::min(capacity_, largest))));
        // release; pairs with the acquire in ready()
        link_after(last_).store(added, std::memory_order_release);
        last_ = added;
    }

    const std::size_t capacity_;
    ring* last_ = nullptr;               // of those who put
    ring* first_ = nullptr;              // of those who take; nullptr until the first item is taken
    std::atomic<ring*> oldest_{nullptr}; // the first that there was
};

} // namespace plait::detail
