// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The head of an answer, in a buffer on the stack: no allocation for one request.

#include "exchange.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <sys/types.h>

namespace plait::intake {

/// How long a request has waited for a worker, and how long that has worked on it.
struct server_timing {
    std::chrono::nanoseconds queue, work;
};

/// What the head of an answer says.
struct answer {
    unsigned status = 200;
    std::string_view content_type = "text/plain";    ///< empty: not said
    std::optional<std::uint64_t> content_length = 0; ///< nothing: not said
    request_id id{};
    pid_t worker = 0; ///< for X-Worker-Pid; 0: no worker was involved
    std::optional<server_timing> timing{};
    std::string_view date_line{};   ///< a whole line with its CRLF, or nothing
    std::string_view extra_lines{}; ///< whole lines of at most 200 bytes, or nothing
    bool keep_alive = true;
    bool is_for_operator = false; ///< then it does not count among the answers to clients
    int version = 11;             ///< of the request: HTTP/1.0 must be told that the connection stays
};

/// The lines of a head, without the empty one at its end: others may follow. Room enough for every answer of this program.
class answer_head {
public:
    explicit answer_head(const answer& a) noexcept;
    [[nodiscard]] std::string_view text() const noexcept { return {bytes_.data(), size_}; }

private:
    void add(std::string_view text) noexcept;
    void add(std::uint64_t number) noexcept;
    void add_milliseconds(std::chrono::nanoseconds time) noexcept;

    std::array<char, 768> bytes_;
    std::size_t size_ = 0;
};

/// As X-Request-Id has it; `room` is what it lies in.
[[nodiscard]] std::string_view write_id(const request_id& id, std::span<char, 24> room) noexcept;

} // namespace plait::intake
