// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   producers ──put──▶ [ (1, c) (2, a) (2, b) ] ──receive──▶ consumers: c a b
//                          ▲                                    │
//                          └──── comes back on death, to its old place
//
// A queue between processes that gives out the message of the lowest number first, as Python's `(priority, item)`, and
// among equals the one that was put first: `q.put(value, priority)`. In everything else it is as queue.hpp says, but for
// the lock that its order has (byte_queue::try_put says more): a put or a receive takes O(log size) steps under it. A
// process that is killed there leaves it to the next one; one that is stopped there holds up the others' puts and receives
// until it goes on, though not beyond their deadlines, nor the loops of coroutines that wait. Acknowledging and returning a
// message never wait. A message that comes back takes its old place among those that wait.

#include <plait/ipc/byte_queue.hpp>
#include <plait/ipc/detail/typed_queue.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace plait::ipc {

/// A queue of values with priorities. The values travel as codec<T> says.
template <class T>
class priority_queue : public detail::typed_queue<T, std::int64_t> {
public:
    [[nodiscard]] static priority_queue create(segment& in, std::string_view name, const queue_options& options = {}) {
        return priority_queue(byte_queue::create(in, name, options, queue_order::priority));
    }
    [[nodiscard]] static priority_queue open(segment& in, std::string_view name) {
        return priority_queue(byte_queue::open(in, name));
    }
    /// Throws segment_error(segment_invalid) if the queue goes by another order.
    explicit priority_queue(byte_queue bytes)
        : detail::typed_queue<T, std::int64_t>(std::move(bytes), queue_order::priority) {}
};

/// A queue as an argument of a child process, which enters its segment and opens it.
template <class T>
struct argument<priority_queue<T>> {
    static void encode(argument_writer& out, const priority_queue<T>& value) { out.value(value.bytes()); }
    static priority_queue<T> decode(argument_reader& in) { return priority_queue<T>(in.value<byte_queue>()); }
};

} // namespace plait::ipc
