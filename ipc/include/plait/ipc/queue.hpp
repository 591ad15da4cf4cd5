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
// A put waits while the queue is full, a receive while it is empty; both cost no system call while the other side keeps
// up. close() refuses further puts; receives drain what is there and then throw queue_closed.
//
// Handles are cheap to copy and keep the segment attached. The order is that of the commits; messages that come back go
// behind those that wait.

#include <plait/ipc/argument.hpp>
#include <plait/ipc/codec.hpp>
#include <plait/ipc/lease.hpp>
#include <plait/ipc/segment.hpp>
#include <plait/runtime/clock.hpp>
#include <plait/runtime/error.hpp>

#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace plait::ipc {

namespace detail {
/// What writes a message into its room; it may throw, and then nothing is put.
struct message_writer {
    void (*write)(const void* from, std::span<std::byte> to);
    const void* from;
};
/// What reads a message before it is acknowledged; if it throws, the message goes back.
struct message_reader {
    void (*read)(void* to, std::span<const std::byte> from);
    void* to;
};
} // namespace detail

struct queue_options {
    std::size_t capacity = 1024;  ///< messages that may wait, at least 1; a put waits beyond that
    std::size_t bytes = 1 << 20;  ///< room for messages, their headers of 16 bytes included
    std::size_t cell_bytes = 128; ///< messages take whole cells: 32 to 65,536 bytes each, a multiple of 16
    unsigned max_deliveries = 0;  ///< reserved; must be 0, which means without limit
};

/// The untyped queue. Thread safety: any thread, any process.
class byte_queue {
public:
    /// Makes a queue under `name` (1 to 63 bytes). It exists as long as the segment does.
    /// Throws: error(invalid_argument) naming the field; error(object_exists); segment_error(segment_full).
    [[nodiscard]] static byte_queue create(segment& in, std::string_view name, const queue_options& options = {});
    /// Throws: error(object_not_found); segment_error(segment_invalid).
    [[nodiscard]] static byte_queue open(segment& in, std::string_view name);

    /// Puts a copy of `message` at the back. Waits while the queue is full.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none, until there is room.
    /// Cancellation:  nothing was put.
    /// Throws:        queue_closed; error(message_too_large); cancelled; segment_error(segment_invalid) in a forked child.
    /// Complexity:    O(size of the message), one commit.
    void put(std::span<const std::byte> message);
    /// The same, waiting at most `d` or until `t`; then throws timeout_error. A negative `d` is invalid_argument.
    void put_for(std::span<const std::byte> message, duration d);
    void put_until(std::span<const std::byte> message, time_point t);
    /// Does not wait. Fails with queue_full, queue_closed or message_too_large.
    [[nodiscard]] boost::system::result<void> try_put(std::span<const std::byte> message);

    /// Takes room for a message of `bytes` bytes, to be filled in place and sent. Waits while the queue is full.
    /// Blocks, cancellation, throws: as put. Loans that are out do not count as waiting messages, so the capacity may be
    /// passed by as many as are sent at once.
    [[nodiscard]] loan prepare(std::size_t bytes);
    [[nodiscard]] loan prepare_for(std::size_t bytes, duration d);
    [[nodiscard]] loan prepare_until(std::size_t bytes, time_point t);
    [[nodiscard]] boost::system::result<loan> try_prepare(std::size_t bytes);

    /// Takes the message at the front. Waits while the queue is empty.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none, until there is a message.
    /// Cancellation:  nothing was taken.
    /// Throws:        queue_closed once the queue is closed and empty (messages that others hold may still come back);
    ///                error(message_malformed) for a damaged message, which is gone then; cancelled.
    [[nodiscard]] byte_lease receive();
    [[nodiscard]] byte_lease receive_for(duration d);
    [[nodiscard]] byte_lease receive_until(time_point t);
    /// Does not wait. Fails with queue_empty, queue_closed or message_malformed.
    [[nodiscard]] boost::system::result<byte_lease> try_receive();

    /// Refuses further puts, those that wait included.
    void close();
    [[nodiscard]] bool is_closed() const noexcept;

    /// Hints: true when they were read, perhaps not any more when they are used.
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] bool full() const noexcept { return size() >= capacity(); }
    [[nodiscard]] std::size_t capacity() const noexcept;    ///< in messages
    [[nodiscard]] std::size_t max_message() const noexcept; ///< the largest that fits, in bytes
    /// Room that no message, loan or lease takes, in whole cells of `cell_bytes`. Exact while nobody works on the queue.
    /// Complexity: O(cells).
    [[nodiscard]] std::size_t free_bytes() const noexcept;

    /// What another process needs to open the same queue.
    [[nodiscard]] const std::string& name() const noexcept;
    [[nodiscard]] segment segment_handle() const;

    /// For the typed queue and the other parts of the library.
    void put_written(std::size_t bytes, detail::message_writer write, deadline until);
    [[nodiscard]] boost::system::result<void> try_put_written(std::size_t bytes, detail::message_writer write);
    void get_read(detail::message_reader read, deadline until);
    [[nodiscard]] boost::system::result<void> try_get_read(detail::message_reader read);
    [[nodiscard]] static deadline after(duration d); // throws invalid_argument if negative
    [[nodiscard]] detail::queue_core& core() const noexcept { return *core_; }

private:
    explicit byte_queue(std::shared_ptr<detail::queue_core> core) noexcept : core_(std::move(core)) {}
    std::shared_ptr<detail::queue_core> core_;
};

/// A queue of values. They travel as codec<T> says. Faces, blocking and errors as byte_queue's.
template <class T>
class queue {
public:
    [[nodiscard]] static queue create(segment& in, std::string_view name, const queue_options& options = {}) {
        return queue(byte_queue::create(in, name, options));
    }
    [[nodiscard]] static queue open(segment& in, std::string_view name) { return queue(byte_queue::open(in, name)); }
    explicit queue(byte_queue bytes) noexcept : bytes_(std::move(bytes)) {}

    /// Puts a copy of `value` at the back. Throws, beside what byte_queue::put throws, what encoding throws; then
    /// nothing was put.
    void put(const T& value) { bytes_.put_written(codec<T>::size(value), writer(value), deadline::never()); }
    void put_for(const T& value, duration d) {
        bytes_.put_written(codec<T>::size(value), writer(value), byte_queue::after(d));
    }
    void put_until(const T& value, time_point t) {
        bytes_.put_written(codec<T>::size(value), writer(value), deadline(t));
    }
    [[nodiscard]] boost::system::result<void> try_put(const T& value) {
        return bytes_.try_put_written(codec<T>::size(value), writer(value));
    }

    /// Takes the value at the front: copies it, then acknowledges the message. A process that dies in between leaves the
    /// message to others. Throws, beside what byte_queue::receive throws, error(message_malformed) if the bytes do not
    /// decode; the message is gone then.
    [[nodiscard]] T get() { return take(deadline::never()); }
    [[nodiscard]] T get_for(duration d) { return take(byte_queue::after(d)); }
    [[nodiscard]] T get_until(time_point t) { return take(deadline(t)); }
    [[nodiscard]] boost::system::result<T> try_get() {
        decoded value = make_error_code(errc::message_malformed);
        auto got = bytes_.try_get_read(reader(value));
        if (!got) return got.error();
        return value;
    }

    /// Takes the value at the front and keeps the message until it is acknowledged. Throws as get().
    [[nodiscard]] lease<T> receive() { return hold(bytes_.receive()); }
    [[nodiscard]] lease<T> receive_for(duration d) { return hold(bytes_.receive_for(d)); }
    [[nodiscard]] lease<T> receive_until(time_point t) { return hold(bytes_.receive_until(t)); }
    [[nodiscard]] boost::system::result<lease<T>> try_receive() {
        auto message = bytes_.try_receive();
        if (!message) return message.error();
        auto value = codec<T>::decode(message->data());
        if (!value) {
            message->ack();
            return value.error();
        }
        return lease<T>(std::move(*value), std::move(*message));
    }

    void close() { bytes_.close(); }
    [[nodiscard]] bool is_closed() const noexcept { return bytes_.is_closed(); }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
    [[nodiscard]] bool full() const noexcept { return bytes_.full(); }
    [[nodiscard]] std::size_t capacity() const noexcept { return bytes_.capacity(); }
    [[nodiscard]] const std::string& name() const noexcept { return bytes_.name(); }
    [[nodiscard]] segment segment_handle() const { return bytes_.segment_handle(); }
    [[nodiscard]] byte_queue& bytes() noexcept { return bytes_; }
    [[nodiscard]] const byte_queue& bytes() const noexcept { return bytes_; }

private:
    static detail::message_writer writer(const T& value) noexcept {
        return {
            [](const void* from, std::span<std::byte> to) { codec<T>::encode(*static_cast<const T*>(from), to); },
            &value};
    }
    using decoded = boost::system::result<T>;
    static detail::message_reader reader(decoded& value) noexcept {
        return {
            [](void* to, std::span<const std::byte> from) { *static_cast<decoded*>(to) = codec<T>::decode(from); },
            &value};
    }
    T take(deadline until) {
        decoded value = make_error_code(errc::message_malformed);
        bytes_.get_read(reader(value), until);
        if (!value) throw error(errc::message_malformed, "queue.get");
        return std::move(*value);
    }
    static lease<T> hold(byte_lease message) {
        auto value = codec<T>::decode(message.data());
        if (!value) {
            message.ack();
            throw error(errc::message_malformed, "queue.receive");
        }
        return lease<T>(std::move(*value), std::move(message));
    }

    byte_queue bytes_;
};

/// A queue as an argument of a child process, which enters its segment and opens it.
template <>
struct argument<byte_queue> {
    static void encode(argument_writer& out, const byte_queue& value);
    static byte_queue decode(argument_reader& in);
};
template <class T>
struct argument<queue<T>> {
    static void encode(argument_writer& out, const queue<T>& value) { out.value(value.bytes()); }
    static queue<T> decode(argument_reader& in) { return queue<T>(in.value<byte_queue>()); }
};

} // namespace plait::ipc
