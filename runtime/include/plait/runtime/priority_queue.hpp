// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   producers ──put──▶ [ 3 1 2 1 ] ──get──▶ consumers: 1 1 2 3
//
// A bounded queue that gives out first what `Compare` orders first: with std::less the smallest, as Python's and unlike
// std::priority_queue. Items of which neither is before the other come out in the order they went in. In everything but
// the order, and the cost of a lock that both ends share, it is as `queue`; a put or get takes O(log size).

#include <plait/runtime/detail/basic_queue.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <utility>

namespace plait {
namespace detail {

template <class T, class Compare>
class sorted_items {
public:
    static constexpr bool ends_are_independent = false;
    using remains = std::multiset<T, Compare>;

    explicit sorted_items(const Compare& compare) : items_(compare) {}

    std::size_t make_room(std::uint64_t, std::uint64_t, std::size_t wanted) const noexcept { return wanted; }
    // The place is looked for first: a comparison that throws leaves the item with the caller.
    void push(std::uint64_t, T&& item) { items_.emplace_hint(items_.upper_bound(item), std::move(item)); }
    std::size_t ready(std::uint64_t, std::uint64_t) const noexcept { return items_.size(); }
    // It may be moved from: what follows is drop_front(), which compares nothing.
    [[nodiscard]] T& front(std::uint64_t) noexcept { return const_cast<T&>(*items_.begin()); }
    void drop_front(std::uint64_t) noexcept { items_.erase(items_.begin()); }
    [[nodiscard]] remains release(std::uint64_t, std::uint64_t) noexcept { return std::move(items_); }

private:
    remains items_;
};

} // namespace detail

template <class T, class Compare = std::less<T>>
class priority_queue : public detail::basic_queue<T, detail::sorted_items<T, Compare>> {
    using base = detail::basic_queue<T, detail::sorted_items<T, Compare>>;

public:
    /// `capacity` is in items, at least 1. Throws errc::invalid_argument if it is 0.
    explicit priority_queue(std::size_t capacity = base::unbounded, const Compare& compare = Compare())
        : base("priority_queue", capacity, compare) {}
};

} // namespace plait
