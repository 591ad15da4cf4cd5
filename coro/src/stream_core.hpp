// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a stream is behind its handle: the transport, what was received and not taken, and who uses it.
//
//   users ── reading │ writing │ closed ──▶ whoever leaves last after close() closes the socket
//
// So a socket is never closed under the feet of one who uses it, and its number is not reused meanwhile.

#include "io_turns.hpp"
#include "read_buffer.hpp"
#include "transport.hpp"

#include <plait/runtime/detail/counter.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace plait::detail {

class stream_core {
public:
    explicit stream_core(std::unique_ptr<transport> t) noexcept : transport_(std::move(t)) {}
    stream_core(const stream_core&) = delete;
    stream_core& operator=(const stream_core&) = delete;
    ~stream_core() { close(); }

    // As the stream's.
    std::size_t read_some(std::span<char> buffer, deadline until);
    std::optional<std::size_t> try_read_some(std::span<char> buffer);
    void read_exactly(std::span<char> buffer, deadline until);
    std::optional<std::string> read_line(std::size_t limit, deadline until);
    std::string read_until(std::string_view delimiter, std::size_t limit, deadline until);
    std::string read_all(std::size_t limit, deadline until);
    std::size_t write_some(std::string_view data, deadline until);
    std::size_t try_write_some(std::string_view data);
    void write(std::span<const std::string_view> parts, deadline until);
    void shutdown_write();
    void close() noexcept;
    unique_fd release(std::string* unread);

    // acquire; pairs with the release of who closed it
    [[nodiscard]] bool is_open() const noexcept { return (users_.load(std::memory_order_acquire) & closed) == 0; }
    [[nodiscard]] const std::string& peer() const noexcept { return transport_->peer(); }
    [[nodiscard]] std::uint64_t bytes_received() const noexcept { return received_.get(); }
    [[nodiscard]] std::uint64_t bytes_sent() const noexcept { return sent_.get(); }
    [[nodiscard]] int native_handle() const noexcept { return is_open() ? transport_->descriptor().get() : -1; }

private:
    static constexpr std::uint32_t reading = 1, writing = 2, closing = 4, closed = 8;

    class use; // of one direction, for a scope

    template <class Try>
    attempt once(Try attempt_it, counter& bytes, const char* what);
    attempt read_once(std::span<char> buffer, const char* what);
    attempt write_once(std::span<const std::string_view> parts, const char* what);
    std::size_t receive(std::span<char> buffer, deadline until, const char* what);
    bool receive_more(deadline until, const char* what);
    std::size_t send(std::span<const std::string_view> parts, deadline until, const char* what);
    void wait(readiness ready, deadline until, const char* what);
    std::string take(std::size_t count, std::size_t skip);
    void require_writable(const char* what) const;
    void leave(std::uint32_t what) noexcept;
    void finish() noexcept;
    [[noreturn]] void throw_closed(const char* what) const;
    [[nodiscard]] std::string at_peer(const char* what) const { return std::string(what) + "(" + peer() + ")"; }

    const std::unique_ptr<transport> transport_;
    std::atomic<std::uint32_t> users_{0};
    counter received_, sent_;

    // The reader's.
    read_buffer buffer_;
    std::size_t room_ = 1; // what a receive into the buffer asks for
    io_turns read_turns_;

    // The writer's.
    io_turns write_turns_;
    bool write_is_shut_ = false;
    bool cut_ = false; // a write did not come to its end
    std::uint64_t cut_after_ = 0, cut_of_ = 0;
};

} // namespace plait::detail
