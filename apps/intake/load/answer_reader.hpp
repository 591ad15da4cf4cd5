// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Reads the answers of a plait-intake from a connection: HTTP/1.1, a status, a Content-Length. No more is understood, and
// what is not understood is an error: this is for a load client that measures its own server, and not a client for the web.
//
// Thread safety: none.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace plait::load {

struct answer_seen {
    std::uint16_t status = 0;
    std::int32_t worker = 0; ///< X-Worker-Pid; 0: the answer has none
    bool closes = false;     ///< Connection: close
    std::string_view body;   ///< until the reader is used again
};

class answer_reader {
public:
    static constexpr std::size_t most_head = 8 * 1024;
    static constexpr std::size_t most_body = 64 * 1024;

    /// Where to put what comes; at least one byte. Then received().
    [[nodiscard]] std::span<char> room();
    void received(std::size_t count) noexcept { end_ += count; }

    /// The next answer, once it is there in full, and takes it. Throws std::runtime_error, with what is wrong, if what came is
    /// no such answer.
    [[nodiscard]] std::optional<answer_seen> next();

    /// Whether bytes have come that are not part of an answer that was taken.
    [[nodiscard]] bool has_more() const noexcept { return begin_ != end_; }
    /// For another connection.
    void clear() noexcept { begin_ = end_ = 0; }

private:
    std::vector<char> buffer_ = std::vector<char>(2048);
    std::size_t begin_ = 0, end_ = 0;
};

} // namespace plait::load
