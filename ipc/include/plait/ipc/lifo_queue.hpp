// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   producers ──put──▶ [ 1 2 3 ] ──receive──▶ consumers: 3 2 1
//                          ▲                     │
//                          └── comes back on death, to its old place
//
// A last-in-first-out queue between processes: what was put last is taken first. In everything else it is as queue.hpp
// says, but for the lock that its order has (byte_queue::try_put says more): a put or a receive takes O(log size) steps
// under it. A process that is killed there leaves it to the next one; one that is stopped there holds up the others' puts
// and receives until it goes on, though not beyond their deadlines, nor the loops of coroutines that wait. Acknowledging
// and returning a message never wait. A message that comes back is as young as it was when it was put.

#include <plait/ipc/byte_queue.hpp>
#include <plait/ipc/detail/typed_queue.hpp>

#include <string_view>
#include <utility>

namespace plait::ipc {

/// A last-in-first-out queue of values. They travel as codec<T> says.
template <class T>
class lifo_queue : public detail::typed_queue<T> {
public:
    [[nodiscard]] static lifo_queue create(segment& in, std::string_view name, const queue_options& options = {}) {
        return lifo_queue(byte_queue::create(in, name, options, queue_order::lifo));
    }
    [[nodiscard]] static lifo_queue open(segment& in, std::string_view name) {
        return lifo_queue(byte_queue::open(in, name));
    }
    /// Throws segment_error(segment_invalid) if the queue goes by another order.
    explicit lifo_queue(byte_queue bytes) : detail::typed_queue<T>(std::move(bytes), queue_order::lifo) {}
};

/// A queue as an argument of a child process, which enters its segment and opens it.
template <class T>
struct argument<lifo_queue<T>> {
    static void encode(argument_writer& out, const lifo_queue<T>& value) { out.value(value.bytes()); }
    static lifo_queue<T> decode(argument_reader& in) { return lifo_queue<T>(in.value<byte_queue>()); }
};

} // namespace plait::ipc
