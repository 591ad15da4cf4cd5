// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   bytes ──▶ head_guard ──▶ parse_head (Beast) ──▶ check_fields ──▶ request_head
//             byte by byte    the whole head         what it means
//
// Beast 1.81 alone must not face the internet: it takes folded lines, looks at neither Host nor the version before
// it believes a Transfer-Encoding, and so would let two servers in a row disagree on where a request ends. The guard
// sees every byte before Beast does and knows one spelling of everything (RFC 9112 with none of its leniencies but the
// empty line before a request); check_fields() then looks at what Beast made of it.
//
// All three are functions of the bytes alone, without sockets and clocks, and a verdict falls on the same byte however
// the bytes were cut into pieces.

#include <plait/http/field_guard.hpp>
#include <plait/http/limits.hpp>
#include <plait/http/request_head.hpp>

#include <cstddef>
#include <string_view>

namespace plait::http {

/// Reads the head of one request byte by byte: grammar, line ends, sizes, and where it ends.
class head_guard {
public:
    explicit head_guard(const limits& l) noexcept : limits_(&l), fields_(l.header_count, l.header_bytes) {}

    /// `bytes` is the request from its first byte on; the part that was seen before is not read again. After `complete`,
    /// the head is the first size() bytes.
    /// Complexity: O(new bytes).
    [[nodiscard]] verdict feed(std::string_view bytes) noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return at_ + fields_.size(); }
    [[nodiscard]] const refusal& why() const noexcept { return why_ ? why_ : fields_.why(); }
    void reset() noexcept { *this = head_guard(*limits_); }

private:
    enum class state : unsigned char { method, target, version, version_end, fields };

    [[nodiscard]] verdict refuse(unsigned status, std::string_view reason) noexcept {
        why_ = {status, reason};
        return verdict::refused;
    }
    [[nodiscard]] verdict request_line(std::string_view bytes) noexcept;

    const limits* limits_;
    std::size_t at_ = 0;    ///< bytes of the request line that were seen
    std::size_t start_ = 0; ///< where the current part of it began: method, target, or version
    state state_ = state::method;
    refusal why_;
    field_guard fields_;
};

/// Beast's reading of a head that the guard found complete. `head` gets views into `bytes`.
[[nodiscard]] refusal parse_head(std::string_view bytes, request_head& head);

/// Decides how the request is framed and whether its connection goes on, and fills that part of `head`.
///
/// Transfer-Encoding only in HTTP/1.1, alone, and exactly "chunked"; one Content-Length of digits; one valid Host in
/// HTTP/1.1; a target of the form that the method calls for; no expectation but 100-continue (RFC 9110 §7.2, §8.6,
/// §10.1.1; RFC 9112 §3.2, §6.1-6.3).
[[nodiscard]] refusal check_fields(request_head& head) noexcept;

} // namespace plait::http
