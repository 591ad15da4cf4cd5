// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Which requests may be started a second time after the worker that had started them died.

#include <plait/http/request_head.hpp>

namespace plait::intake {

enum class retry_policy {
    idempotent, ///< those that are idempotent by their method, or that carry an Idempotency-Key
    always,
    never,
};

/// GET, HEAD, OPTIONS, PUT and DELETE mean the same done twice (RFC 9110 §9.2.2; TRACE is not answered here). An
/// Idempotency-Key is the client's word that the service tells a repetition from a new request.
[[nodiscard]] inline bool may_retry(retry_policy policy, const http::request_head& request) noexcept {
    switch (policy) {
    case retry_policy::always: return true;
    case retry_policy::never: return false;
    case retry_policy::idempotent: break;
    }
    switch (request.method) {
    case http::verb::get:
    case http::verb::head:
    case http::verb::options:
    case http::verb::put:
    case http::verb::delete_: return true;
    default: return request.find("idempotency-key") != nullptr;
    }
}

} // namespace plait::intake
