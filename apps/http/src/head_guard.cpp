// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"

#include <plait/http/head_guard.hpp>

namespace plait::http {

verdict head_guard::feed(std::string_view bytes) noexcept {
    if (state_ != state::fields) {
        const verdict v = request_line(bytes);
        if (v != verdict::complete) return v;
    }
    return fields_.feed(bytes.substr(size()));
}

// request-line = method SP request-target SP HTTP-version CRLF, with single spaces. `complete` means: the line is.
verdict head_guard::request_line(std::string_view bytes) noexcept {
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
            state_ = state::fields;
            ++at_;
            return verdict::complete;
        }
        }
    }
    return verdict::need_more;
}

} // namespace plait::http
