// Copyright 2026 the plait authors. Boost Software License 1.0
#include "code_points.hpp"
#include "domain_to_ascii.hpp"
#include "host_parser.hpp"
#include "ip_address.hpp"

#include <algorithm>

namespace plait::crawl {
namespace {

namespace cp = code_points;

std::string percent_decoded(std::string_view text) {
    std::string result;
    for (; !text.empty(); text.remove_prefix(1)) {
        char c = text.front();
        if (c == '%' && text.size() > 2 && cp::hex_value(text[1]) < 16 && cp::hex_value(text[2]) < 16) {
            c = static_cast<char>(cp::hex_value(text[1]) * 16 + cp::hex_value(text[2]));
            text.remove_prefix(2);
        }
        result += c;
    }
    return result;
}

bool is_ascii(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

url_fault append_ipv6_host(std::string_view text, std::string& to) {
    if (text.size() < 2 || text.back() != ']') return url_fault::ipv6_address;
    const auto address = parse_ipv6(text.substr(1, text.size() - 2));
    if (!address) return url_fault::ipv6_address;
    to += '[';
    append_ipv6(*address, to);
    to += ']';
    return url_fault::none;
}

/// `domain` is as the DNS has it, and holds nothing that is forbidden.
url_fault append_domain_or_ipv4(std::string_view domain, std::string& to, host_kind& kind) {
    kind = host_kind::domain;
    if (!ends_in_a_number(domain)) {
        to += domain;
        return url_fault::none;
    }
    const auto address = parse_ipv4(domain);
    if (!address) return url_fault::ipv4_address;
    kind = host_kind::ipv4;
    append_ipv4(*address, to);
    return url_fault::none;
}

/// What is read as ASCII is taken as it is, bad A-labels too, as the standard does for the web's sake.
url_fault append_unusual(std::string_view text, std::string& to, host_kind& kind) {
    std::string domain = percent_decoded(text);
    if (is_ascii(domain))
        std::ranges::transform(domain, domain.begin(), cp::lower);
    else if (!domain_to_ascii(domain))
        return url_fault::domain_to_ascii;
    if ((cp::sets_in(domain) & cp::forbidden_in_domain) != 0) return url_fault::host_code_point;
    return append_domain_or_ipv4(domain, to, kind);
}

} // namespace

url_fault append_host(std::string_view text, std::string& to, host_kind& kind) {
    if (text.front() == '[') {
        kind = host_kind::ipv6;
        return append_ipv6_host(text, to);
    }
    if ((cp::sets_in(text) & cp::not_yet_a_domain) != 0) return append_unusual(text, to, kind);
    return append_domain_or_ipv4(text, to, kind);
}

} // namespace plait::crawl
