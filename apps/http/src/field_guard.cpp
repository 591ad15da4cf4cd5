// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"

#include <plait/http/field_guard.hpp>

#include <algorithm>

namespace plait::http {

verdict field_guard::feed(std::string_view bytes) noexcept {
    const std::size_t before = taken_, end = std::min(bytes.size(), most_bytes_ - before);
    for (std::size_t at = 0; at < end; ++at, ++taken_) {
        const char c = bytes[at];
        switch (state_) {
        case state::line:
            if (c == '\r') {
                state_ = state::last_end;
            } else if (bytes::is(c, bytes::token)) {
                if (lines_ == most_lines_) return refuse(431, "there are too many fields");
                ++lines_;
                state_ = state::name;
            } else if (c == ' ' || c == '\t') {
                return refuse(400, "a field is folded over several lines");
            } else {
                return refuse(400, "a line does not begin with a field name");
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
        case state::last_end:
            if (c != '\n') return refuse(400, "a carriage return stands without its line feed");
            ++taken_;
            return verdict::complete;
        }
    }
    if (taken_ == most_bytes_) return refuse(431, "the fields are too large");
    return verdict::need_more;
}

} // namespace plait::http
