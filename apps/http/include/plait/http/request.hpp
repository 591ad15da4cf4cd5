// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A request to be sent. Its texts are views: they stay the caller's, and must live until client::send() returns.

#include <plait/http/decoding_limits.hpp>
#include <plait/runtime/clock.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace plait::http {

struct request_field {
    std::string_view name, value;
};

/// How long a request may take. Each is a limit of its own; the first that is over ends it.
struct request_timeouts {
    duration connect = std::chrono::seconds(10);    ///< to ask for the host's addresses, connect, and agree on TLS
    duration first_byte = std::chrono::seconds(60); ///< from then on until anything of the answer comes
    /// For everything: to wait for a free connection, up to the end of the body, which the caller reads.
    duration total = std::chrono::minutes(5);
};

struct request {
    std::string_view method = "GET";
    std::string_view target = "/"; ///< a path with its query; or '*', for OPTIONS
    /// Without those that the client says itself, or that change what the connection means: Host, Content-Length,
    /// Transfer-Encoding, Connection and what it may name (RFC 9110 §7.6.1), Expect, Upgrade.
    std::vector<request_field> fields = {};
    std::string_view body = {};
    std::string_view host = {}; ///< for the field Host, if it is not the origin's
    /// Whether it may be sent twice: true, because it has an Idempotency-Key; false, whatever its method, because somebody else
    /// decides about that. Nothing: as its method says (RFC 9110 §9.2.2).
    std::optional<bool> idempotent = {};
    /// False: the connection is not used again.
    bool keep_alive = true;
    /// The largest body that the answer may have, in bytes.
    std::uint64_t body_limit = 16 * 1024 * 1024;
    /// Offers the codings that are known here, in a field Accept-Encoding, and has the body decoded within these limits; what
    /// is read is decoded then, and the head is as it came. None: nothing is offered, and the body is taken as it comes.
    std::optional<decoding_limits> decode = {};
    request_timeouts timeouts = {};
};

} // namespace plait::http
