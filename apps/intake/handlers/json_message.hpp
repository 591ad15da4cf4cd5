// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   ▶ {"id":"…","method":"POST","target":"/","headers":[["Host","a"]],"body":"hello"}
//   ◀ {"status":200,"headers":[["Content-Type","text/html"]],"body":"<p>hello"}
//
// Requests and answers as a line of JSON. Bodies that are no UTF-8 are "body_base64" instead of "body" (RFC 4648 §4, with
// padding); an answer may choose. Of an answer, everything may be left out; headers may be an object too. Members that are
// not known are an error: they would be misspelled ones.

#include "answer_text.hpp"

#include <string>
#include <string_view>

namespace plait::intake {

/// One line with its end.
[[nodiscard]] std::string to_json_line(const request& r);

/// Throws faulty_answer, which says what is wrong.
[[nodiscard]] response from_json(std::string_view line);

} // namespace plait::intake
