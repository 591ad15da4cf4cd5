// Copyright 2026 the plait authors. Boost Software License 1.0
#include "exchange.hpp"

#include <plait/http/response.hpp>

namespace plait::http {

response::response(std::unique_ptr<exchange> e) noexcept : exchange_(std::move(e)) {}
response::response(response&&) noexcept = default;
response& response::operator=(response&&) noexcept = default;
response::~response() = default;

const response_head& response::head() const noexcept { return exchange_->head(); }

std::string_view response::read_some() { return exchange_->read_some(); }

std::string response::read_all() {
    std::string body;
    for (std::string_view piece; !(piece = read_some()).empty();)
        body.append(piece);
    return body;
}

} // namespace plait::http
