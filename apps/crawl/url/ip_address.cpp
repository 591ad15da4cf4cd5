// Copyright 2026 the plait authors. Boost Software License 1.0
#include "code_points.hpp"
#include "ip_address.hpp"

#include <algorithm>
#include <charconv>

namespace plait::crawl {
namespace {

using code_points::hex_value;
using code_points::is_digit;

constexpr std::uint64_t too_large = std::uint64_t{1} << 32U;

/// Saturates at `too_large`.
std::optional<std::uint64_t> number(std::string_view digits, unsigned radix) noexcept {
    std::uint64_t value = 0;
    for (char c : digits) {
        if (hex_value(c) >= radix) return {};
        value = std::min(value * radix + hex_value(c), too_large);
    }
    return value;
}

/// "0x" alone is 0.
std::optional<std::uint64_t> ipv4_number(std::string_view text) noexcept {
    if (text.empty()) return {};
    if (text.starts_with("0x")) return number(text.substr(2), 16);
    if (text.size() > 1 && text.front() == '0') return number(text.substr(1), 8);
    return number(text, 10);
}

std::string_view without_last_dot(std::string_view domain) noexcept {
    if (domain.ends_with('.')) domain.remove_suffix(1);
    return domain;
}

template <class Number>
void append_number(Number n, int base, std::string& to) {
    char digits[8];
    to.append(digits, std::to_chars(digits, digits + sizeof digits, n, base).ptr);
}

/// Reads an IPv6 address, from the left to the right.
class ipv6_reader {
public:
    explicit ipv6_reader(std::string_view text) : rest_(text) {}

    std::optional<ipv6_pieces> read() noexcept {
        if (!leading_compression() || !pieces()) return {};
        return expanded();
    }

private:
    [[nodiscard]] bool at(char c) const noexcept { return !rest_.empty() && rest_.front() == c; }

    bool leading_compression() noexcept {
        if (!at(':')) return true;
        if (!rest_.starts_with("::")) return false;
        rest_.remove_prefix(2);
        compress_ = ++index_; // the piece before is 0
        return true;
    }

    bool pieces() noexcept {
        while (!rest_.empty()) {
            if (index_ == 8) return false;
            if (at(':')) {
                if (compress_ != 0) return false;
                rest_.remove_prefix(1);
                compress_ = ++index_;
                continue;
            }
            unsigned value = 0;
            std::size_t length = 0;
            for (; length < 4 && length < rest_.size() && hex_value(rest_[length]) < 16; ++length)
                value = value * 16 + hex_value(rest_[length]);
            if (length < rest_.size() && rest_[length] == '.') return length > 0 && ipv4();
            rest_.remove_prefix(length);
            if (at(':')) {
                rest_.remove_prefix(1);
                if (rest_.empty()) return false;
            } else if (!rest_.empty()) {
                return false;
            }
            address_[index_++] = static_cast<std::uint16_t>(value);
        }
        return true;
    }

    /// The rest is four decimal numbers, stricter than elsewhere: no leading zero, nothing left out.
    bool ipv4() noexcept {
        if (index_ > 6) return false;
        for (unsigned seen = 0; seen < 4; ++seen) {
            if (seen > 0) {
                if (!at('.')) return false;
                rest_.remove_prefix(1);
            }
            const auto end = std::ranges::find_if_not(rest_, is_digit);
            const auto length = static_cast<std::size_t>(end - rest_.begin());
            if (length == 0 || length > 3 || (length > 1 && at('0'))) return false;
            const auto value = number(rest_.substr(0, length), 10);
            if (*value > 255) return false;
            rest_.remove_prefix(length);
            address_[index_] = static_cast<std::uint16_t>(address_[index_] * 256U + *value);
            if (seen % 2 == 1) ++index_;
        }
        return rest_.empty();
    }

    [[nodiscard]] std::optional<ipv6_pieces> expanded() const noexcept {
        if (compress_ == 0) return index_ == 8 ? std::optional(address_) : std::nullopt;
        ipv6_pieces result{};
        std::copy(address_.begin(), address_.begin() + compress_, result.begin());
        std::copy_backward(address_.begin() + compress_, address_.begin() + index_, result.end());
        return result;
    }

    std::string_view rest_;
    ipv6_pieces address_{};
    unsigned index_ = 0;
    unsigned compress_ = 0; ///< the piece behind "::", which counts for one; 0: there was none
};

struct zeros {
    unsigned begin = 8, size = 1; ///< one alone is not compressed
};

zeros longest_zeros(const ipv6_pieces& address) noexcept {
    zeros longest;
    for (unsigned begin = 0; begin < 8; ++begin) {
        unsigned size = 0;
        while (begin + size < 8 && address[begin + size] == 0)
            ++size;
        if (size > longest.size) longest = {begin, size};
    }
    return longest;
}

} // namespace

bool ends_in_a_number(std::string_view domain) noexcept {
    domain = without_last_dot(domain);
    const std::string_view last = domain.substr(domain.rfind('.') + 1);
    if (last.empty() || !is_digit(last.front())) return false;
    return std::ranges::all_of(last, is_digit) || ipv4_number(last);
}

std::optional<std::uint32_t> parse_ipv4(std::string_view text) noexcept {
    text = without_last_dot(text);
    std::uint64_t address = 0;
    for (unsigned part = 0; part < 4; ++part) {
        const std::size_t dot = text.find('.');
        const auto value = ipv4_number(text.substr(0, dot));
        if (!value) return {};
        if (dot == std::string_view::npos) {
            const std::uint64_t room = std::uint64_t{1} << (8 * (4 - part));
            return *value < room ? std::optional(static_cast<std::uint32_t>(address + *value)) : std::nullopt;
        }
        if (*value > 255) return {};
        address += *value << (8 * (3 - part));
        text.remove_prefix(dot + 1);
    }
    return {};
}

std::optional<ipv6_pieces> parse_ipv6(std::string_view text) noexcept { return ipv6_reader(text).read(); }

void append_ipv4(std::uint32_t address, std::string& to) {
    for (unsigned shift = 24;; shift -= 8) {
        append_number((address >> shift) & 255U, 10, to);
        if (shift == 0) return;
        to += '.';
    }
}

void append_ipv6(const ipv6_pieces& address, std::string& to) {
    const zeros compressed = longest_zeros(address);
    for (unsigned i = 0; i < 8; ++i) {
        if (i == compressed.begin) {
            to += i == 0 ? "::" : ":";
            i += compressed.size - 1;
            continue;
        }
        append_number(address[i], 16, to);
        if (i != 7) to += ':';
    }
}

} // namespace plait::crawl
