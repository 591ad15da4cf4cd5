// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The bytes of a request before its body.

#include <plait/http/origin.hpp>
#include <plait/http/request.hpp>

#include <string>

namespace plait::http {

/// Throws client_error(fault::invalid_request) for everything that would be read by the server as something else than it is
/// meant: bytes that end a line or a word, fields that frame the message.
[[nodiscard]] std::string outgoing_head(const origin& to, const request& r, std::string_view user_agent);

} // namespace plait::http
