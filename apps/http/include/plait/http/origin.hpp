// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   http://example.com   https://[2001:db8::1]:8443   unix:/run/app.socket
//
// Who answers requests (RFC 9110 §4.3.1), and how to reach him.

#include <cstdint>
#include <string>
#include <string_view>

namespace plait::http {

enum class scheme : unsigned char { http, https, unix_socket };

struct origin {
    scheme how = scheme::http;
    std::string host;       ///< in lower case, an IPv6 address without its brackets; the path of a UNIX socket
    std::uint16_t port = 0; ///< 0 for a UNIX socket

    /// Throws client_error(fault::invalid_request), which says what is wrong: an origin has a host, perhaps a port, and
    /// nothing else but one '/' at its end.
    [[nodiscard]] static origin parse(std::string_view text);

    /// As parse() takes it, with the port always: one text for one origin.
    [[nodiscard]] std::string to_string() const;
    /// For the field Host: the port only if it is not the scheme's own; "localhost" for a UNIX socket.
    [[nodiscard]] std::string authority() const;

    bool operator==(const origin&) const = default;
};

} // namespace plait::http
