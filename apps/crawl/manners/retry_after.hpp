// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   Retry-After: 120                              ──▶ two minutes
//   Retry-After: Fri, 31 Dec 1999 23:59:59 GMT    ──▶ until then, and nothing if that is past
//
// How long a host wants to be left alone (RFC 9110 §10.2.3).

#include "http_date.hpp"

#include <plait/runtime/clock.hpp>

#include <optional>
#include <string_view>

namespace plait::crawl {

/// Nothing if `value` is neither form. Never more than `longest`, however large the number. `now` is best the answer's own
/// field Date, so that it does not matter whether its clock is right.
[[nodiscard]] std::optional<duration>
parse_retry_after(std::string_view value, wall_time now, duration longest = std::chrono::hours(1));

} // namespace plait::crawl
