// Copyright 2026 the plait authors. Boost Software License 1.0
//
// check_fields() of a response: the rules by which it is framed.
#include "bytes.hpp"
#include "field_values.hpp"

#include <plait/http/response_guard.hpp>

namespace plait::http {
namespace {

bool is_interim(unsigned status) noexcept { return status < 200; }

/// RFC 9112 §6.3, 1: whatever the fields say.
bool has_no_body(const response_head& head, bool to_head) noexcept {
    return to_head || is_interim(head.status) || head.status == 204 || head.status == 304;
}

struct framing_fields {
    const field *length = nullptr, *coding = nullptr;
};

response_fault look_at_lengths(response_head& head, framing_fields& seen) noexcept {
    for (const field& f : head.fields) {
        if (f.id == field_name::transfer_encoding) {
            if (seen.coding) return {fault::framing, "there is more than one Transfer-Encoding"};
            seen.coding = &f;
        }
        if (f.id != field_name::content_length) continue;
        const auto bytes = number(f.value);
        if (!bytes) return {fault::framing, "Content-Length is not a number of bytes"};
        if (seen.length && *bytes != head.content_length)
            return {fault::framing, "there are two different Content-Lengths"};
        head.content_length = *bytes;
        seen.length = &f;
    }
    return {};
}

} // namespace

response_fault check_fields(response_head& head, bool to_head) noexcept {
    framing_fields seen;
    if (response_fault f = look_at_lengths(head, seen)) return f;
    if (seen.coding && seen.length) return {fault::framing, "there are both Transfer-Encoding and Content-Length"};
    if (seen.coding && head.version < 11) return {fault::framing, "Transfer-Encoding belongs to HTTP/1.1"};
    if (seen.coding && !bytes::equals(seen.coding->value, "chunked"))
        return {fault::framing, "Transfer-Encoding is not exactly 'chunked'"};
    // RFC 9110 §8.6, RFC 9112 §6.1: no server may send them, and who believes them waits for a body.
    if (is_interim(head.status) && (seen.coding || seen.length))
        return {fault::framing, "an interim answer announces a body"};

    if (has_no_body(head, to_head)) {
        // A body that must not be there may come all the same.
        if (head.status == 204 && (seen.coding || head.content_length != 0)) head.keep_alive = false;
        head.framing = body_framing::none;
        return {};
    }
    if (seen.coding)
        head.framing = body_framing::chunked;
    else if (!seen.length)
        head.framing = body_framing::until_close;
    else
        head.framing = head.content_length != 0 ? body_framing::length : body_framing::none;
    if (head.framing == body_framing::until_close) head.keep_alive = false;
    return {};
}

} // namespace plait::http
