// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/ready_queue.hpp>

namespace plait::detail {

ready_item* ready_queue::pop_at_random() noexcept {
    if (!head_) return nullptr;
    constexpr std::uint64_t window = 16;
    std::uint64_t skip = random_.next() % window;
    ready_item** link = &head_;
    for (; skip > 0 && (*link)->next; --skip)
        link = &(*link)->next;
    ready_item* item = *link;
    *link = item->next;
    if (!item->next) end_ = link;
    return item;
}

std::size_t inbox::take(ready_queue& into) noexcept {
    if (!top_.load(std::memory_order_relaxed)) return 0;
    // acquire; pairs with the release in push()
    ready_item* newest_first = top_.exchange(nullptr, std::memory_order_acquire);
    ready_item* oldest_first = nullptr;
    while (newest_first) {
        ready_item* next = newest_first->next;
        newest_first->next = oldest_first;
        oldest_first = newest_first;
        newest_first = next;
    }
    std::size_t count = 0;
    while (oldest_first) {
        ready_item* next = oldest_first->next;
        into.push_back(*oldest_first);
        oldest_first = next;
        ++count;
    }
    return count;
}

} // namespace plait::detail
