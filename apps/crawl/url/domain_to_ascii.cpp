// Copyright 2026 the plait authors. Boost Software License 1.0
#include "domain_to_ascii.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>

#include <idn2.h>

namespace plait::crawl {
namespace {

struct idn2_free_it {
    void operator()(char* text) const noexcept { idn2_free(text); }
};
using idn2_text = std::unique_ptr<char, idn2_free_it>;

int look_up(const std::string& domain, int flags, idn2_text& result) {
    std::uint8_t* text = nullptr;
    const int answer =
        idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(domain.c_str()), &text, flags | IDN2_NFC_INPUT);
    result.reset(reinterpret_cast<char*>(text));
    if (answer == IDN2_MALLOC) throw std::bad_alloc();
    return answer;
}

/// The first code point of well-formed UTF-8, which is taken away.
char32_t take(std::string_view& text) noexcept {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    char32_t result = size == 1 ? first : first & (0x7fU >> size);
    for (std::size_t i = 1; i < std::min(size, text.size()); ++i)
        result = result << 6U | (static_cast<unsigned char>(text[i]) & 0x3fU);
    text.remove_prefix(std::min(size, text.size()));
    return result;
}

/// What transitional processing changes, 'ẞ' included, which becomes 'ß' before.
bool deviates(char32_t c) noexcept {
    return c == U'\u00DF' || c == U'\u1E9E' || c == U'\u03C2' || c == U'\u200C' || c == U'\u200D';
}

/// The blocks that hold characters written from right to left.
bool from_right_to_left(char32_t c) noexcept {
    return (c >= 0x590 && c <= 0x8ff) || (c >= 0xfb1d && c <= 0xfdff) || (c >= 0xfe70 && c <= 0xfefe) ||
           (c >= 0x10800 && c <= 0x10fff) || (c >= 0x1e800 && c <= 0x1efff);
}

/// Whether transitional and non-transitional processing of a name are the same, except that libidn2 applies IDNA 2008 to
/// the latter's result.
bool same_either_way(std::string_view domain) noexcept {
    for (std::string_view rest = domain; !rest.empty();) {
        const char32_t c = take(rest);
        if (deviates(c) || from_right_to_left(c)) return false;
    }
    return std::ranges::search(
               domain, std::string_view("xn--"), {},
               [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; })
        .empty();
}

} // namespace

bool domain_to_ascii(std::string& domain) {
    if (domain.find('\0') != std::string::npos) return false;
    idn2_text result;
    int answer = look_up(domain, IDN2_NONTRANSITIONAL, result);
    if (answer == IDN2_DISALLOWED && same_either_way(domain)) answer = look_up(domain, IDN2_TRANSITIONAL, result);
    if (answer != IDN2_OK || *result == '\0') return false;
    domain = result.get();
    return true;
}

} // namespace plait::crawl
