// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   producers ──put──▶ [ bounded by messages and by bytes ] ──receive──▶ consumers
//                          ▲                                    │
//                          └──── comes back on death ───────────┘ ack: gone
//
// A first-in-first-out queue between processes. Many producers, many consumers, messages of any length.
//
// Kill any process at any instant: a message whose put returned is delivered or still there, it is held by one holder at
// a time, nobody waits for a dead or stopped process, and the memory of the dead comes back. A message that was received
// and not acknowledged is delivered again, to somebody else, when its holder dies; so it is delivered at least once, and
// exactly once if nobody dies.
//
// A lease may have a limit (lease_for), after which the message goes to somebody else although its holder lives; an
// operator may evict a holder. A message that was delivered max_deliveries times in vain, was rejected, or does not decode
// is set aside as a dead letter, to be looked at, replayed or dropped (dead_letter.hpp).
//
// A put waits while the queue is full, a receive while it is empty; both cost no system call while the other side keeps
// up. close() refuses further puts; receives drain what is there and then throw queue_closed.
//
// Handles are cheap to copy and keep the segment attached. The order is that of the commits; messages that come back go
// behind those that wait.

#include <plait/ipc/byte_queue.hpp>
#include <plait/ipc/detail/typed_queue.hpp>

#include <string_view>
#include <utility>

namespace plait::ipc {

/// A queue of values. They travel as codec<T> says.
template <class T>
class queue : public detail::typed_queue<T> {
public:
    [[nodiscard]] static queue create(segment& in, std::string_view name, const queue_options& options = {}) {
        return queue(byte_queue::create(in, name, options));
    }
    [[nodiscard]] static queue open(segment& in, std::string_view name) { return queue(byte_queue::open(in, name)); }
    /// Throws segment_error(segment_invalid) if the queue goes by another order.
    explicit queue(byte_queue bytes) : detail::typed_queue<T>(std::move(bytes), queue_order::fifo) {}
};

/// A queue as an argument of a child process, which enters its segment and opens it.
template <class T>
struct argument<queue<T>> {
    static void encode(argument_writer& out, const queue<T>& value) { out.value(value.bytes()); }
    static queue<T> decode(argument_reader& in) { return queue<T>(in.value<byte_queue>()); }
};

} // namespace plait::ipc
