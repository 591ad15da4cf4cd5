// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The status line and the fields of one response, as views into the bytes that were read. It is valid until those bytes
// are.

#include <plait/http/field.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace plait::http {

struct response_head {
    unsigned status = 0; ///< 100 to 999; RFC 9110 §15 asks that one of 600 and more be taken as a 5xx
    std::string_view reason;
    int version = 11; ///< 10 or 11
    std::vector<field> fields;

    // What the fields mean for the connection; set by check_fields().
    body_framing framing = body_framing::none;
    std::uint64_t content_length = 0; ///< for body_framing::length, in bytes
    bool keep_alive = false;          ///< the server can take another request after this answer

    /// The first field with this name, or nothing.
    [[nodiscard]] const field* find(field_name id) const noexcept { return http::find(fields, id); }
    [[nodiscard]] const field* find(std::string_view lower_case_name) const noexcept {
        return http::find(fields, lower_case_name);
    }

    void clear() noexcept {
        status = 0;
        reason = {};
        version = 11;
        fields.clear();
        framing = body_framing::none;
        content_length = 0;
        keep_alive = false;
    }
};

} // namespace plait::http
