// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The built-in handlers: what a worker does with a request.

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace plait::intake {

enum class handler_kind {
    echo,  ///< the body of the request
    hash,  ///< the SHA-256 of the body, in hexadecimal
    sleep, ///< nothing, after a while
};

/// Trivially copyable: it travels to the workers byte for byte.
struct handler_settings {
    handler_kind kind = handler_kind::echo;
    std::chrono::nanoseconds sleep{}; ///< for handler_kind::sleep

    friend bool operator==(const handler_settings&, const handler_settings&) = default;
};

/// "echo", "hash" or "sleep:MILLISECONDS" with decimals, up to a day; nothing if it is none of them.
[[nodiscard]] std::optional<handler_settings> parse_handler(std::string_view text);

/// Does the work of one request; the result is the body of the answer. It is `body` itself, or lies in `scratch`, which
/// is used again for the next request.
///
/// Blocks: the thread, for the time that the handler takes.
/// Throws: std::runtime_error if OpenSSL cannot hash.
[[nodiscard]] std::span<const std::byte>
handle(const handler_settings& settings, std::span<const std::byte> body, std::vector<std::byte>& scratch);

} // namespace plait::intake
