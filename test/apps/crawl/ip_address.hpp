// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Addresses from their text, by inet_pton.

#include <plait/coro/socket_address.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace plait::test {

inline socket_address ip_address(const std::string& text, std::uint16_t port = 80) {
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        return {reinterpret_cast<const sockaddr*>(&v4), sizeof v4};
    }
    if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) != 1) throw std::invalid_argument(text);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    return {reinterpret_cast<const sockaddr*>(&v6), sizeof v6};
}

} // namespace plait::test
