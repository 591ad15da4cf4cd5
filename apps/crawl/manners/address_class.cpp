// Copyright 2026 the plait authors. Boost Software License 1.0
#include "address_class.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>

namespace plait::crawl {
namespace {

using enum address_class;

template <std::size_t Size>
struct block {
    std::array<std::uint8_t, Size> first;
    unsigned bits;
    address_class is;
};
using v4 = std::array<std::uint8_t, 4>;
using v6 = std::array<std::uint8_t, 16>;

consteval v6 from(std::array<std::uint16_t, 8> groups) {
    v6 bytes{};
    for (std::size_t i = 0; i < groups.size(); ++i) {
        bytes[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8U);
        bytes[2 * i + 1] = static_cast<std::uint8_t>(groups[i]);
    }
    return bytes;
}

// The first that holds an address says what it is. AS112 (192.31.196.0/24, 192.175.48.0/24) and AMT (192.52.193.0/24) are
// globally reachable.
constexpr block<4> blocks_4[] = {
    {{0, 0, 0, 0}, 32, unspecified},        // RFC 1122
    {{0, 0, 0, 0}, 8, this_network},        // RFC 791
    {{10, 0, 0, 0}, 8, private_use},        // RFC 1918
    {{100, 64, 0, 0}, 10, shared},          // RFC 6598
    {{127, 0, 0, 0}, 8, loopback},          // RFC 1122
    {{168, 63, 129, 16}, 32, cloud},        // Azure's documentation: "What is IP address 168.63.129.16?"
    {{169, 254, 0, 0}, 16, link_local},     // RFC 3927
    {{172, 16, 0, 0}, 12, private_use},     // RFC 1918
    {{192, 0, 0, 0}, 24, protocol},         // RFC 6890: DS-Lite, PCP, TURN, DNS64 discovery
    {{192, 0, 2, 0}, 24, documentation},    // RFC 5737
    {{192, 88, 99, 0}, 24, translated},     // RFC 7526: 6to4's relays, deprecated
    {{192, 168, 0, 0}, 16, private_use},    // RFC 1918
    {{198, 18, 0, 0}, 15, benchmarking},    // RFC 2544
    {{198, 51, 100, 0}, 24, documentation}, // RFC 5737
    {{203, 0, 113, 0}, 24, documentation},  // RFC 5737
    {{224, 0, 0, 0}, 4, multicast},         // RFC 5771
    {{255, 255, 255, 255}, 32, broadcast},  // RFC 919
    {{240, 0, 0, 0}, 4, reserved},          // RFC 1112
};

constexpr block<16> blocks_6[] = {
    {from({0, 0, 0, 0, 0, 0, 0, 0}), 128, unspecified},           // RFC 4291
    {from({0, 0, 0, 0, 0, 0, 0, 1}), 128, loopback},              // RFC 4291
    {from({0x64, 0xff9b, 0, 0, 0, 0, 0, 0}), 96, global},         // RFC 6052: NAT64, as what it carries
    {from({0, 0, 0, 0, 0, 0xffff, 0, 0}), 96, global},            // RFC 4291: IPv4-mapped, as what it carries
    {from({0x64, 0xff9b, 1, 0, 0, 0, 0, 0}), 48, translated},     // RFC 8215
    {from({0x100, 0, 0, 0, 0, 0, 0, 0}), 64, discard},            // RFC 6666
    {from({0x100, 0, 0, 1, 0, 0, 0, 0}), 64, discard},            // RFC 9780: a dummy prefix
    {from({0x2001, 0, 0, 0, 0, 0, 0, 0}), 32, translated},        // RFC 4380: Teredo
    {from({0x2001, 2, 0, 0, 0, 0, 0, 0}), 48, benchmarking},      // RFC 5180
    {from({0x2001, 0, 0, 0, 0, 0, 0, 0}), 23, protocol},          // RFC 2928: PCP, TURN, AMT, AS112, ORCHID, DET
    {from({0x2001, 0xdb8, 0, 0, 0, 0, 0, 0}), 32, documentation}, // RFC 3849
    {from({0x2002, 0, 0, 0, 0, 0, 0, 0}), 16, translated},        // RFC 3056: 6to4
    {from({0x3fff, 0, 0, 0, 0, 0, 0, 0}), 20, documentation},     // RFC 9637
    {from({0x2000, 0, 0, 0, 0, 0, 0, 0}), 3, global},             // RFC 4291, with 2620:4f:8000::/48 (AS112)
    {from({0x5f00, 0, 0, 0, 0, 0, 0, 0}), 16, segments},          // RFC 9602
    {from({0xfc00, 0, 0, 0, 0, 0, 0, 0}), 7, unique_local},       // RFC 4193
    {from({0xfe80, 0, 0, 0, 0, 0, 0, 0}), 10, link_local},        // RFC 4291
    {from({0xfec0, 0, 0, 0, 0, 0, 0, 0}), 10, site_local},        // RFC 3879
    {from({0xff00, 0, 0, 0, 0, 0, 0, 0}), 8, multicast},          // RFC 4291
    {from({0, 0, 0, 0, 0, 0, 0, 0}), 0, reserved},                // RFC 4291: all else is not assigned
};

/// Where addresses carry one of IPv4. A client of Teredo is carried with its bits inverted (RFC 4380 §4).
struct carrier {
    v6 first;
    unsigned bits;
    std::size_t at;
    bool inverted = false;
};
constexpr carrier carriers[] = {
    {from({0, 0, 0, 0, 0, 0, 0, 0}), 96, 12},            // IPv4-compatible (RFC 4291 §2.5.5.1)
    {from({0, 0, 0, 0, 0, 0xffff, 0, 0}), 96, 12},       // IPv4-mapped (RFC 4291 §2.5.5.2)
    {from({0, 0, 0, 0, 0xffff, 0, 0, 0}), 96, 12},       // IPv4-translated (RFC 2765 §2.1)
    {from({0x64, 0xff9b, 0, 0, 0, 0, 0, 0}), 96, 12},    // NAT64 (RFC 6052 §2.1)
    {from({0x2001, 0, 0, 0, 0, 0, 0, 0}), 32, 4},        // Teredo's server (RFC 4380 §4)
    {from({0x2001, 0, 0, 0, 0, 0, 0, 0}), 32, 12, true}, // and its client
    {from({0x2002, 0, 0, 0, 0, 0, 0, 0}), 16, 2},        // 6to4 (RFC 3056 §2)
};

template <std::size_t Size>
constexpr bool
holds(const std::array<std::uint8_t, Size>& first, unsigned bits, const std::array<std::uint8_t, Size>& a) {
    for (std::size_t i = 0; i < Size && 8 * i < bits; ++i) {
        const unsigned left = bits - static_cast<unsigned>(8 * i);
        const unsigned mask = left >= 8 ? 0xffU : (0xff00U >> left) & 0xffU;
        if (((first[i] ^ a[i]) & mask) != 0) return false;
    }
    return true;
}

template <std::size_t Size, std::size_t Count>
address_class found(const block<Size> (&blocks)[Count], const std::array<std::uint8_t, Size>& a) noexcept {
    for (const auto& b : blocks)
        if (holds(b.first, b.bits, a)) return b.is;
    return global;
}

address_class classify_4(const v4& a) noexcept { return found(blocks_4, a); }

address_class classify_6(const v6& a) noexcept {
    const address_class own = found(blocks_6, a);
    if (own == unspecified || own == loopback) return own;
    for (const carrier& c : carriers) {
        if (!holds(c.first, c.bits, a)) continue;
        v4 carried{};
        for (std::size_t i = 0; i < carried.size(); ++i)
            carried[i] = static_cast<std::uint8_t>(a[c.at + i] ^ (c.inverted ? 0xffU : 0U));
        if (const address_class its = classify_4(carried); its != global) return its;
    }
    return own;
}

} // namespace

address_class classify(const socket_address& address) noexcept {
    if (address.family() == AF_INET && address.size() >= sizeof(sockaddr_in)) {
        v4 bytes{};
        std::memcpy(
            bytes.data(), reinterpret_cast<const std::byte*>(address.data()) + offsetof(sockaddr_in, sin_addr), 4);
        return classify_4(bytes);
    }
    if (address.family() == AF_INET6 && address.size() >= sizeof(sockaddr_in6)) {
        v6 bytes{};
        std::memcpy(
            bytes.data(), reinterpret_cast<const std::byte*>(address.data()) + offsetof(sockaddr_in6, sin6_addr), 16);
        return classify_6(bytes);
    }
    return not_ip;
}

std::string_view to_string(address_class c) noexcept {
    switch (c) {
    case global: return "global";
    case unspecified: return "unspecified: this machine";
    case this_network: return "this network (RFC 791)";
    case loopback: return "loopback: this machine";
    case private_use: return "private (RFC 1918)";
    case shared: return "shared by a carrier (RFC 6598)";
    case link_local: return "link-local";
    case unique_local: return "unique local (RFC 4193)";
    case site_local: return "site-local (RFC 3879)";
    case multicast: return "multicast";
    case broadcast: return "broadcast";
    case protocol: return "kept for protocols (RFC 6890)";
    case translated: return "a translator's or a tunnel's";
    case benchmarking: return "for benchmarks";
    case documentation: return "for documentation";
    case discard: return "discarded (RFC 6666)";
    case segments: return "for a network's own routing (RFC 9602)";
    case cloud: return "a cloud's own service";
    case reserved: return "reserved";
    case not_ip: return "no IP address";
    }
    return {};
}

} // namespace plait::crawl
