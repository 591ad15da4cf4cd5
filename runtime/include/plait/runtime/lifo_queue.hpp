// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   producers ──put──▶ [ a b c d ] ──get──▶ consumers: d c b a
//
// A bounded queue that gives out first what was put last. In everything but the order, and the cost of a lock that both
// ends share, it is as `queue`.

#include <plait/runtime/detail/basic_queue.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

namespace plait {
namespace detail {

template <class T>
class lifo_items {
public:
    static constexpr bool ends_are_independent = false;
    using remains = std::deque<T>;

    std::size_t make_room(std::uint64_t, std::uint64_t, std::size_t wanted) const noexcept { return wanted; }
    void push(std::uint64_t, T&& item) { items_.push_back(std::move(item)); }
    std::size_t ready(std::uint64_t, std::uint64_t) const noexcept { return items_.size(); }
    [[nodiscard]] T& front(std::uint64_t) noexcept { return items_.back(); }
    void drop_front(std::uint64_t) noexcept { items_.pop_back(); }
    [[nodiscard]] remains release(std::uint64_t, std::uint64_t) noexcept { return std::move(items_); }

private:
    std::deque<T> items_; // growing moves no item, so it cannot fail halfway
};

} // namespace detail

template <class T>
class lifo_queue : public detail::basic_queue<T, detail::lifo_items<T>> {
    using base = detail::basic_queue<T, detail::lifo_items<T>>;

public:
    /// `capacity` is in items, at least 1. Throws errc::invalid_argument if it is 0.
    explicit lifo_queue(std::size_t capacity = base::unbounded) : base("lifo_queue", capacity) {}
};

} // namespace plait
