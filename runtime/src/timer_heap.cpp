// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/timer_heap.hpp>

#include <algorithm>

namespace plait::detail {

namespace {
constexpr std::size_t children = 4;
}

void timer_heap::arm(timer_node& node, time_point at) {
    entries_.emplace_back();
    node.order_ = random_ ? static_cast<std::uint32_t>(random_.next()) : static_cast<std::uint32_t>(armed_.get());
    armed_.add();
    sift_up(entries_.size() - 1, {at, &node});
}

void timer_heap::disarm(timer_node& node) noexcept {
    if (!node.armed()) return;
    std::size_t hole = node.index_;
    node.index_ = timer_node::unarmed;
    entry last = entries_.back();
    entries_.pop_back();
    if (hole == entries_.size()) return;
    if (hole > 0 && last.before(entries_[(hole - 1) / children]))
        sift_up(hole, last);
    else
        sift_down(hole, last);
}

void timer_heap::expire(time_point now) noexcept {
    while (!entries_.empty() && entries_.front().at <= now) {
        timer_node& node = *entries_.front().node;
        disarm(node);
        expired_.add();
        node.expire_(node);
    }
}

void timer_heap::sift_up(std::size_t index, entry e) noexcept {
    while (index > 0) {
        std::size_t parent = (index - 1) / children;
        if (!e.before(entries_[parent])) break;
        place(index, entries_[parent]);
        index = parent;
    }
    place(index, e);
}

void timer_heap::sift_down(std::size_t index, entry e) noexcept {
    for (;;) {
        std::size_t first = index * children + 1;
        if (first >= entries_.size()) break;
        std::size_t end = std::min(first + children, entries_.size());
        std::size_t least = first;
        for (std::size_t child = first + 1; child < end; ++child)
            if (entries_[child].before(entries_[least])) least = child;
        if (!entries_[least].before(e)) break;
        place(index, entries_[least]);
        index = least;
    }
    place(index, e);
}

} // namespace plait::detail
