// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What may stand in a header line (RFC 9110 §5), for those who write some.

#include <string_view>

namespace plait::http {

/// A token (§5.1).
[[nodiscard]] bool is_field_name(std::string_view text) noexcept;
/// Visible characters, blanks within, and bytes above 0x7f (§5.5).
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;
/// `lower` is in lower case.
[[nodiscard]] bool equal_names(std::string_view name, std::string_view lower) noexcept;

/// Whether an answer with this status never has content (RFC 9110 §6.4.1).
[[nodiscard]] constexpr bool has_no_content(unsigned status) noexcept {
    return status < 200 || status == 204 || status == 304;
}

} // namespace plait::http
