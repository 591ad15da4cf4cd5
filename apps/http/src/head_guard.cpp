// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"

#include <plait/http/head_guard.hpp>

#include <algorithm>

namespace plait::http {

head_guard::verdict head_guard::feed(std::string_view bytes) noexcept {
    if (state_ <= state::version_end) {
        verdict v = request_line(bytes);
        if (v != verdict::complete) return v;
    }
    return field_lines(bytes);
}

// request-line = method SP request-target SP HTTP-version CRLF, with single spaces. `complete` means: the line is.
head_guard::verdict head_guard::request_line(std::string_view bytes) noexcept {
    for (; at_ < bytes.size(); ++at_) {
        const char c = bytes[at_];
        switch (state_) {
        case state::method:
            if (bytes::is(c, bytes::token)) {
                if (at_ - start_ >= limits_->method) return refuse(501, "the method is not known here");
            } else if (c == ' ' && at_ > start_) {
                state_ = state::target;
                start_ = at_ + 1;
            } else {
                return refuse(400, "the request line does not begin with a method and one space");
            }
            break;
        case state::target:
            if (bytes::is(c, bytes::visible)) {
                if (at_ - start_ >= limits_->target) return refuse(414, "the request target is too long");
            } else if (c == ' ' && at_ > start_) {
                state_ = state::version;
                start_ = at_ + 1;
            } else {
                return refuse(400, "the request target is empty or holds a byte that must be percent-encoded");
            }
            break;
        case state::version: {
            // "HTTP/" DIGIT "." DIGIT CR, one byte at a time.
            constexpr std::string_view pattern = "HTTP/d.d\r";
            const char expected = pattern[at_ - start_];
            if (expected == 'd' ? !bytes::is_digit(c) : c != expected)
                return refuse(400, "the request line does not end with an HTTP version");
            if (expected == '\r') state_ = state::version_end;
            break;
        }
        default: { // version_end
            if (c != '\n') return refuse(400, "a carriage return stands without its line feed");
            const std::string_view version = bytes.substr(start_ + 5, 3);
            if (version != "1.1" && version != "1.0") return refuse(505, "this server speaks HTTP/1.0 and HTTP/1.1");
            state_ = state::line;
            start_ = ++at_;
            return verdict::complete;
        }
        }
    }
    return verdict::need_more;
}

head_guard::verdict head_guard::field_lines(std::string_view bytes) noexcept {
    const std::size_t end = std::min(bytes.size(), start_ + limits_->header_bytes);
    while (at_ < end) {
        const char c = bytes[at_];
        switch (state_) {
        case state::line:
            if (c == '\r') {
                state_ = state::last_end;
            } else if (bytes::is(c, bytes::token)) {
                if (lines_ == limits_->header_count) return refuse(431, "there are too many header fields");
                ++lines_;
                state_ = state::name;
            } else if (c == ' ' || c == '\t') {
                return refuse(400, "a header field is folded over several lines");
            } else {
                return refuse(400, "a header line does not begin with a field name");
            }
            break;
        case state::name:
            if (c == ':')
                state_ = state::value;
            else if (!bytes::is(c, bytes::token))
                return refuse(400, "a field name holds a byte that it must not hold, or a blank before its colon");
            break;
        case state::value:
            if (c == '\r')
                state_ = state::value_end;
            else if (!bytes::is(c, bytes::field_value))
                return refuse(400, "a field value holds a control character or a bare line feed");
            break;
        case state::value_end:
            if (c != '\n') return refuse(400, "a carriage return stands without its line feed");
            state_ = state::line;
            break;
        default: // last_end
            if (c != '\n') return refuse(400, "a carriage return stands without its line feed");
            ++at_;
            return verdict::complete;
        }
        ++at_;
    }
    if (at_ == start_ + limits_->header_bytes) return refuse(431, "the header fields are too large");
    return verdict::need_more;
}

} // namespace plait::http
