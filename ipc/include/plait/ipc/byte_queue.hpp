// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   bytes ──put──▶ ┌────────────────────────────────────┐ ──receive──▶ lease ──ack──▶ gone
//   prepare ─▶ loan ──send──▶ [ messages that wait ]    │
//                  └────────────────────────────────────┘
//
// A queue between processes whose messages are bytes, and the room for one that is being written. What it promises is in
// queue.hpp; queues of values (queue<T>) are this with a codec, and share its messages: a process may open by bytes what
// another opens by values.

#include <plait/ipc/argument.hpp>
#include <plait/ipc/dead_letter.hpp>
#include <plait/ipc/detail/queue_operation.hpp>
#include <plait/ipc/lease.hpp>
#include <plait/ipc/segment.hpp>
#include <plait/runtime/clock.hpp>

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plait::ipc {

namespace detail {
/// What writes a message into its room; it may throw, and then nothing is put.
struct message_writer {
    void (*write)(const void* from, std::span<std::byte> to);
    const void* from;
    std::int64_t priority = 0; // of the message, in a queue that goes by it
};
/// What reads a message before it is acknowledged: false if it is malformed, and then it goes to the dead letters. If it
/// throws, the message goes back.
struct message_reader {
    bool (*read)(void* to, std::span<const std::byte> from);
    void* to;
};
/// The same for many messages.
struct batch_writer {
    std::size_t (*size)(const void* from, std::size_t which);
    void (*write)(const void* from, std::size_t which, std::span<std::byte> to);
    const void* from;
    std::size_t count;
    std::int64_t priority = 0; // of all of them
};
struct batch_reader {
    bool (*read)(void* to, std::span<const std::byte> from); ///< what is read goes behind what was read before
    void (*forget_last)(void* to) noexcept;                  ///< what was read last was not ours to take
    void* to;
};
/// Who gets a message that is kept until task_done().
enum class taker { calling_party, handler };
} // namespace detail

/// Which of the messages that wait is next.
enum class queue_order : std::uint32_t {
    fifo = 1,     ///< the one that was put first
    lifo = 2,     ///< the one that was put last
    priority = 3, ///< that of the lowest number; among equals, the one that was put first
};

struct queue_options {
    std::size_t capacity = 1024; ///< messages that may wait, at least 1; a put waits beyond that
    std::size_t bytes = 1 << 20; ///< room for messages, their headers of 16 bytes included
    /// Messages take whole cells: 32 to 65,536 bytes each, a multiple of 16. One message takes 2^20 of them at most, header
    /// included: 128 MiB of cells of 128 bytes; larger messages need larger cells.
    std::size_t cell_bytes = 128;
    /// A message that was delivered so often and not acknowledged goes to the dead letters instead of coming back, however
    /// its last delivery ended: its holder died, the lease expired, an operator evicted the holder, or it was released
    /// (also by an exception that passed the lease). 1 to 255, or 0: without limit.
    unsigned max_deliveries = 0;
    bool joinable = false; ///< what a get takes stays held until task_done()
};

/// The untyped queue. Thread safety: any thread, any process.
class byte_queue {
public:
    /// Makes a queue under `name` (1 to 63 bytes). It exists as long as the segment does.
    /// Throws: error(invalid_argument) naming the field; error(object_exists); segment_error(segment_full).
    [[nodiscard]] static byte_queue create(
        segment& in, std::string_view name, const queue_options& options = {}, queue_order order = queue_order::fifo);
    /// Opens a queue of any order. Throws: error(object_not_found); segment_error(segment_invalid).
    [[nodiscard]] static byte_queue open(segment& in, std::string_view name);

    /// Puts a copy of `message`, with a priority if the queue goes by it. Waits while the queue is full, or has no room
    /// for its bytes: what waits, is held, or is a dead letter has its room.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none, until there is room.
    /// Cancellation:  nothing was put.
    /// Throws:        queue_closed; error(message_too_large); cancelled; segment_error(segment_invalid) in a forked child;
    ///                error(invalid_argument) for a priority other than 0 where it means nothing.
    /// Complexity:    O(size of the message), one commit.
    void put(std::span<const std::byte> message, std::int64_t priority = 0);
    /// The same, waiting at most `d` or until `t`; then throws timeout_error. A negative `d` is invalid_argument.
    void put_for(std::span<const std::byte> message, duration d, std::int64_t priority = 0);
    void put_until(std::span<const std::byte> message, time_point t, std::int64_t priority = 0);
    /// Does not wait for room. Fails with queue_full, queue_closed or message_too_large. Where the order has a lock, it
    /// waits for that, at most 10 milliseconds (on a loop's thread, 100 microseconds), and then fails with timed_out: its
    /// holder was stopped, or lost its processor.
    [[nodiscard]] boost::system::result<void> try_put(std::span<const std::byte> message, std::int64_t priority = 0);
    /// Calls the token's handler, void(error_code), once the message was put; its bytes must live until then. See
    /// <plait/runtime/async.hpp>, which has to be included. Waiting costs no thread: the io_context that runs the handler
    /// hears other processes; where the handler's executor is none of an io_context's, the monitor thread does.
    template <class Token>
    auto async_put(std::span<const std::byte> message, std::int64_t priority, Token&& token) {
        auto put = [queue = *this, message, priority]() mutable { return queue.try_put(message, priority); };
        return async<void>(detail::awaited::room, std::move(put), std::forward<Token>(token));
    }
    template <class Token>
    auto async_put(std::span<const std::byte> message, Token&& token) {
        return async_put(message, 0, std::forward<Token>(token));
    }

    /// Puts the first of `messages`, as many as there is room for, at once; waits until there is room for one. Returns how
    /// many were put: whatever ends a batch in the middle (no room, a close, a message that is too large or cannot be
    /// written) is told only to those who have put none. Nothing to put is 0, at once. Otherwise as put.
    std::size_t put_many(std::span<const std::span<const std::byte>> messages, std::int64_t priority = 0);
    std::size_t
    put_many_for(std::span<const std::span<const std::byte>> messages, duration d, std::int64_t priority = 0);
    std::size_t
    put_many_until(std::span<const std::span<const std::byte>> messages, time_point t, std::int64_t priority = 0);
    [[nodiscard]] boost::system::result<std::size_t>
    try_put_many(std::span<const std::span<const std::byte>> messages, std::int64_t priority = 0);
    /// The handler is void(error_code, std::size_t); what `messages` refers to must live until it is called.
    template <class Token>
    auto async_put_many(std::span<const std::span<const std::byte>> messages, std::int64_t priority, Token&& token) {
        auto put = [queue = *this, messages, priority]() mutable { return queue.try_put_many(messages, priority); };
        return async<std::size_t>(detail::awaited::room, std::move(put), std::forward<Token>(token));
    }
    template <class Token>
    auto async_put_many(std::span<const std::span<const std::byte>> messages, Token&& token) {
        return async_put_many(messages, 0, std::forward<Token>(token));
    }

    /// Takes room for a message of `bytes` bytes, to be filled in place and sent. Waits while the queue is full.
    /// Blocks, cancellation, throws: as put. Loans that are out do not count as waiting messages, so the capacity may be
    /// passed by as many as are sent at once.
    [[nodiscard]] loan prepare(std::size_t bytes);
    [[nodiscard]] loan prepare_for(std::size_t bytes, duration d);
    [[nodiscard]] loan prepare_until(std::size_t bytes, time_point t);
    [[nodiscard]] boost::system::result<loan> try_prepare(std::size_t bytes);
    /// The handler is void(error_code, loan).
    template <class Token>
    auto async_prepare(std::size_t bytes, Token&& token) {
        auto prepare = [queue = *this, bytes]() mutable { return queue.try_prepare(bytes); };
        return async<loan>(detail::awaited::room, std::move(prepare), std::forward<Token>(token));
    }

    /// Takes the message that is next. Waits while the queue is empty.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none, until there is a message.
    /// Cancellation:  nothing was taken.
    /// Throws:        queue_closed once the queue is closed and empty (messages that others hold may still come back);
    ///                error(message_malformed) for a damaged message, which is in the dead letters then; cancelled.
    [[nodiscard]] byte_lease receive();
    [[nodiscard]] byte_lease receive_for(duration d);
    [[nodiscard]] byte_lease receive_until(time_point t);
    /// Does not wait for a message. Fails with queue_empty, queue_closed or message_malformed, and with timed_out as
    /// try_put.
    [[nodiscard]] boost::system::result<byte_lease> try_receive();
    /// The same, with a lease that ends by itself: `d` and `t` bound the wait, `limit` what comes after it. A holder that
    /// is stopped inside of one of these, before the limit is in place, has the message as one without limit.
    [[nodiscard]] byte_lease receive(lease_for limit);
    [[nodiscard]] byte_lease receive_for(duration d, lease_for limit);
    [[nodiscard]] byte_lease receive_until(time_point t, lease_for limit);
    [[nodiscard]] boost::system::result<byte_lease> try_receive(lease_for limit);

    /// The handler is void(error_code, byte_lease).
    template <class Token>
    auto async_receive(Token&& token) {
        auto receive = [queue = *this]() mutable { return queue.try_receive(); };
        return async<byte_lease>(detail::awaited::message, std::move(receive), std::forward<Token>(token));
    }
    /// The limit begins when the message is taken, and runs while the handler waits for its turn.
    template <class Token>
    auto async_receive(lease_for limit, Token&& token) {
        auto receive = [queue = *this, limit]() mutable { return queue.try_receive(limit); };
        return async<byte_lease>(detail::awaited::message, std::move(receive), std::forward<Token>(token));
    }

    /// Takes away every message that participant `participant` of the segment holds on a lease: for an operator who
    /// finds a process stopped. Each comes back, or goes to the dead letters after max_deliveries; what the process has
    /// prepared and not sent stays its own. It can receive again. Returns how many messages it held.
    /// Throws: invalid_argument if the segment has no such index.
    std::size_t evict(unsigned participant);

    /// Messages that are set aside: see dead_letter.hpp. They keep their room until they are replayed or dropped, and no
    /// put gets it: a queue of which they take all the room is not full(), but has no free_bytes(), and a put into it waits
    /// until somebody makes room. Each of these looks at every cell of the queue; none waits; the order is no particular one.
    [[nodiscard]] std::size_t dead_letter_count() const noexcept;
    /// Copies of up to `limit` of them.
    [[nodiscard]] std::vector<dead_letter> dead_letters(std::size_t limit = every_one) const;
    /// Puts up to `limit` of them at the back of the queue, with no deliveries behind them. Returns how many.
    std::size_t replay_dead_letters(std::size_t limit = every_one);
    /// Throws up to `limit` of them away. Returns how many.
    std::size_t drop_dead_letters(std::size_t limit = every_one);
    static constexpr std::size_t every_one = static_cast<std::size_t>(-1);

    /// Takes what is there, at most `most` messages, at once; waits until there is one. A damaged message goes to the
    /// dead letters, and is told of if there is no other. Otherwise as receive; a `most` of 0 is
    /// error(invalid_argument).
    [[nodiscard]] std::vector<byte_lease> receive_many(std::size_t most);
    [[nodiscard]] std::vector<byte_lease> receive_many_for(std::size_t most, duration d);
    [[nodiscard]] std::vector<byte_lease> receive_many_until(std::size_t most, time_point t);
    [[nodiscard]] boost::system::result<std::vector<byte_lease>> try_receive_many(std::size_t most);
    /// The same, with leases that end by themselves: `limit` counts for each of them from when it was taken, so a batch that
    /// is worked off in turn needs a limit for all of it, or extend().
    [[nodiscard]] std::vector<byte_lease> receive_many(std::size_t most, lease_for limit);
    [[nodiscard]] std::vector<byte_lease> receive_many_for(std::size_t most, duration d, lease_for limit);
    [[nodiscard]] std::vector<byte_lease> receive_many_until(std::size_t most, time_point t, lease_for limit);
    [[nodiscard]] boost::system::result<std::vector<byte_lease>> try_receive_many(std::size_t most, lease_for limit);
    /// The handler is void(error_code, std::vector<byte_lease>).
    template <class Token>
    auto async_receive_many(std::size_t most, Token&& token) {
        check_batch(most);
        auto receive = [queue = *this, most]() mutable { return queue.try_receive_many(most); };
        return async<std::vector<byte_lease>>(detail::awaited::message, std::move(receive), std::forward<Token>(token));
    }
    template <class Token>
    auto async_receive_many(std::size_t most, lease_for limit, Token&& token) {
        check_batch(most);
        auto receive = [queue = *this, most, limit]() mutable { return queue.try_receive_many(most, limit); };
        return async<std::vector<byte_lease>>(detail::awaited::message, std::move(receive), std::forward<Token>(token));
    }

    /// On a joinable queue: says that a message is dealt with that a get took. That is the oldest which the calling thread
    /// or coroutine got; if it got none, one that a handler got; if there is none either, the oldest of this process. What
    /// a process has got and not said this of comes back when it dies, or drops its last handle of the queue. Never waits.
    /// Throws: error(task_done_without_get) if there is no such message; lease_lost.
    void task_done();
    /// Whether gets keep what they take until task_done().
    [[nodiscard]] bool is_joinable() const noexcept;

    /// Waits until nothing is left to do: no message waits, none is held (by a lease, a loan, or until task_done()), and
    /// none is being put. Counted from the messages themselves, so nobody's death leaves it hanging: what the dead held
    /// is done once somebody else has done it. May be called often, by many, on any queue, joinable or not.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  changes nothing.
    /// Throws:        cancelled; error(would_block_loop) in a handler on a loop's thread.
    /// Complexity:    O(cells of the queue) for each look; one at the beginning, then when the queue was seen empty.
    void join();
    /// The same, waiting at most `d` or until `t`; false if something was left to do then.
    [[nodiscard]] bool join_for(duration d);
    [[nodiscard]] bool join_until(time_point t);
    /// True if nothing is left to do now. Never waits.
    [[nodiscard]] bool try_join() const;
    /// The handler is void(error_code).
    template <class Token>
    auto async_join(Token&& token) {
        auto look = [queue = *this, join = begin_join()]() mutable { return queue.try_join_begun(join); };
        return async<void>(detail::awaited::idle, std::move(look), std::forward<Token>(token));
    }

    /// Refuses further puts, those that wait included; receives drain what is there.
    void close();
    /// The same, but drops what waits, for which nobody is left that could want it: receives throw at once, and join()
    /// waits only for what is held. A lease stays good for ack; what is released, or comes back from the dead, is dropped.
    /// A process that dies in here leaves the rest to the others.
    void close_now();
    [[nodiscard]] bool is_closed() const noexcept;

    [[nodiscard]] queue_order order() const noexcept;

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

    /// For queues of values and the other parts of the library.
    void put_written(std::size_t bytes, detail::message_writer write, deadline until);
    [[nodiscard]] boost::system::result<void> try_put_written(std::size_t bytes, detail::message_writer write);
    void get_read(detail::message_reader read, deadline until);
    [[nodiscard]] boost::system::result<void>
    try_get_read(detail::message_reader read, detail::taker by = detail::taker::calling_party);
    std::size_t put_many_written(const detail::batch_writer& write, deadline until);
    [[nodiscard]] boost::system::result<std::size_t> try_put_many_written(const detail::batch_writer& write);
    void get_many_read(std::size_t most, const detail::batch_reader& read, deadline until);
    [[nodiscard]] boost::system::result<std::size_t> try_get_many_read(
        std::size_t most, const detail::batch_reader& read, detail::taker by = detail::taker::calling_party);
    static void check_batch(std::size_t most); // throws invalid_argument if it is 0
    [[nodiscard]] std::uint64_t begin_join() noexcept;
    [[nodiscard]] boost::system::result<void> try_join_begun(std::uint64_t join);
    /// An operation for a handler: see queue_operation.hpp. `attempt` keeps the queue.
    template <class T, class Attempt, class Token>
    auto async(detail::awaited what, Attempt attempt, Token&& token) {
        return detail::async_queue_operation<T>(core_, what, std::move(attempt), std::forward<Token>(token));
    }
    [[nodiscard]] static deadline after(duration d); // throws invalid_argument if negative
    /// Throws segment_error(segment_invalid) if the queue goes by another order.
    void must_go_by(queue_order order) const;
    [[nodiscard]] detail::queue_core& core() const noexcept { return *core_; }

private:
    explicit byte_queue(std::shared_ptr<detail::queue_core> core) noexcept : core_(std::move(core)) {}
    [[nodiscard]] loan prepare_by(std::size_t bytes, deadline until);
    [[nodiscard]] byte_lease receive_by(deadline until, std::optional<lease_for> limit);
    [[nodiscard]] std::vector<byte_lease>
    receive_many_by(std::size_t most, deadline until, std::optional<lease_for> limit = {});
    [[nodiscard]] bool join_by(deadline until);

    std::shared_ptr<detail::queue_core> core_;
};

/// A queue as an argument of a child process, which enters its segment and opens it.
template <>
struct argument<byte_queue> {
    static void encode(argument_writer& out, const byte_queue& value);
    static byte_queue decode(argument_reader& in);
};

} // namespace plait::ipc
