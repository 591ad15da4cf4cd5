// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The byte classes of the HTML standard, and the search for a byte that all reading of markup rests on: 16 bytes at a
// time with SSE2, which every x86-64 has; memchr elsewhere.

#include <cstddef>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace plait::crawl::bytes {

/// ASCII whitespace: tab, line feed, form feed, carriage return, space.
[[nodiscard]] constexpr bool is_space(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}
[[nodiscard]] constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
[[nodiscard]] constexpr bool is_letter(char c) noexcept { return lower(c) >= 'a' && lower(c) <= 'z'; }
[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_alphanumeric(char c) noexcept { return is_letter(c) || is_digit(c); }

/// The value of a hexadecimal digit, or -1.
[[nodiscard]] constexpr int hex(char c) noexcept {
    if (is_digit(c)) return c - '0';
    return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

/// Equal without regard to the case of ASCII letters; `lower_case` is in lower case.
[[nodiscard]] constexpr bool equals(std::string_view s, std::string_view lower_case) noexcept {
    if (s.size() != lower_case.size()) return false;
    for (std::size_t i = 0; i < s.size(); ++i)
        if (lower(s[i]) != lower_case[i]) return false;
    return true;
}
[[nodiscard]] constexpr bool begins(std::string_view s, std::string_view lower_case) noexcept {
    return s.size() >= lower_case.size() && equals(s.substr(0, lower_case.size()), lower_case);
}

/// Without the whitespace on both sides.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view s) noexcept {
    while (!s.empty() && is_space(s.front()))
        s.remove_prefix(1);
    while (!s.empty() && is_space(s.back()))
        s.remove_suffix(1);
    return s;
}

/// Calls `f` with each word of `s`, which whitespace separates, and whatever else `separates(char)` says.
template <class F, class Separates>
constexpr void for_each_word(std::string_view s, Separates separates, F f) {
    for (std::size_t at = 0; at < s.size();) {
        std::size_t end = at;
        while (end < s.size() && !is_space(s[end]) && !separates(s[end]))
            ++end;
        if (end != at) f(s.substr(at, end - at));
        at = end + 1;
    }
}
template <class F>
constexpr void for_each_word(std::string_view s, F f) {
    for_each_word(
        s, [](char) { return false; }, f);
}

/// The first `wanted` in [at, end), or `end`.
[[nodiscard]] inline const char* find(const char* at, const char* end, char wanted) noexcept {
#if defined(__SSE2__)
    const __m128i all = _mm_set1_epi8(wanted);
    for (; end - at >= 16; at += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        const int found = _mm_movemask_epi8(_mm_cmpeq_epi8(block, all));
        if (found != 0) return at + __builtin_ctz(static_cast<unsigned>(found));
    }
    while (at != end && *at != wanted)
        ++at;
    return at;
#else
    if (at == end) return end;
    const void* found = std::memchr(at, wanted, static_cast<std::size_t>(end - at));
    return found ? static_cast<const char*>(found) : end;
#endif
}

/// The first byte in [at, end) that is not ASCII, or `end`.
[[nodiscard]] inline const char* find_non_ascii(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
    for (; end - at >= 16; at += 16) {
        const int found = _mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
        if (found != 0) return at + __builtin_ctz(static_cast<unsigned>(found));
    }
#endif
    while (at != end && static_cast<unsigned char>(*at) < 0x80)
        ++at;
    return at;
}

} // namespace plait::crawl::bytes
