// Copyright 2026 the plait authors. Boost Software License 1.0
//
// check_fields(): the rules by which a request is framed, and the few fields that decide about its connection.
#include "bytes.hpp"
#include "field_values.hpp"

#include <plait/http/head_guard.hpp>

#include <algorithm>
#include <utility>

namespace plait::http {
namespace {

/// The forms of RFC 9112 §3.2, each where it belongs.
refusal check_target(const request_head& head) noexcept {
    if (head.target.find('#') != std::string_view::npos) return {400, "the request target holds a fragment"};
    if (head.target.front() == '/') return {};
    if (head.target == "*")
        return head.method == verb::options ? refusal{} : refusal{400, "the target '*' belongs to OPTIONS alone"};
    for (std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
        if (!bytes::equals(head.target.substr(0, scheme.size()), scheme)) continue;
        std::string_view authority = head.target.substr(scheme.size());
        authority = authority.substr(0, authority.find_first_of("/?"));
        if (!authority.empty() && valid_host(authority)) return {};
        return {400, "the request target names no valid host"};
    }
    return {400, "the request target is neither a path nor an absolute URI"};
}

refusal check_transfer_encoding(request_head& head, std::string_view value) noexcept {
    if (head.version < 11) return {400, "Transfer-Encoding belongs to HTTP/1.1"};
    if (bytes::equals(value, "chunked")) {
        head.framing = body_framing::chunked;
        return {};
    }
    // RFC 9112 §6.3: without chunked at the end the length cannot be known. §6.1: other codings are not implemented.
    const std::size_t comma = value.rfind(',');
    std::string_view last = value.substr(comma == std::string_view::npos ? 0 : comma + 1);
    last.remove_prefix(std::min(last.find_first_not_of(" \t"), last.size()));
    std::string_view first = value.substr(0, value.find_first_of(", \t;"));
    if (comma != std::string_view::npos && bytes::equals(last, "chunked") && !first.empty() &&
        !bytes::equals(first, "chunked"))
        return {501, "the only transfer coding known here is chunked"};
    return {400, "Transfer-Encoding is not exactly 'chunked'"};
}

} // namespace

refusal check_fields(request_head& head) noexcept {
    const field *host = nullptr, *length = nullptr, *coding = nullptr, *expect = nullptr;
    auto once = [](const field*& seen, const field& f) { return std::exchange(seen, &f) == nullptr; };
    for (const field& f : head.fields) {
        switch (f.id) {
        case field_name::host:
            if (!once(host, f)) return {400, "there is more than one Host"};
            break;
        case field_name::content_length:
            if (!once(length, f)) return {400, "there is more than one Content-Length"};
            break;
        case field_name::transfer_encoding:
            if (!once(coding, f)) return {400, "there is more than one Transfer-Encoding"};
            break;
        case field_name::expect:
            if (!once(expect, f)) return {417, "the only expectation known here is 100-continue"};
            break;
        default: break;
        }
    }
    if (head.method == verb::unknown || head.method == verb::connect || head.method == verb::trace)
        return {501, "the method is not known here"};
    if (refusal r = check_target(head)) return r;
    if (!host && head.version >= 11) return {400, "there is no Host"};
    if (host && !valid_host(host->value)) return {400, "the Host is not valid"};

    if (coding && length) return {400, "there are both Transfer-Encoding and Content-Length"};
    if (coding) {
        if (refusal r = check_transfer_encoding(head, coding->value)) return r;
    } else if (length) {
        const auto bytes = number(length->value);
        if (!bytes) return {400, "Content-Length is not a number of bytes"};
        head.content_length = *bytes;
        head.framing = *bytes > 0 ? body_framing::length : body_framing::none;
    }
    if (expect && head.version >= 11) { // RFC 9110 §10.1.1: an expectation of HTTP/1.0 is ignored
        if (!bytes::equals(expect->value, "100-continue"))
            return {417, "the only expectation known here is 100-continue"};
        head.expects_continue = head.framing != body_framing::none;
    }
    return {};
}

} // namespace plait::http
