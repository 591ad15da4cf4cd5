// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   producers ──put──▶ [ a b c d … capacity ] ──get──▶ consumers
//
// A bounded first-in-first-out queue between threads and coroutines of one process, in any mix. Items are moved in and
// moved out. A put waits while the queue is full, a get while it is empty. Consumers can say of each item that they have
// dealt with it, and join() waits until that was said of all. close() refuses further puts; gets drain what is there and
// then throw queue_closed. close_now() drops what is there.
//
// A wait that is cancelled or times out has put, or taken, nothing. One producer and one consumer do not get in each
// other's way: a thread that keeps putting, or taking, does so with plain loads and stores.
//
// Its operations are those of detail::basic_queue, which lifo_queue and priority_queue share.

#include <plait/runtime/detail/basic_queue.hpp>
#include <plait/runtime/detail/fifo_items.hpp>

#include <cstddef>

namespace plait {

template <class T>
class queue : public detail::basic_queue<T, detail::fifo_items<T>> {
    using base = detail::basic_queue<T, detail::fifo_items<T>>;

public:
    /// `capacity` is in items, at least 1. Throws errc::invalid_argument if it is 0.
    explicit queue(std::size_t capacity = base::unbounded) : base("queue", capacity, capacity) {}
};

} // namespace plait
