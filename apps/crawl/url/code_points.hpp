// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What the URL standard asks of single characters, in one table: a byte's row says in which sets it is. All sets hold
// every byte of a character beyond ASCII, so UTF-8 needs no decoding here.

#include <array>
#include <cstdint>
#include <string_view>

namespace plait::crawl::code_points {

// The percent-encode sets of §1.3, less what ends the piece of a URL that a set is for: that never comes to be encoded, and
// so a reference that holds a '?' need not be looked at again for it. And what parsing looks for.
inline constexpr std::uint8_t path = 1, special_query = 2, fragment = 4, userinfo = 8;
inline constexpr std::uint8_t forbidden_in_domain = 16; ///< §3.2, with the upper half, which is never in the result
inline constexpr std::uint8_t tab_or_newline = 32;
inline constexpr std::uint8_t ends_segment = 64;      ///< '/' '\\' '?' '#'
inline constexpr std::uint8_t not_yet_a_domain = 128; ///< forbidden, or a capital letter, or percent-encoded

constexpr bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
constexpr char lower(char c) noexcept { return is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) noexcept { return lower(c) >= 'a' && lower(c) <= 'z'; }
constexpr bool is_slash(char c) noexcept { return c == '/' || c == '\\'; } ///< of a special URL
/// What `c` is worth as a hexadecimal digit; 16 or more: it is none.
constexpr unsigned hex_value(char c) noexcept {
    if (is_digit(c)) return static_cast<unsigned>(c - '0');
    const char l = lower(c);
    return l >= 'a' && l <= 'f' ? static_cast<unsigned>(l - 'a') + 10 : 16;
}

inline constexpr std::array<std::uint8_t, 256> table = [] {
    std::array<std::uint8_t, 256> sets{};
    const auto add = [&](std::string_view characters, unsigned which) {
        for (char c : characters)
            sets[static_cast<unsigned char>(c)] =
                static_cast<std::uint8_t>(sets[static_cast<unsigned char>(c)] | which);
    };
    for (unsigned c = 0; c < 256; ++c) // C0 controls, and beyond '~'
        if (c < 0x20 || c > 0x7e) sets[c] = path | special_query | fragment | userinfo | forbidden_in_domain;
    add(" \"<>", path | special_query | fragment | userinfo);
    add("`", path | fragment | userinfo);
    add("'", special_query);
    add("^{}", path | userinfo);
    add(":;=@[]|", userinfo);
    add(" #/:<>?@[\\]^|%", forbidden_in_domain);
    add("\t\n\r", tab_or_newline);
    add("/\\?#", ends_segment);
    for (unsigned c = 0; c < 256; ++c)
        if ((sets[c] & forbidden_in_domain) != 0 || is_upper(static_cast<char>(c)))
            sets[c] = static_cast<std::uint8_t>(sets[c] | not_yet_a_domain);
    return sets;
}();

constexpr bool is(char c, unsigned sets) noexcept { return (table[static_cast<unsigned char>(c)] & sets) != 0; }

/// The sets that any of these characters is in.
constexpr unsigned sets_in(std::string_view text) noexcept {
    unsigned all = 0;
    for (char c : text)
        all |= table[static_cast<unsigned char>(c)];
    return all;
}

/// Writes `text` to `out`, which has room for three times as much, with what is in `set` percent-encoded. Returns the end.
inline char* encode(std::string_view text, unsigned set, char* out) noexcept {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (char c : text) {
        if (!is(c, set)) {
            *out++ = c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        *out++ = '%';
        *out++ = digits[byte >> 4U];
        *out++ = digits[byte & 15U];
    }
    return out;
}

} // namespace plait::crawl::code_points
