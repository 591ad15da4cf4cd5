// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"

#include <plait/http/response_guard.hpp>

namespace plait::http {
namespace {

// "HTTP/" DIGIT "." DIGIT SP 3DIGIT SP: a pattern of its own length.
constexpr std::string_view version_pattern = "HTTP/d.d ", status_pattern = "ddd ";

bool matches(char c, char pattern) noexcept { return pattern == 'd' ? bytes::is_digit(c) : c == pattern; }

} // namespace

verdict response_guard::feed(std::string_view bytes) noexcept {
    if (state_ != state::fields) {
        const verdict v = status_line(bytes);
        if (v != verdict::complete) return v;
    }
    return fields_.feed(bytes.substr(size()));
}

response_fault response_guard::why() const noexcept {
    if (why_ || !fields_.why()) return why_;
    return {fields_.why().status == 431 ? fault::head_too_large : fault::malformed, fields_.why().reason};
}

// status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF. `complete` means: the line is.
verdict response_guard::status_line(std::string_view bytes) noexcept {
    for (; at_ < bytes.size(); ++at_) {
        const char c = bytes[at_];
        switch (state_) {
        case state::version:
            if (!matches(c, version_pattern[at_]))
                return refuse(fault::malformed, "it does not begin with an HTTP version and one space");
            if (c != ' ') break;
            if (const std::string_view version = bytes.substr(5, 3); version != "1.1" && version != "1.0")
                return refuse(fault::version, "it is neither HTTP/1.1 nor HTTP/1.0");
            state_ = state::status;
            break;
        case state::status: {
            const std::size_t digit = at_ - version_pattern.size();
            if (!matches(c, status_pattern[digit]) || (digit == 0 && c == '0'))
                return refuse(fault::malformed, "its status is not of three digits and one space");
            if (c == ' ') state_ = state::reason;
            break;
        }
        case state::reason:
            if (c == '\r')
                state_ = state::line_end;
            else if (!bytes::is(c, bytes::field_value))
                return refuse(fault::malformed, "its status line holds a control character or a bare line feed");
            else if (at_ >= limits_->status_line)
                return refuse(fault::head_too_large, "its status line is too long");
            break;
        default: // line_end
            if (c != '\n') return refuse(fault::malformed, "a carriage return stands without its line feed");
            state_ = state::fields;
            ++at_;
            return verdict::complete;
        }
    }
    return verdict::need_more;
}

} // namespace plait::http
