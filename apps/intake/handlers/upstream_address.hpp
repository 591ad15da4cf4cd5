// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   http://127.0.0.1:9000   https://app.example/v2   /run/app.socket   unix:/run/app.socket
//
// Where requests are passed on to: a server, and what their targets get in front. The prefix is no fence: a target may hold
// "..", and what the server makes of that is its own affair.

#include <plait/http/origin.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace plait::intake {

struct upstream_address {
    http::origin server;
    std::string prefix; ///< empty, or from a '/' on and without one at its end

    /// Nothing if it is none of the forms above.
    [[nodiscard]] static std::optional<upstream_address> parse(std::string_view text);
};

} // namespace plait::intake
