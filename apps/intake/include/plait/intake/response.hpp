// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a handler answers.

#include <string>
#include <utility>
#include <vector>

namespace plait::intake {

/// The front adds Date, Content-Length and Connection, which `headers` must not have, and what names the request.
struct response {
    unsigned status = 200;                                      ///< 200 to 599
    std::string content_type = "text/plain; charset=utf-8";     ///< empty: none
    std::vector<std::pair<std::string, std::string>> headers{}; ///< others
    std::string body{};
};

} // namespace plait::intake
