// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   169.254.169.254 ──▶ link_local          2606:2800:220:1::1 ──▶ global
//   ::ffff:127.0.0.1 ──▶ loopback           64:ff9b::a00:1 ──▶ private_use (of 10.0.0.1, which it leads to)
//
// What an IP address is for, by IANA's registries as of 2025-10-09:
//   https://www.iana.org/assignments/iana-ipv4-special-registry
//   https://www.iana.org/assignments/iana-ipv6-special-registry
// and, for what these do not list, ipv4-address-space, ipv6-address-space and RFC 4291.
//
// Beyond what is called globally reachable there, these are not global here: the blocks for protocols (192.0.0.0/24,
// 2001::/23) as a whole, since their anycast addresses lead to the nearest translator and not to a host of the web; 6to4 and
// Teredo, since nobody can tell where their tunnels end; and 168.63.129.16, where a cloud keeps its machines' configuration.

#include <plait/coro/socket_address.hpp>

#include <cstdint>
#include <string_view>

namespace plait::crawl {

enum class address_class : std::uint8_t {
    global,        ///< anybody's
    unspecified,   ///< 0.0.0.0 and ::, which the kernel takes for this machine
    this_network,  ///< the rest of 0.0.0.0/8
    loopback,      ///< this machine
    private_use,   ///< RFC 1918
    shared,        ///< between a carrier and its customers (RFC 6598)
    link_local,    ///< this link, where clouds answer with credentials: 169.254.169.254
    unique_local,  ///< RFC 4193
    site_local,    ///< its predecessor (RFC 3879)
    multicast,     ///< no single host
    broadcast,     ///< all hosts
    protocol,      ///< kept for protocols of the IETF
    translated,    ///< to IPv4 by a translator of the own network, or a tunnel
    benchmarking,  ///< RFC 2544, RFC 5180
    documentation, ///< for books
    discard,       ///< goes nowhere (RFC 6666)
    segments,      ///< of a network's own routing (RFC 9602)
    cloud,         ///< a cloud's own service beside its machines
    reserved,      ///< nobody's, or not yet
    not_ip,        ///< a UNIX socket, or no address
};

/// "loopback", "private (RFC 1918)"
[[nodiscard]] std::string_view to_string(address_class c) noexcept;

/// An address that carries another in it is classified as that other, if that is not global: IPv4-mapped, -compatible and
/// -translated ones, NAT64, 6to4, Teredo (server and client).
[[nodiscard]] address_class classify(const socket_address& address) noexcept;

} // namespace plait::crawl
