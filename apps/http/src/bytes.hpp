// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The byte classes of RFC 9110 §5.6 and RFC 3986 §2, as one table: a look-up a byte.

#include <array>
#include <cstdint>
#include <string_view>

namespace plait::http::bytes {

enum kind : std::uint8_t {
    token = 1,       ///< RFC 9110 §5.6.2
    visible = 2,     ///< VCHAR
    field_value = 4, ///< VCHAR, obs-text, SP, HTAB (§5.5)
    host = 8,        ///< unreserved, sub-delims, and ":" "[" "]" "%" (RFC 3986 §3.2.2)
};

inline constexpr std::array<std::uint8_t, 256> table = [] {
    std::array<std::uint8_t, 256> t{};
    auto add = [&t](std::string_view characters, std::uint8_t k) {
        for (char c : characters)
            t[static_cast<unsigned char>(c)] = static_cast<std::uint8_t>(t[static_cast<unsigned char>(c)] | k);
    };
    for (unsigned c = 0x21; c <= 0x7e; ++c)
        t[c] = visible | field_value;
    for (unsigned c = 0x80; c <= 0xff; ++c)
        t[c] = field_value;
    add(" \t", field_value);
    constexpr std::string_view alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    add(alphanumeric, token | host);
    add("!#$%&'*+-.^_`|~", token);
    add("-._~!$&'()*+,;=:[]%", host);
    return t;
}();

[[nodiscard]] constexpr bool is(char c, kind k) noexcept { return (table[static_cast<unsigned char>(c)] & k) != 0; }

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// The value of a hexadecimal digit, or -1.
[[nodiscard]] constexpr int hex(char c) noexcept {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Equal without regard to the case of ASCII letters; `lower` is in lower case.
[[nodiscard]] constexpr bool equals(std::string_view s, std::string_view lower) noexcept {
    if (s.size() != lower.size()) return false;
    for (std::size_t i = 0; i < s.size(); ++i) {
        char c = s[i];
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
        if (c != lower[i]) return false;
    }
    return true;
}

} // namespace plait::http::bytes
