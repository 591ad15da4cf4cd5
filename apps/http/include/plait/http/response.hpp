// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The answer to a request that was sent: its head, and its body as it arrives. While there is more of the body to come it
// holds its connection; whoever destroys it then closes that.

#include <plait/http/response_head.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace plait::http {

class exchange;

class response {
public:
    explicit response(std::unique_ptr<exchange> e) noexcept;
    response(response&&) noexcept;
    response& operator=(response&&) noexcept;
    ~response();

    [[nodiscard]] unsigned status() const noexcept { return head().status; }
    /// As long as the response.
    [[nodiscard]] const response_head& head() const noexcept;

    /// Waits for more of the body, and returns what came; nothing at its end. Valid until the next call.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none, until the request's total time is over.
    /// Cancellation:  the connection is closed.
    /// Throws:        client_error, the same one again if it is called again; cancelled; errc::would_block_loop.
    [[nodiscard]] std::string_view read_some();

    /// Reads what is left of the body. Memory is taken as it arrives. Throws as read_some().
    [[nodiscard]] std::string read_all();

private:
    std::unique_ptr<exchange> exchange_;
};

} // namespace plait::http
