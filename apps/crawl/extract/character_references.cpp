// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"
#include "character_references.hpp"
#include "named_references.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace plait::crawl {
namespace {

/// What &#128; to &#159; stand for: the characters of windows-1252; 0 where the number stands for itself.
constexpr std::array<char16_t, 32> windows_1252 = {0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                                   0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
                                                   0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                                   0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

char32_t repaired(std::uint32_t code) {
    constexpr char32_t replacement = 0xfffd;
    if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return replacement;
    if (code >= 0x80 && code < 0xa0 && windows_1252[code - 0x80] != 0) return windows_1252[code - 0x80];
    return code;
}

/// Decodes what follows "&#". Returns how many bytes it was; 0 if it is no reference.
std::size_t decode_number(std::string_view rest, std::string& to) {
    const bool is_hex = !rest.empty() && bytes::lower(rest[0]) == 'x';
    std::size_t at = is_hex ? 1 : 0;
    const std::size_t digits = at;
    std::uint32_t code = 0;
    for (; at < rest.size(); ++at) {
        const int digit = is_hex ? bytes::hex(rest[at]) : bytes::is_digit(rest[at]) ? rest[at] - '0' : -1;
        if (digit < 0) break;
        // Once it is too large it stays so, however many digits follow.
        code = std::min<std::uint32_t>(code * (is_hex ? 16 : 10) + static_cast<std::uint32_t>(digit), 0x110000);
    }
    if (at == digits) return 0;
    append_utf8(to, repaired(code));
    return at < rest.size() && rest[at] == ';' ? at + 1 : at;
}

/// The longest name that `rest` begins with. Names are in order, so those that share its first n bytes lie side by side,
/// and the first of them is the one that ends there.
const named_reference* longest_name(std::string_view rest) {
    auto among = named_references();
    const named_reference* longest = nullptr;
    for (std::size_t n = 0; n < rest.size(); ++n) {
        const auto at = [n](const named_reference& r) { return n < r.name.size() ? r.name[n] : '\0'; };
        const auto same = std::ranges::equal_range(among, rest[n], {}, at);
        if (same.empty() || rest[n] == '\0') break;
        among = {same.begin(), same.end()};
        if (among.front().name.size() == n + 1) longest = &among.front();
    }
    return longest;
}

std::size_t decode_name(std::string_view rest, std::string& to) {
    const named_reference* found = longest_name(rest);
    if (!found) return 0;
    const std::size_t size = found->name.size();
    if (found->name.back() != ';' && size < rest.size() && (rest[size] == '=' || bytes::is_alphanumeric(rest[size])))
        return 0;
    to += found->text;
    return size;
}

} // namespace

void append_utf8(std::string& to, char32_t code) {
    const auto tail = [&](int shift) { to += static_cast<char>(0x80 | (code >> shift & 0x3f)); };
    if (code < 0x80) {
        to += static_cast<char>(code);
    } else if (code < 0x800) {
        to += static_cast<char>(0xc0 | code >> 6);
        tail(0);
    } else if (code < 0x10000) {
        to += static_cast<char>(0xe0 | code >> 12);
        tail(6), tail(0);
    } else {
        to += static_cast<char>(0xf0 | code >> 18);
        tail(12), tail(6), tail(0);
    }
}

std::string attribute_value(std::string_view raw) {
    std::string value;
    while (true) {
        const auto plain = static_cast<std::size_t>(
            std::ranges::find_if(raw, [](char c) { return c == '&' || c == '\r' || c == 0; }) - raw.begin());
        value.append(raw.substr(0, plain));
        if (plain == raw.size()) return value;
        const char c = raw[plain];
        raw.remove_prefix(plain + 1);
        if (c == '\0') {
            value += "\xef\xbf\xbd";
        } else if (c == '\r') {
            value += '\n';
            if (!raw.empty() && raw[0] == '\n') raw.remove_prefix(1);
        } else {
            const bool is_number = !raw.empty() && raw[0] == '#';
            std::size_t used = is_number ? decode_number(raw.substr(1), value) : decode_name(raw, value);
            if (used == 0) {
                value += '&';
            } else {
                used += is_number ? 1 : 0;
            }
            raw.remove_prefix(used);
        }
    }
}

} // namespace plait::crawl
