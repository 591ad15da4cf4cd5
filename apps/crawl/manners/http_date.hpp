// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   Sun, 06 Nov 1994 08:49:37 GMT      Sunday, 06-Nov-94 08:49:37 GMT      Sun Nov  6 08:49:37 1994
//
// The three forms of a date in HTTP (RFC 9110 §5.6.7).

#include <chrono>
#include <optional>
#include <string_view>

namespace plait::crawl {

using wall_time = std::chrono::sys_seconds;

/// Nothing if `text` is in none of the forms. A year of two digits that is more than 50 years after `now` is one of the
/// century before. Whether the day of the week is that of the date is not looked at.
[[nodiscard]] std::optional<wall_time> parse_http_date(std::string_view text, wall_time now);

} // namespace plait::crawl
