// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"

#include <plait/http/chunked_decoder.hpp>

#include <algorithm>
#include <limits>

namespace plait::http {

chunked_decoder::step chunked_decoder::feed(std::string_view bytes) noexcept {
    std::size_t used = 0;
    while (used < bytes.size() && state_ != state::done && !why_) {
        if (state_ == state::data) {
            const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - used));
            const std::string_view data = bytes.substr(used, n);
            left_ -= n;
            if (left_ == 0) state_ = state::data_cr;
            return {used + n, data};
        }
        if (state_ == state::trailers) {
            used += take_trailers(bytes.substr(used));
            break;
        }
        if (!framing_byte(bytes[used])) break;
        ++used;
    }
    return {used, {}};
}

std::size_t chunked_decoder::take_trailers(std::string_view bytes) noexcept {
    const std::size_t before = trailers_.size();
    const verdict v = trailers_.feed(bytes);
    if (v == verdict::refused) why_ = trailers_.why();
    if (v == verdict::complete) state_ = state::done;
    return trailers_.size() - before;
}

bool chunked_decoder::size_digit(char c) noexcept {
    const std::uint64_t digit = static_cast<std::uint64_t>(bytes::hex(c));
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    left_ = left_ > (most - digit) / 16 ? most : left_ * 16 + digit;
    ++digits_;
    // At once, before a byte of the chunk is asked for.
    return left_ <= body_limit_ - total_ || refuse(413, "the body is too large");
}

bool chunked_decoder::size_line_over() noexcept {
    line_ = digits_ = 0;
    total_ += left_;
    state_ = left_ == 0 ? state::trailers : state::data;
    return true;
}

bool chunked_decoder::framing_byte(char c) noexcept {
    constexpr std::string_view stray = "a carriage return stands without its line feed";
    if (state_ <= state::size_end && ++line_ > limits_->chunk_line) return refuse(400, "a chunk line is too long");
    switch (state_) {
    case state::size:
        if (bytes::hex(c) >= 0) return size_digit(c);
        if (digits_ == 0) return refuse(400, "a chunk does not begin with its size");
        [[fallthrough]];
    case state::size_blank: // blanks are "bad", but must be taken before an extension (RFC 9112 §7.1.1)
        if (c == ';')
            state_ = state::extension;
        else if (c == '\r' && state_ == state::size)
            state_ = state::size_end;
        else if (c == ' ' || c == '\t')
            state_ = state::size_blank;
        else
            return refuse(400, "a chunk size is followed by something else than an extension or a line end");
        return true;
    case state::extension:
        if (++extensions_ > limits_->chunk_extensions) return refuse(400, "the chunk extensions are too large");
        if (c == '\r')
            state_ = state::size_end;
        else if (!bytes::is(c, bytes::field_value))
            return refuse(400, "a chunk extension holds a control character");
        return true;
    case state::size_end:
        if (c != '\n') return refuse(400, stray);
        return size_line_over();
    case state::data_cr:
        if (c != '\r') return refuse(400, "a chunk is longer than its size");
        state_ = state::data_lf;
        return true;
    case state::data_lf:
        if (c != '\n') return refuse(400, stray);
        state_ = state::size;
        left_ = 0;
        return true;
    case state::data:
    case state::trailers:
    case state::done: break;
    }
    return true;
}

} // namespace plait::http
