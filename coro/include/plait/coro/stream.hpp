// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   read_line() ◀── [ received, not yet taken ] ◀── socket ◀── peer
//   write()     ───────────────────────────────▶ socket ──▶ peer
//
//     plait::stream s = plait::open_connection("example.com", 80);
//     s.write("GET / HTTP/1.0\r\n\r\n");
//     for (const std::string& line : s.lines())
//         std::cout << line << '\n';
//
// A connection: bytes in both directions, over TCP, a UNIX socket or TLS. open_connection() and start_server() make them.
// Whoever has to wait gives up its processor: a coroutine to its loop, a thread to the kernel. Received bytes are kept
// until they are taken, so a read that was cancelled, timed out, or refused an overlong line has lost nothing, and the next
// one begins where it began. Written bytes go to the kernel at once; there is no buffer to flush.
//
// Faces:         x, x_for(…, d), x_until(…, t) and, where a part of the work can be done, try_x, which never waits. What is
//                named x_until already has no x_until_until: use timeout_at. There is no async_x: a program that has
//                handlers uses Asio's socket, which asio_stream.hpp turns into a stream and back.
// Fairness:      a stream that always has bytes does not keep its loop to itself: now and then an operation that need not
//                wait lets the others have a turn, and is a cancellation point then.
// Thread safety: one party reads while another writes, on any loops or threads; a second one in the same direction gets
//                errc::stream_in_use. close() may be called by anybody. The first loop that waits for a stream serves it;
//                waits of plain threads, and of another loop at the same time, cost some microseconds more.
// Errors:        all operations but is_open(), close() and the destructor throw errc::no_state for a stream that is
//                closed, also while they wait; system_error with the peer's name for what the system says: ECONNRESET,
//                EPIPE (there is no SIGPIPE); errc::tls_truncated if a TLS connection ends without the end of its data, and
//                errc::tls_failed for other failures of TLS; errc::would_block_loop in a handler on a loop's thread;
//                cancelled. The timed forms throw timeout_error.

#include <plait/runtime/detail/syscall.hpp>
#include <plait/runtime/wait.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace plait {

namespace detail {
class stream_core;
class transport;
} // namespace detail

class line_range;

class stream {
public:
    /// No connection.
    stream() noexcept;
    /// Takes a connected stream socket, in blocking mode or not. `peer` is for error messages; empty: the socket's peer
    /// address. Throws system_error if `socket` is none.
    explicit stream(detail::unique_fd socket, std::string peer = {});
    stream(stream&& other) noexcept;
    /// Closes what it held before.
    stream& operator=(stream&& other) noexcept;
    /// Closes it. Nobody uses it any more.
    ~stream();

    /// False for no connection, and after close().
    [[nodiscard]] bool is_open() const noexcept;

    // Reading. In common, unless said otherwise:
    //   Blocks:        the calling coroutine, or the thread if there is none, until there is enough.
    //   Cancellation:  nothing was taken. So for a timeout.
    //   Throws:        see Errors above; nothing was taken then.

    /// Waits until there is something, and reads at most buffer.size() bytes. Returns how many; 0 at the end of the stream,
    /// which comes when the peer has closed its side. Throws errc::invalid_argument for a buffer of 0 bytes.
    std::size_t read_some(std::span<char> buffer) { return read_some_by(buffer, deadline::never()); }
    std::size_t read_some_for(std::span<char> buffer, duration d) {
        return read_some_by(buffer, detail::deadline_after(d));
    }
    std::size_t read_some_until(std::span<char> buffer, time_point t) { return read_some_by(buffer, deadline(t)); }
    /// Reads what is there without waiting; nothing if there is nothing yet.
    [[nodiscard]] std::optional<std::size_t> try_read_some(std::span<char> buffer);

    /// Fills `buffer`. Throws incomplete_read, which says how many bytes came, if the stream ends before; and that many
    /// can still be read. When it throws, `buffer` may have been written to.
    void read_exactly(std::span<char> buffer) { read_exactly_by(buffer, deadline::never()); }
    void read_exactly_for(std::span<char> buffer, duration d) { read_exactly_by(buffer, detail::deadline_after(d)); }
    void read_exactly_until(std::span<char> buffer, time_point t) { read_exactly_by(buffer, deadline(t)); }
    /// Reads `count` bytes, whose memory is taken at once.
    [[nodiscard]] std::string read_exactly(std::size_t count) {
        std::string bytes(count, '\0');
        read_exactly(std::span(bytes));
        return bytes;
    }

    /// Reads up to the next '\n', which is taken and not returned, and neither is a '\r' before it; nothing at the end of
    /// the stream. A last line need not end with '\n'. Throws errc::message_too_large if the line is longer than `limit`
    /// bytes: that much of it is kept then, and can be read by other means.
    [[nodiscard]] std::optional<std::string> read_line(std::size_t limit = default_limit) {
        return read_line_by(limit, deadline::never());
    }
    [[nodiscard]] std::optional<std::string> read_line_for(duration d, std::size_t limit = default_limit) {
        return read_line_by(limit, detail::deadline_after(d));
    }
    [[nodiscard]] std::optional<std::string> read_line_until(time_point t, std::size_t limit = default_limit) {
        return read_line_by(limit, deadline(t));
    }
    /// The lines that are left, for a range-based for; each is read when the loop comes to it. A line may be moved from.
    [[nodiscard]] line_range lines(std::size_t limit = default_limit);

    /// Reads up to the next `delimiter`, and returns it with what is before it. Throws incomplete_read if the stream ends
    /// before; errc::message_too_large if there is no delimiter within `limit` bytes; errc::invalid_argument for an
    /// empty one.
    [[nodiscard]] std::string read_until(std::string_view delimiter, std::size_t limit = default_limit) {
        return read_until_by(delimiter, limit, deadline::never());
    }
    [[nodiscard]] std::string
    read_until_for(std::string_view delimiter, duration d, std::size_t limit = default_limit) {
        return read_until_by(delimiter, limit, detail::deadline_after(d));
    }

    /// Reads everything up to the end of the stream. Throws errc::message_too_large if that is more than `limit` bytes.
    [[nodiscard]] std::string read_all(std::size_t limit = default_limit) {
        return read_all_by(limit, deadline::never());
    }
    [[nodiscard]] std::string read_all_for(duration d, std::size_t limit = default_limit) {
        return read_all_by(limit, detail::deadline_after(d));
    }

    // Writing. In common, unless said otherwise:
    //   Blocks:        as for reading, until the kernel has taken the bytes: a peer that does not read holds up the writer.
    //   Cancellation:  if some of the bytes are on their way already, the stream cannot be written to any more, because
    //                  nobody can know what the peer would make of more: errc::stream_unusable says where it was cut.
    //                  Reading goes on. Otherwise nothing was written. So for a timeout, and for every error.

    /// Writes all of `data`.
    void write(std::string_view data) { write_by({&data, 1}, deadline::never()); }
    void write_for(std::string_view data, duration d) { write_by({&data, 1}, detail::deadline_after(d)); }
    void write_until(std::string_view data, time_point t) { write_by({&data, 1}, deadline(t)); }

    /// Writes all of `parts`, one behind the other, without copying them together.
    void write_all(std::span<const std::string_view> parts) { write_by(parts, deadline::never()); }
    void write_all(std::initializer_list<std::string_view> parts) { write_by(parts, deadline::never()); }
    void write_all_for(std::initializer_list<std::string_view> parts, duration d) {
        write_by(parts, detail::deadline_after(d));
    }
    void write_all_until(std::initializer_list<std::string_view> parts, time_point t) { write_by(parts, deadline(t)); }

    /// Waits until there is room, and writes as much of `data` as there is room for. Returns how many bytes; 0 only if `data`
    /// is empty. Over TLS bytes can be on their way while it waits.
    std::size_t write_some(std::string_view data) { return write_some_by(data, deadline::never()); }
    std::size_t write_some_for(std::string_view data, duration d) {
        return write_some_by(data, detail::deadline_after(d));
    }
    std::size_t write_some_until(std::string_view data, time_point t) { return write_some_by(data, deadline(t)); }
    /// Writes what there is room for without waiting; possibly 0 bytes. Not for TLS: throws errc::invalid_argument.
    std::size_t try_write_some(std::string_view data);

    /// Says that no more will be written: the peer comes to the end of the stream, and this side can go on to read. Does
    /// nothing the second time. Waits over TLS alone, as a write does.
    void shutdown_write();

    /// Closes the connection. Who reads or writes meanwhile, or waits for it, gets errc::no_state. Does nothing the second
    /// time. Never waits: over TLS, the end of data is sent if there is room for it.
    void close() noexcept;

    // What there is to know. Thread safety: any thread.

    /// Who is at the other end, for people: "127.0.0.1:8080".
    [[nodiscard]] std::string_view peer() const;
    /// How many bytes have been received, taken or not, and sent. After a write that was cut, the second says how far it
    /// came.
    [[nodiscard]] std::uint64_t bytes_received() const;
    [[nodiscard]] std::uint64_t bytes_sent() const;
    /// The socket's, which stays the stream's; -1 if it is closed. For getsockopt and the like.
    [[nodiscard]] int native_handle() const noexcept;

    /// Gives the socket away; the stream is closed. What was received and not taken is put into `unread`; without one,
    /// there must be nothing. Throws errc::invalid_argument if there is something and no `unread`, and over TLS;
    /// errc::stream_in_use.
    [[nodiscard]] detail::unique_fd release(std::string* unread = nullptr);

    static constexpr std::size_t default_limit = 1024 * 1024;

    /// For those who make streams.
    explicit stream(std::unique_ptr<detail::stream_core> core) noexcept;

private:
    std::size_t read_some_by(std::span<char> buffer, deadline until);
    void read_exactly_by(std::span<char> buffer, deadline until);
    std::optional<std::string> read_line_by(std::size_t limit, deadline until);
    std::string read_until_by(std::string_view delimiter, std::size_t limit, deadline until);
    std::string read_all_by(std::size_t limit, deadline until);
    std::size_t write_some_by(std::string_view data, deadline until);
    void write_by(std::span<const std::string_view> parts, deadline until);
    void write_by(std::initializer_list<std::string_view> parts, deadline until) {
        write_by(std::span(parts.begin(), parts.size()), until);
    }
    detail::stream_core& core() const;

    std::unique_ptr<detail::stream_core> core_;
};

/// The lines of a stream, which must outlive it. See stream::lines().
class line_range {
public:
    class iterator {
    public:
        using value_type = std::string;
        using difference_type = std::ptrdiff_t;

        iterator() noexcept = default;
        explicit iterator(line_range& range) noexcept : range_(&range) {}

        [[nodiscard]] std::string& operator*() const noexcept { return *range_->line_; }
        iterator& operator++() {
            range_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        [[nodiscard]] bool operator==(std::default_sentinel_t) const noexcept { return !range_->line_; }

    private:
        line_range* range_ = nullptr;
    };

    line_range(stream& from, std::size_t limit) noexcept : from_(&from), limit_(limit) {}

    /// Reads the first line.
    [[nodiscard]] iterator begin() {
        next();
        return iterator(*this);
    }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

private:
    void next() { line_ = from_->read_line(limit_); }

    stream* from_;
    std::size_t limit_;
    std::optional<std::string> line_;
};

inline line_range stream::lines(std::size_t limit) { return {*this, limit}; }

} // namespace plait
