// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// IP addresses as hosts of URLs (https://url.spec.whatwg.org/#host-parsing). Every way in which inet_aton() lets an IPv4
// address be written is read here, so that nothing which a resolver would take for an address is a name to us.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plait::crawl {

/// Whether a host is to be an IPv4 address: its last label, an empty one after it aside, is a number, be it decimal or,
/// behind 0x, hexadecimal. `domain` is in lower case.
[[nodiscard]] bool ends_in_a_number(std::string_view domain) noexcept;

/// One to four numbers, decimal, octal or hexadecimal, of which the last fills what the others leave. In lower case.
[[nodiscard]] std::optional<std::uint32_t> parse_ipv4(std::string_view text) noexcept;

using ipv6_pieces = std::array<std::uint16_t, 8>;
/// Without brackets. There are no zones.
[[nodiscard]] std::optional<ipv6_pieces> parse_ipv6(std::string_view text) noexcept;

void append_ipv4(std::uint32_t address, std::string& to);
/// As RFC 5952 has it, without brackets; an IPv4 address in it is written in hexadecimal.
void append_ipv6(const ipv6_pieces& address, std::string& to);

} // namespace plait::crawl
