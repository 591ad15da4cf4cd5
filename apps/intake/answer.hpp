// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The head of an answer, in a buffer on the stack: no allocation for one request.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sys/types.h>

namespace plait::intake {

/// What the head of an answer says.
struct answer {
    unsigned status = 200;
    std::string_view content_type = "application/octet-stream";
    std::uint64_t content_length = 0;
    std::uint64_t request_number = 0; ///< for X-Request-Id
    pid_t worker = 0;                 ///< for X-Worker-Pid; 0: no worker was involved
    std::string_view date_line{};     ///< a whole line with its CRLF, or nothing
    std::string_view extra_lines{};   ///< whole lines, or nothing
    bool keep_alive = true;
    int version = 11; ///< of the request: HTTP/1.0 must be told that the connection stays
};

/// The bytes of a head. Room enough for every answer of this program.
class answer_head {
public:
    /// `run` is the same for all requests of one run of the program, and makes the ids of different runs differ.
    answer_head(const answer& a, std::uint32_t run) noexcept;
    [[nodiscard]] std::string_view text() const noexcept { return {bytes_.data(), size_}; }

private:
    void add(std::string_view text) noexcept;
    void add(std::uint64_t number) noexcept;
    void add_hex(std::uint64_t number, int digits) noexcept;

    std::array<char, 640> bytes_;
    std::size_t size_ = 0;
};

} // namespace plait::intake
