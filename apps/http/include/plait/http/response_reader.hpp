// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   expect(…)
//   socket ──▶ room() ──received(n)──▶ head() ──▶ response()
//                 ▲                      │
//                 └──────────────────── body() ──▶ piece(), piece(), … until is_complete() ──▶ expect(…)
//
// Reads the answers of one connection, one at a time, from bytes that somebody else brings: it knows no socket and no
// clock, so a test can hand it every cut of every input. A body is handed out piece by piece, where it was received:
// nothing of it is kept, and no memory is taken for what a length promises.
//
// Interim answers (1xx) are read and dropped. After a fault nothing more can be read.
//
// Thread safety: one thread at a time.

#include <plait/http/chunked_decoder.hpp>
#include <plait/http/response_guard.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace plait::http {

class response_reader {
public:
    /// `l` outlives the reader. Allocates the buffer: the largest head, and 16 KiB.
    explicit response_reader(const response_limits& l);

    enum class status {
        need_more, ///< receive into room(), say received(), or ended(), and ask again
        ready,
        refused, ///< see why(); close the connection
    };

    /// Forgets the answer before, which must be complete if there was one. The next one is to a HEAD request or not, and its
    /// body may have `body_limit` bytes. What came before anything was asked is found by head(): fault::unasked.
    void expect(bool to_head, std::uint64_t body_limit) noexcept;

    /// Where the next bytes belong. Not empty after need_more. Ends the last piece().
    [[nodiscard]] std::span<char> room() noexcept;
    void received(std::size_t n) noexcept { end_ += n; }
    /// The server says that no more comes: the end of a body that has no other, truncation of all else.
    void ended() noexcept { ended_ = true; }

    /// Looks for the end of the final answer's head. Once ready, response() is valid until expect().
    [[nodiscard]] status head();
    [[nodiscard]] const response_head& response() const noexcept { return head_; }

    /// Looks for more of the body. Once ready, piece() is what came, and empty at the end of the body. A body longer than the
    /// limit is refused as soon as that is announced.
    [[nodiscard]] status body();
    /// Valid until room(), body() or expect().
    [[nodiscard]] std::string_view piece() const noexcept { return piece_; }

    /// The answer has been read up to its end.
    [[nodiscard]] bool is_complete() const noexcept { return stage_ == stage::complete; }
    /// Another answer can follow on this connection: this one is complete, and nothing came behind it.
    [[nodiscard]] bool can_go_on() const noexcept {
        return is_complete() && head_.keep_alive && at_ == end_ && !ended_ && !why_;
    }
    /// Some byte of the current answer, or of an interim one before it, has arrived.
    [[nodiscard]] bool started() const noexcept { return stage_ != stage::head || interim_ != 0 || end_ != 0; }
    [[nodiscard]] const response_fault& why() const noexcept { return why_; }

private:
    enum class stage : unsigned char { head, body, complete };

    [[nodiscard]] status refuse(fault what, std::string_view reason) noexcept {
        piece_ = {};
        why_ = {what, reason};
        return status::refused;
    }
    [[nodiscard]] status refuse(const response_fault& f) noexcept { return refuse(f.what, f.reason); }
    [[nodiscard]] status more() noexcept;
    [[nodiscard]] status one_head();
    [[nodiscard]] status complete() noexcept;
    [[nodiscard]] status plain_body() noexcept;
    [[nodiscard]] status chunked_body() noexcept;
    [[nodiscard]] std::string_view unread() const noexcept { return {buffer_.get() + at_, end_ - at_}; }
    void take(std::size_t bytes) noexcept;

    const response_limits* limits_;
    std::size_t capacity_;
    std::unique_ptr<char[]> buffer_;
    std::size_t body_at_ = 0; ///< where the head ends; what is behind it is used again and again
    std::size_t at_ = 0;      ///< end of what has been read
    std::size_t end_ = 0;     ///< end of what has been received
    stage stage_ = stage::complete;
    bool ended_ = false;
    bool to_head_ = false;
    std::size_t interim_ = 0;
    std::uint64_t left_ = 0; ///< of a body with a length; for one until close, of the limit
    response_guard guard_;
    chunked_decoder chunks_;
    response_head head_;
    std::string_view piece_;
    response_fault why_;
};

} // namespace plait::http
