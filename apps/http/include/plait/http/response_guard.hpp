// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   bytes ──▶ response_guard ──▶ parse_head (Beast) ──▶ check_fields ──▶ response_head
//              byte by byte       the whole head         what it means
//
// As head_guard.hpp, for answers: RFC 9112 §4 to §6.3 with none of the leniencies, because a client that reads an answer
// otherwise than a proxy before it can be given another one's answer.

#include <plait/http/fault.hpp>
#include <plait/http/field_guard.hpp>
#include <plait/http/response_head.hpp>
#include <plait/http/response_limits.hpp>

#include <cstddef>
#include <string_view>

namespace plait::http {

/// Reads the head of one response byte by byte: grammar, line ends, sizes, and where it ends.
class response_guard {
public:
    explicit response_guard(const response_limits& l) noexcept : limits_(&l), fields_(l.header_count, l.header_bytes) {}

    /// `bytes` is the response from its first byte on; the part that was seen before is not read again. After `complete`,
    /// the head is the first size() bytes.
    /// Complexity: O(new bytes).
    [[nodiscard]] verdict feed(std::string_view bytes) noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return at_ + fields_.size(); }
    [[nodiscard]] response_fault why() const noexcept;
    void reset() noexcept { *this = response_guard(*limits_); }

private:
    enum class state : unsigned char { version, status, reason, line_end, fields };

    [[nodiscard]] verdict refuse(fault what, std::string_view reason) noexcept {
        why_ = {what, reason};
        return verdict::refused;
    }
    [[nodiscard]] verdict status_line(std::string_view bytes) noexcept;

    const response_limits* limits_;
    std::size_t at_ = 0; ///< bytes of the status line that were seen
    state state_ = state::version;
    response_fault why_;
    field_guard fields_;
};

/// Beast's reading of a head that the guard found complete. `head` gets views into `bytes`.
[[nodiscard]] response_fault parse_head(std::string_view bytes, response_head& head);

/// Decides how the answer is framed and whether its connection goes on, and fills that part of `head`. `to_head`: it
/// answers a HEAD request, and has no body whatever its fields say.
///
/// Transfer-Encoding only in HTTP/1.1, alone, exactly "chunked", and not where there is no body; Content-Length of digits,
/// the same one if there are several; never both (RFC 9110 §8.6; RFC 9112 §6.1-6.3).
[[nodiscard]] response_fault check_fields(response_head& head, bool to_head) noexcept;

} // namespace plait::http
