// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Grammars of single values that more than one rule needs.

#include <cstdint>
#include <optional>
#include <string_view>

namespace plait::http {

/// uri-host [ ":" port ] (RFC 9110 §7.2). The empty value is valid: it stands for a target without an authority.
[[nodiscard]] bool valid_host(std::string_view host) noexcept;

/// 1*DIGIT, or nothing. A number beyond 2^64 - 1 is the largest there is: it is too large for any limit.
[[nodiscard]] std::optional<std::uint64_t> number(std::string_view digits) noexcept;

} // namespace plait::http
