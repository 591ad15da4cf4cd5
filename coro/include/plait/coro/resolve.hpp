// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   "example.com", 443 ──▶ [ getaddrinfo, on a thread of the offload pool ] ──▶ 2001:db8::1, 192.0.2.7

#include <plait/coro/socket_address.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace plait {

enum class resolve_for {
    connecting, ///< to the host
    listening,  ///< on an address of this machine; an empty host stands for all of them
};

/// The addresses of `host`, a name or a numeric address, in the order in which they should be tried; at least one. They
/// come from where the system is set up to look: /etc/hosts, DNS.
///
/// Blocks:        the calling coroutine, or the thread if there is none; not for a numeric address.
/// Cancellation:  throws cancelled at once. The thread that asks the system goes on until that has answered.
/// Throws:        errc::name_not_resolved, which says why; cancelled; errc::would_block_loop.
[[nodiscard]] std::vector<socket_address>
resolve(std::string_view host, std::uint16_t port, resolve_for what = resolve_for::connecting);

} // namespace plait
