// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Why a reference is no URL that can be fetched: it leads elsewhere than to http or https, or it is broken.

#include <string_view>

namespace plait::crawl {

enum class url_fault : unsigned char {
    none,

    // It leads elsewhere
    about,
    blob,
    data,
    file,
    ftp,
    javascript,
    mailto,
    tel,
    websocket,    ///< ws: or wss:
    other_scheme, ///< "localhost:8080/" is one of these: its scheme is "localhost"

    // It is broken; the names are those of the standard's validation errors where it has one
    without_base,       ///< relative, and there is nothing that it could be relative to
    host_missing,       ///< "http://", "http://:80/", "http://user@/"
    host_code_point,    ///< a character that no domain may hold, percent-encoded or not
    domain_to_ascii,    ///< a name that is no international domain name, or not UTF-8
    ipv4_address,       ///< it ends in a number, but is no address: "1.2.3.4.5", "09", "example.255"
    ipv6_address,       ///< brackets that hold no address, or are not closed
    port_invalid,       ///< not a number
    port_out_of_range,  ///< above 65,535
    longer_than_we_read ///< see url::longest; the standard knows no limit
};

/// For records and logs: a few words, a literal.
[[nodiscard]] std::string_view text(url_fault fault) noexcept;

/// Whether the reference is well, as far as we read it, but leads to what is not fetched.
[[nodiscard]] constexpr bool leads_elsewhere(url_fault fault) noexcept {
    return fault >= url_fault::about && fault <= url_fault::other_scheme;
}

} // namespace plait::crawl
