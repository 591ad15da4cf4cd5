// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a request says of how it wants to be treated.

#include "service.hpp"

#include <plait/http/request_head.hpp>

namespace plait::intake {

/// Prefer: respond-async (RFC 7240 §4.1).
[[nodiscard]] bool prefers_async(const http::request_head& head) noexcept;

/// Priority: u=0 to u=7, 3 if it does not say (RFC 9218 §4.1).
[[nodiscard]] unsigned urgency_of(const http::request_head& head) noexcept;

/// The status that tells the client how its request has ended, unless it was answered.
[[nodiscard]] constexpr unsigned status_of(service::verdict::kind what) noexcept {
    using kind = service::verdict::kind;
    switch (what) {
    case kind::crowded_out:
    case kind::no_workers: return 503;
    case kind::too_large: return 413;
    case kind::too_late:
    case kind::hung: return 504;
    case kind::died:
    case kind::quarantined: return 502;
    case kind::answered:
    case kind::left:
    case kind::failed: break;
    }
    return 500;
}

} // namespace plait::intake
