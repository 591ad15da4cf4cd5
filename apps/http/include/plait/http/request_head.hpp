// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The request line and the fields of one request, as views into the bytes that were read: nothing is copied, and a head
// that is used again allocates nothing. It is valid until those bytes are.

#include <plait/http/field.hpp>

#include <boost/beast/http/verb.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace plait::http {

using boost::beast::http::verb;

struct request_head {
    verb method = verb::unknown;
    std::string_view method_text;
    std::string_view target;
    int version = 11; ///< 10 or 11
    std::vector<field> fields;

    // What the fields mean for the connection; set by check_fields().
    body_framing framing = body_framing::none;
    std::uint64_t content_length = 0; ///< for body_framing::length, in bytes
    bool keep_alive = false;          ///< the client can send another request after this one
    bool expects_continue = false;    ///< the client waits for "100 Continue" before it sends the body

    /// The first field with this name, or nothing.
    [[nodiscard]] const field* find(field_name id) const noexcept { return http::find(fields, id); }
    [[nodiscard]] const field* find(std::string_view lower_case_name) const noexcept {
        return http::find(fields, lower_case_name);
    }

    void clear() noexcept {
        method = verb::unknown;
        method_text = target = {};
        version = 11;
        fields.clear();
        framing = body_framing::none;
        content_length = 0;
        keep_alive = expects_continue = false;
    }
};

} // namespace plait::http
