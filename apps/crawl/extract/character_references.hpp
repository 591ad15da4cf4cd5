// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Character references in the values of attributes, as the HTML standard (§13.2.5.72 and on) decodes them: all named ones,
// decimal and hexadecimal ones, with the exceptions that only attributes have (`&copy=1` stays as it is).

#include <string>
#include <string_view>

namespace plait::crawl {

/// The value of an attribute as the tree of a document would have it, from what stands in the markup: references decoded,
/// CR LF and CR become LF, NUL becomes U+FFFD. `raw` is UTF-8; what is not is left as it is.
///
/// Complexity: O(size of `raw`).
[[nodiscard]] std::string attribute_value(std::string_view raw);

/// Appends `code` in UTF-8.
void append_utf8(std::string& to, char32_t code);

} // namespace plait::crawl
