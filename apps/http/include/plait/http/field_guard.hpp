// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   name ":" blanks value blanks CRLF … CRLF
//
// The one grammar of field lines (RFC 9112 §5, RFC 9110 §5), for the heads of requests and of responses and for trailers:
// no folded lines, no blank before the colon, no control characters, CRLF alone ends a line. It sees each byte once and
// keeps none, so a verdict falls on the same byte however they were cut into pieces.

#include <plait/http/refusal.hpp>

#include <cstddef>
#include <string_view>

namespace plait::http {

/// What a guard says about the bytes so far.
enum class verdict {
    need_more, ///< every byte so far is fine, and it is not over
    complete,  ///< the first size() bytes are it
    refused,   ///< see why()
};

/// Reads field lines up to the empty line that ends them. Too many or too large: 431; all else: 400.
class field_guard {
public:
    field_guard(std::size_t most_lines, std::size_t most_bytes) noexcept
        : most_lines_(most_lines), most_bytes_(most_bytes) {}

    /// `bytes` follow those that were fed before. After `complete` it is done: the rest was not looked at.
    /// Complexity: O(new bytes).
    [[nodiscard]] verdict feed(std::string_view bytes) noexcept;

    /// How many bytes were taken.
    [[nodiscard]] std::size_t size() const noexcept { return taken_; }
    [[nodiscard]] const refusal& why() const noexcept { return why_; }
    void reset() noexcept { *this = field_guard(most_lines_, most_bytes_); }

private:
    enum class state : unsigned char { line, name, value, value_end, last_end };

    [[nodiscard]] verdict refuse(unsigned status, std::string_view reason) noexcept {
        why_ = {status, reason};
        return verdict::refused;
    }

    std::size_t most_lines_, most_bytes_;
    std::size_t taken_ = 0;
    std::size_t lines_ = 0;
    state state_ = state::line;
    refusal why_;
};

} // namespace plait::http
