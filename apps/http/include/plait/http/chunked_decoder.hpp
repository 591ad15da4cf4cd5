// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The chunked transfer coding of RFC 9112 §7.1, read strictly and in bounds: CRLF alone ends a line, extensions and
// trailers are read past within limits and dropped. Beast's own reader bounds neither and mixes trailers into the
// header, so chunks are not given to it.

#include <plait/http/field_guard.hpp>
#include <plait/http/message_limits.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace plait::http {

class chunked_decoder {
public:
    /// `l` outlives the decoder.
    explicit chunked_decoder(const message_limits& l) noexcept
        : limits_(&l), body_limit_(l.body), trailers_(l.trailer_count, l.trailer_bytes) {}

    /// Refuses, with 413, the chunk that would make the body longer than this. Before the first feed().
    void limit_body(std::uint64_t bytes) noexcept { body_limit_ = bytes; }

    struct step {
        std::size_t used;      ///< bytes taken from the front of what was fed
        std::string_view data; ///< the part of those bytes that is body; may be empty
    };

    /// Takes bytes up to the end of one piece of data, the end of the body, a fault, or the end of `bytes`. Call it
    /// again with the rest until it uses nothing, done(), or why() says that the body is refused.
    [[nodiscard]] step feed(std::string_view bytes) noexcept;

    [[nodiscard]] bool done() const noexcept { return state_ == state::done; }
    [[nodiscard]] const refusal& why() const noexcept { return why_; }
    void reset() noexcept { *this = chunked_decoder(*limits_); }

private:
    enum class state : unsigned char { size, size_blank, extension, size_end, data, data_cr, data_lf, trailers, done };

    bool refuse(unsigned status, std::string_view reason) noexcept {
        why_ = {status, reason};
        return false;
    }
    std::size_t take_trailers(std::string_view bytes) noexcept;
    bool framing_byte(char c) noexcept;
    bool size_digit(char c) noexcept;
    bool size_line_over() noexcept;

    const message_limits* limits_;
    std::uint64_t body_limit_;
    state state_ = state::size;
    std::uint64_t left_ = 0;  ///< of the current chunk
    std::uint64_t total_ = 0; ///< of all chunks announced so far
    std::size_t line_ = 0;    ///< bytes of the current chunk-size line
    std::size_t digits_ = 0;
    std::size_t extensions_ = 0;
    field_guard trailers_;
    refusal why_;
};

} // namespace plait::http
