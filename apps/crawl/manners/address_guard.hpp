// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   client_options{.allow = only_global(config.allow_private)}
//
//   resolve ──▶ 93.184.216.34 ✓ connect      10.0.0.1 ✗ "10.0.0.1:80, which is private (RFC 1918)"
//
// Keeps plait-crawl on the Internet: what pages and redirects name must not lead it to the machine it runs on, to the network
// behind it, or to what hands out a cloud's credentials. The addresses that were looked at are those that are connected to, so
// that a name that resolves to another address the next time gains nothing.

#include <plait/http/client.hpp>

namespace plait::crawl {

/// Allows connections to global addresses only (see address_class.hpp). With `allow_private` all of IP is allowed: for
/// intranets and tests. UNIX sockets are refused by neither: no URL names one.
[[nodiscard]] http::address_filter only_global(bool allow_private = false);

} // namespace plait::crawl
