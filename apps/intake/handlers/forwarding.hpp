// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   what the client sent ──▶ forwarded_request ──▶ what the upstream gets
//
// Rewrites a message between two connections, as a gateway does (RFC 9110 §3.7, §7.6). What concerns one connection stays
// there: the fields of §7.6.1, those that Connection names, and how the body was framed. The rest is passed on as it came.

#include "handlers.hpp"

#include <plait/http/request.hpp>
#include <plait/http/request_head.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace plait::intake {

/// Whether `f`, one of `all` of a message, is for its last recipient, and not for the other end of the connection.
[[nodiscard]] bool is_end_to_end(const http::field& f, const std::vector<http::field>& all) noexcept;

/// Used again for the next request.
class forwarded_request {
public:
    /// `prefix` stands before each target.
    explicit forwarded_request(std::string prefix) : prefix_(std::move(prefix)) {}

    /// The request that says upstream what `from` says, with the client's Host: upstreams make links of it, and tell virtual
    /// servers apart. An absolute target becomes its path, and its authority the Host (RFC 9112 §3.2.2). Adds Via, the
    /// front's X-Request-Id instead of the client's, and the client's address to X-Forwarded-For.
    /// Refers to this and to `from`.
    [[nodiscard]] const http::request& read(const incoming& from);
    /// The head that was read.
    [[nodiscard]] const http::request_head& head() const noexcept { return head_; }

private:
    void read_target();
    void read_fields();
    void add_client(const client_address& client);

    std::string prefix_;
    http::request_head head_;
    http::request request_{};
    std::string target_, forwarded_for_;
    std::array<char, 24> id_{};
};

} // namespace plait::intake
