// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a server's answer may cost. Servers say more in their fields than clients do.

#include <plait/http/message_limits.hpp>

#include <cstddef>

namespace plait::http {

struct response_limits : message_limits {
    std::size_t status_line = 1024; ///< bytes of the status line without its end
    std::size_t interim = 8;        ///< answers of 1xx before the final one, which are read and dropped

    constexpr response_limits() noexcept {
        header_count = 200;
        header_bytes = 64 * 1024;
        body = 16 * 1024 * 1024;
    }
};

} // namespace plait::http
