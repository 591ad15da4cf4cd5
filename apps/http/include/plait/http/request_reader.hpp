// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   socket ──▶ room() ──received(n)──▶ head() ──▶ request()        next(): the bytes that are left over
//                                        │                                are the next request's
//                                      body() ──▶ content()
//
// Reads the requests of one connection, one at a time, from bytes that somebody else brings: it knows no socket and no
// clock, so a test can hand it every cut of every input. The bytes stay where they were received: a head, and a body
// with a length that fits into the buffer, are never copied, and a connection allocates once, not once a request.
//
// Pipelined requests wait in the buffer until next(). After a refusal nothing more can be read.
//
// Thread safety: one thread at a time.

#include <plait/http/chunked_decoder.hpp>
#include <plait/http/head_guard.hpp>

#include <memory>
#include <span>
#include <string>

namespace plait::http {

class request_reader {
public:
    /// `l` outlives the reader. Allocates the buffer: the largest head, and 16 KiB.
    explicit request_reader(const limits& l);

    enum class status {
        need_more, ///< receive into room(), say received(), and ask again
        ready,
        refused, ///< answer why(), then close
    };

    /// Where the next bytes belong. Not empty after need_more. Throws std::bad_alloc, after rest().
    [[nodiscard]] std::span<char> room();
    void received(std::size_t n) noexcept { end_ += n; }

    /// Looks for the end of the head. Once ready, request() is valid until next().
    [[nodiscard]] status head();
    [[nodiscard]] const request_head& request() const noexcept { return head_; }
    /// The head as it was received, for another parse_head(); as long as request() is valid.
    [[nodiscard]] std::string_view head_bytes() const noexcept { return {buffer_.get() + begin_, guard_.size()}; }

    /// Looks for the end of the body, of which at most `limit` bytes are taken: more is refused with 413 as soon as it
    /// is announced. Once ready, content() is valid until next().
    [[nodiscard]] status body(std::uint64_t limit);
    [[nodiscard]] std::string_view content() const noexcept { return content_; }

    /// The client waits for "100 Continue": true after head() if it asked for it and has sent none of the body yet.
    [[nodiscard]] bool awaits_continue() const noexcept { return head_.expects_continue && end_ == at_; }

    /// Forgets the request that was answered.
    void next() noexcept;
    /// Gives the buffer back, unless there is something in it; room() has another one. For a connection that idles.
    void rest() noexcept;

    /// Some of the current request has arrived.
    [[nodiscard]] bool started() const noexcept { return stage_ != stage::head || end_ > begin_; }
    /// Bytes of the current body that have arrived.
    [[nodiscard]] std::uint64_t body_received() const noexcept { return body_.size() + (end_ - at_); }
    [[nodiscard]] const refusal& why() const noexcept { return why_; }

private:
    enum class stage : unsigned char { head, body, complete };

    [[nodiscard]] status refuse(const refusal& why) noexcept {
        why_ = why;
        return status::refused;
    }
    [[nodiscard]] status body_of_length(std::uint64_t limit);
    [[nodiscard]] status chunked_body(std::uint64_t limit);
    [[nodiscard]] std::string_view unread() const noexcept { return {buffer_.get() + at_, end_ - at_}; }

    std::size_t capacity_;
    std::unique_ptr<char[]> buffer_;
    std::size_t begin_ = 0; ///< of the current request
    std::size_t at_ = 0;    ///< end of what has been read of it
    std::size_t end_ = 0;   ///< end of what has been received
    stage stage_ = stage::head;
    bool skipped_empty_line_ = false;
    head_guard guard_;
    chunked_decoder chunks_;
    request_head head_;
    std::string body_; ///< bodies that are chunked, or larger than the buffer
    std::string_view content_;
    refusal why_;
};

} // namespace plait::http
