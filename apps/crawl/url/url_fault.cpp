// Copyright 2026 the plait authors. Boost Software License 1.0
#include "url_fault.hpp"

namespace plait::crawl {

std::string_view text(url_fault fault) noexcept {
    switch (fault) {
    case url_fault::none: return "a URL";
    case url_fault::about: return "not fetched: about";
    case url_fault::blob: return "not fetched: blob";
    case url_fault::data: return "not fetched: data";
    case url_fault::file: return "not fetched: file";
    case url_fault::ftp: return "not fetched: ftp";
    case url_fault::javascript: return "not fetched: javascript";
    case url_fault::mailto: return "not fetched: mailto";
    case url_fault::tel: return "not fetched: tel";
    case url_fault::websocket: return "not fetched: WebSocket";
    case url_fault::other_scheme: return "not fetched: a scheme other than http and https";
    case url_fault::without_base: return "not a URL: relative, without a base";
    case url_fault::host_missing: return "not a URL: it names no host";
    case url_fault::host_code_point: return "not a URL: a character in the host that no host may have";
    case url_fault::domain_to_ascii: return "not a URL: the host is no international domain name";
    case url_fault::ipv4_address: return "not a URL: the host ends in a number and is no IPv4 address";
    case url_fault::ipv6_address: return "not a URL: the host is in brackets and is no IPv6 address";
    case url_fault::port_invalid: return "not a URL: the port is no number";
    case url_fault::port_out_of_range: return "not a URL: the port is above 65535";
    case url_fault::longer_than_we_read: return "not a URL: longer than 65535 bytes";
    }
    return "not a URL";
}

} // namespace plait::crawl
