// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     plait::http::client web;
//     plait::http::response r = web.send(plait::http::origin::parse("https://example.com"), {.target = "/a"});
//     std::string page = r.read_all();
//
//   send ──▶ [ kept connection? ] ──no──▶ resolve ▶ allow each address ▶ connect ▶ TLS ──▶ request ──▶ head of the answer
//                 ▲                                                                                      │
//                 └── whole body was read, and both sides keep alive ◀── read_some(), … ◀── response ────┘
//
// An HTTP/1.1 client over TCP, TLS and UNIX sockets that reads answers strictly (see response_guard.hpp) and keeps
// connections alive. Redirects, cookies and caches are none of its business. A connection that was used is only used again
// when its answer was read to the end and nothing came behind it; everything else closes it: a fault, a timeout, a
// cancellation, a response that is destroyed before its end.
//
// Sending twice: a server may close a kept connection just when a request is sent on it (RFC 9112 §9.3.1). If it did before
// any byte of the answer came, the request is sent once more, on a new connection, provided that nothing of it was sent, or
// that it may be repeated: request::idempotent says so or, if that says nothing, its method.
//
// The request is written before the answer is read. A server that answers before it has read a large body, and closes, is
// understood; one that waits for its answer to be read before it goes on to read holds the request up until its timeout.
//
// Thread safety: a client may be used by any number of coroutines and threads; a response by one at a time.

#include <plait/coro/socket_address.hpp>
#include <plait/coro/tls.hpp>
#include <plait/http/client_error.hpp>
#include <plait/http/origin.hpp>
#include <plait/http/request.hpp>
#include <plait/http/response.hpp>
#include <plait/http/response_limits.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace plait::http {

class client_core;

/// Whether a connection may be opened; if not, perhaps why: "it is private", for the error's text.
struct address_verdict {
    address_verdict(bool may) : allowed(may) {} // as which most filters answer
    address_verdict(bool may, std::string reason) : allowed(may), why(std::move(reason)) {}

    bool allowed;
    std::string why{};
};

/// Decides whether a connection to `address`, which is one of `to`'s, may be opened. Called for each address before any is
/// connected to, in the party that sends; what it throws, send() throws.
using address_filter = std::function<address_verdict(const origin& to, const socket_address& address)>;

struct client_options {
    /// How many connections there may be, in use or kept, to one origin and to all. Who needs one more waits.
    std::size_t connections_per_origin = 8;
    std::size_t connections = 256;
    /// How long a connection is kept that nobody uses. Less than servers keep theirs spares a request sent in vain.
    duration idle_time = std::chrono::seconds(30);
    /// For https. None: servers are verified against the authorities that the system trusts.
    std::optional<tls_context> tls = {};
    /// None: every address is allowed.
    address_filter allow = nullptr;
    /// The field User-Agent of requests that have none. Empty: none.
    std::string user_agent = {};
    /// What the heads, chunks and trailers of answers may cost. The body's limit is the request's.
    response_limits answer = {};
};

class client {
public:
    /// Throws client_error(fault::invalid_request) for a user agent that is no field value, and errc::invalid_argument for a
    /// limit of no connections.
    explicit client(client_options options = {});
    client(client&&) noexcept;
    client& operator=(client&&) noexcept;
    /// Closes the connections that are kept. Responses that are being read can be read to their end.
    ~client();

    /// Sends a request, and waits for the head of its answer.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  the connection is closed; what the server made of the request is not known.
    /// Throws:        client_error; cancelled; errc::would_block_loop.
    [[nodiscard]] response send(const origin& to, const request& r);

    /// Closes the connections that nobody uses.
    void close_idle();
    /// How many connections are kept that nobody uses.
    [[nodiscard]] std::size_t idle() const;

private:
    std::unique_ptr<client_core> core_;
};

} // namespace plait::http
