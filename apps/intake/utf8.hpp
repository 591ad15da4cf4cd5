// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What others have sent may be of any encoding; JSON is UTF-8 (RFC 8259 §8.1).

#include <string>
#include <string_view>

namespace plait::intake {

[[nodiscard]] bool is_utf8(std::string_view text);

/// `text` if it is UTF-8; otherwise each of its bytes is a character, as ISO-8859-1 has them, which header fields were in once
/// (RFC 9110 §5.5).
[[nodiscard]] std::string to_utf8(std::string_view text);

} // namespace plait::intake
