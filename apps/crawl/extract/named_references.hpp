// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The named character references of the HTML standard (§13.5), all 2,231 of them. named_references.cpp is written by
// scripts/named-references, from the copy of the standard's table that comes with Python.

#include <span>
#include <string_view>

namespace plait::crawl {

struct named_reference {
    std::string_view name; ///< without the ampersand, with its semicolon if it has one
    std::string_view text; ///< in UTF-8: one code point or two
};

/// In the order of the bytes of their names.
[[nodiscard]] std::span<const named_reference> named_references() noexcept;

} // namespace plait::crawl
