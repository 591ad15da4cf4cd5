// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a client may cost before it has proven anything. A message beyond its limits is refused: with 431 for too many or
// too large fields and trailers, 413 for its body, 400 for its chunk lines.

#include <plait/http/message_limits.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace plait::http {

struct limits : message_limits {
    std::size_t method = 32;       ///< bytes of the method; longer: 501
    std::size_t target = 8 * 1024; ///< bytes of the request target; longer: 414

    std::chrono::milliseconds header_time{10'000}; ///< from the first byte of a request to the end of its header: 408
    std::chrono::milliseconds idle_time{75'000};   ///< between two requests of one connection: closed without a word
    std::chrono::milliseconds body_grace{10'000};  ///< the body may always take this long, and …
    std::uint64_t body_rate = 1024;                ///< … afterwards must keep this many bytes a second: 408

    /// How long a body may have taken when `bytes` of it have arrived.
    [[nodiscard]] std::chrono::milliseconds body_time(std::uint64_t bytes) const noexcept {
        return body_grace + std::chrono::milliseconds(bytes * 1000 / body_rate);
    }
};

} // namespace plait::http
