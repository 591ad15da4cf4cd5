// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"
#include "field_values.hpp"

#include <plait/http/field.hpp>

#include <limits>

namespace plait::http {

bool valid_host(std::string_view host) noexcept {
    for (std::size_t i = 0; i < host.size(); ++i) {
        if (!bytes::is(host[i], bytes::host)) return false;
        if (host[i] == '%' && (i + 2 >= host.size() || bytes::hex(host[i + 1]) < 0 || bytes::hex(host[i + 2]) < 0))
            return false;
    }
    std::string_view port;
    if (host.starts_with('[')) { // IP-literal
        const std::size_t close = host.find(']');
        if (close == std::string_view::npos || close < 3) return false;
        for (char c : host.substr(1, close - 1))
            if (bytes::hex(c) < 0 && c != ':' && c != '.') return false;
        port = host.substr(close + 1);
    } else {
        if (host.find_first_of("[]") != std::string_view::npos) return false;
        const std::size_t colon = host.find(':');
        if (colon == 0) return false;
        if (colon != std::string_view::npos) port = host.substr(colon);
    }
    if (port.empty()) return true;
    if (port.front() != ':') return false;
    unsigned number = 0;
    for (char c : port.substr(1)) {
        if (!bytes::is_digit(c)) return false;
        number = number * 10 + static_cast<unsigned>(c - '0');
        if (number > 65535) return false;
    }
    return true;
}

std::optional<std::uint64_t> number(std::string_view digits) noexcept {
    if (digits.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (char c : digits) {
        if (!bytes::is_digit(c)) return std::nullopt;
        std::uint64_t digit = static_cast<std::uint64_t>(c - '0');
        constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
        value = value > (most - digit) / 10 ? most : value * 10 + digit;
    }
    return value;
}

const field* find(const std::vector<field>& fields, std::string_view lower_case_name) noexcept {
    for (const field& f : fields)
        if (bytes::equals(f.name, lower_case_name)) return &f;
    return nullptr;
}

} // namespace plait::http
