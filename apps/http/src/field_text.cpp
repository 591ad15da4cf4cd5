// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"

#include <plait/http/field_text.hpp>

#include <algorithm>

namespace plait::http {

bool is_field_name(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return bytes::is(c, bytes::token); });
}

bool is_field_value(std::string_view text) noexcept {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    if (!text.empty() && (blank(text.front()) || blank(text.back()))) return false;
    return std::ranges::all_of(text, [](char c) { return bytes::is(c, bytes::field_value); });
}

bool equal_names(std::string_view name, std::string_view lower) noexcept { return bytes::equals(name, lower); }

} // namespace plait::http
