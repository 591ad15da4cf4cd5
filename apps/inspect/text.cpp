// Copyright 2026 the plait authors. Boost Software License 1.0
#include "text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace plait::inspector {
namespace {

constexpr const char* digits = "0123456789abcdef";

unsigned char byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

/// The length of the printable character at the beginning of `text`; 0 if there is none. UTF-8 as RFC 3629 has it.
std::size_t printable_length(std::string_view text) noexcept {
    unsigned char first = byte_at(text, 0);
    if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
    std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
    std::uint32_t code = first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte_at(text, i) & 0xc0) != 0x80) return 0;
        code = code << 6 | (byte_at(text, i) & 0x3fU);
    }
    constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
    bool is_control = code < 0xa0 || (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
                      (code >= 0x2066 && code <= 0x2069); // line ends and changes of direction
    return code < least[length] || code > 0x10ffff || is_surrogate || is_control ? 0 : length;
}

std::string format_with(const char* form, double value) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), form, value);
    return text.data();
}

} // namespace

bool is_printable(std::string_view text) noexcept {
    while (!text.empty()) {
        auto length = printable_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        auto length = printable_length(text);
        if (length == 0) {
            out += {'\\', 'x', digits[byte_at(text, 0) >> 4], digits[byte_at(text, 0) & 15]};
            length = 1;
        } else {
            if (text.front() == '\\') out += '\\';
            out += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
    return out;
}

std::string size_text(std::uint64_t bytes) {
    if (bytes < 1024) return std::to_string(bytes) + " B";
    constexpr std::array units{" KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
    std::size_t unit = 0;
    double value = static_cast<double>(bytes) / 1024;
    while (value >= 1023.95 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    std::string number = format_with("%.1f", value);
    if (number.ends_with(".0")) number.resize(number.size() - 2);
    return number + units[unit];
}

std::string duration_text(std::chrono::seconds d) {
    auto n = std::max<std::int64_t>(d.count(), 0);
    if (n < 120) return std::to_string(n) + " s";
    if (n < 120 * 60) return std::to_string(n / 60) + " min";
    if (n < 48 * 3600) return std::to_string(n / 3600) + " h";
    return std::to_string(n / 86400) + " d";
}

std::string counted(std::uint64_t n, std::string_view singular) {
    return std::to_string(n) + " " + std::string(singular) + (n == 1 ? "" : "s");
}

std::string utc_text(std::chrono::system_clock::time_point t) {
    std::time_t seconds = std::chrono::system_clock::to_time_t(t);
    std::tm parts{};
    std::array<char, 32> text{};
    ::gmtime_r(&seconds, &parts);
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

std::string hex_text(std::span<const std::byte> bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (std::byte b : bytes)
        out += {digits[std::to_integer<unsigned>(b) >> 4], digits[std::to_integer<unsigned>(b) & 15]};
    return out;
}

std::string hex_dump(std::span<const std::byte> bytes, std::string_view indent) {
    constexpr std::size_t width = 16;
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += width) {
        auto row = bytes.subspan(at, std::min(width, bytes.size() - at));
        std::array<char, 24> offset{};
        std::snprintf(offset.data(), offset.size(), "%08zx ", at);
        out.append(indent).append(offset.data());
        for (std::size_t i = 0; i < width; ++i) {
            if (i == width / 2) out += ' ';
            out += ' ';
            out += i < row.size() ? hex_text(row.subspan(i, 1)) : "  ";
        }
        out += "  |";
        for (std::byte b : row) {
            auto c = std::to_integer<unsigned char>(b);
            out += c >= 0x20 && c < 0x7f ? static_cast<char>(c) : '.';
        }
        out += "|\n";
    }
    return out;
}

} // namespace plait::inspector
