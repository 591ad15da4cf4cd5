// Copyright 2026 the plait authors. Boost Software License 1.0
#include "retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>

namespace plait::crawl {
namespace {

/// Nothing unless all of it is digits; the largest number if it is larger.
std::optional<std::int64_t> number(std::string_view digits) noexcept {
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    std::int64_t n = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    return failure == std::errc() ? n : INT64_MAX;
}

} // namespace

std::optional<duration> parse_retry_after(std::string_view value, wall_time now, duration longest) {
    const auto most = std::chrono::ceil<std::chrono::seconds>(longest); // seconds do not overflow
    std::chrono::seconds wait{};
    if (const auto seconds = number(value))
        wait = std::chrono::seconds(*seconds);
    else if (const auto date = parse_http_date(value, now))
        wait = std::max(*date - now, std::chrono::seconds(0));
    else
        return std::nullopt;
    return std::min<duration>(std::min(wait, most), longest);
}

} // namespace plait::crawl
