// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Small servers for the tests of the client: each connection is a conversation that the test writes down.

#include <plait/coro/start_server.hpp>
#include <plait/http/client.hpp>

#include <charconv>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace plait::test {

/// The next request as it came, with its body; nothing at the end of the connection.
[[nodiscard]] inline std::optional<std::string> next_request(stream& s) {
    std::string request;
    std::size_t length = 0;
    for (;;) {
        const auto line = s.read_line();
        if (!line) return std::nullopt;
        request += *line + "\r\n";
        if (line->empty()) break;
        constexpr std::string_view name = "Content-Length: ";
        if (line->starts_with(name)) std::from_chars(line->data() + name.size(), line->data() + line->size(), length);
    }
    return request + s.read_exactly(length);
}

[[nodiscard]] inline std::string answer_of(std::string_view body, std::string_view fields = {}) {
    std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    return answer.append(fields).append("\r\n").append(body);
}

/// Answers every request with its first line.
inline void echo_lines(stream& s) {
    while (auto request = next_request(s))
        s.write(answer_of(request->substr(0, request->find("\r\n"))));
}

[[nodiscard]] inline server_options quiet() {
    server_options options;
    options.on_error = [](std::exception_ptr, std::string_view) {}; // clients leave as they like
    return options;
}
[[nodiscard]] inline server_options quiet(const tls_context& tls) {
    server_options options = quiet();
    options.tls = tls;
    return options;
}

class http_server {
public:
    explicit http_server(std::function<void(stream&)> talk, const server_options& options = quiet())
        : server_(start_server("127.0.0.1", 0, std::move(talk), options)),
          origin_{options.tls ? http::scheme::https : http::scheme::http, "127.0.0.1", server_.port()} {}

    [[nodiscard]] const http::origin& origin() const { return origin_; }
    [[nodiscard]] std::uint64_t accepted() const { return server_.accepted(); }
    [[nodiscard]] std::size_t connections() const { return server_.connections(); }

private:
    server server_;
    http::origin origin_;
};

/// A server that gives this answer to everything, and then closes or waits for more.
[[nodiscard]] inline auto always(std::string answer, bool closes = false) {
    return [answer = std::move(answer), closes](stream& s) {
        while (next_request(s)) {
            s.write(answer);
            if (closes) return;
        }
    };
}

} // namespace plait::test
