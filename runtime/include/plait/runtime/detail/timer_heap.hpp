// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The deadlines of one loop. A deadline is nearly always disarmed before it comes, so arming and disarming are what
// must be cheap: the nodes lie in the waiters, the heap holds (time, node) pairs side by side in memory, and has four
// children a node, which halves its height and keeps siblings in one cache line. Equal deadlines come in the order in
// which they were armed; with a seed, in one that the seed chooses.

#include <plait/runtime/clock.hpp>
#include <plait/runtime/detail/counter.hpp>
#include <plait/runtime/detail/seeded_random.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace plait::detail {

class timer_heap;

/// One deadline. Armed at most once at a time; disarm before it is destroyed.
class timer_node {
public:
    explicit timer_node(void (*expire)(timer_node&) noexcept) noexcept : expire_(expire) {}
    [[nodiscard]] bool armed() const noexcept { return index_ != unarmed; }

private:
    friend class timer_heap;
    static constexpr std::uint32_t unarmed = UINT32_MAX;

    void (*expire_)(timer_node&) noexcept;
    std::uint32_t index_ = unarmed;
    std::uint32_t order_ = 0; // among equal deadlines
};

/// A heap of timer nodes, earliest first. One thread.
class timer_heap {
public:
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    /// The earliest deadline. Requires that the heap is not empty.
    [[nodiscard]] time_point earliest() const noexcept { return entries_.front().at; }

    void arm(timer_node& node, time_point at);
    void disarm(timer_node& node) noexcept;

    /// Disarms and expires, in order, every node whose time is not after `now`.
    void expire(time_point now) noexcept;

    void seed(std::uint64_t value) noexcept { random_.seed(value); }

    /// How many were armed, and how many of them expired. Any thread.
    [[nodiscard]] std::uint64_t armed() const noexcept { return armed_.get(); }
    [[nodiscard]] std::uint64_t expired() const noexcept { return expired_.get(); }

private:
    struct entry {
        time_point at;
        timer_node* node;

        // The order lies in the node, where it costs no room here; it is looked at only when two deadlines are equal.
        [[nodiscard]] bool before(const entry& other) const noexcept {
            if (at != other.at) [[likely]]
                return at < other.at;
            return node->order_ < other.node->order_;
        }
    };

    void place(std::size_t index, entry e) noexcept {
        entries_[index] = e;
        e.node->index_ = static_cast<std::uint32_t>(index);
    }
    void sift_up(std::size_t index, entry e) noexcept;
    void sift_down(std::size_t index, entry e) noexcept;

    std::vector<entry> entries_;
    counter armed_; // its lower half is the order, so equal deadlines that are 4 billion apart may change places
    counter expired_;
    seeded_random random_;
};

} // namespace plait::detail
