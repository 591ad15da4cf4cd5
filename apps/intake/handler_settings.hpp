// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What the workers do with a request. It travels to them.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plait::intake {

enum class handler_kind : std::uint8_t {
    echo,     ///< the body of the request
    hash,     ///< the SHA-256 of the body, in hexadecimal
    sleep,    ///< nothing, after a while
    linked,   ///< the function that the program was built with (run.hpp)
    library,  ///< what a shared object exports (handler.hpp)
    program,  ///< a program that reads requests from its standard input and writes answers to its standard output
    upstream, ///< another HTTP server
};

struct handler_settings {
    handler_kind kind = handler_kind::echo;
    std::chrono::nanoseconds sleep{}; ///< for handler_kind::sleep
    std::string argument{};           ///< a file, a command, or a URL

    friend bool operator==(const handler_settings&, const handler_settings&) = default;
};

/// "echo", "hash" or "sleep:MILLISECONDS" with decimals, up to a day; nothing if it is none of them.
[[nodiscard]] std::optional<handler_settings> parse_handler(std::string_view text);

} // namespace plait::intake
