// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   compressed bytes, as they come ──feed()──▶ decoded bytes, 16 KiB at a time at most ──▶ … ──▶ end()
//
// The content codings of RFC 9110 §8.4.1, RFC 7932 and RFC 8878, undone as a stream and within limits. Memory: a window,
// 32 KiB for gzip and deflate, at most 16 MiB for br and 8 MiB for zstd (RFC 9659), which the kernel gives as it is
// filled; nothing is taken for the size that an input claims.
//
// Whether an input is taken, and what it becomes, does not depend on how it is cut. Of two faults, which one is named can:
// and an input near the limit of the ratio can pass whole and not in pieces.

#include <plait/http/decoding_limits.hpp>
#include <plait/http/fault.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace plait::http {

enum class content_coding : unsigned char {
    identity,
    gzip,    ///< one member or several (RFC 1952 §2.2)
    deflate, ///< in zlib's wrapping, as it should be, or bare, as some send it
    br,
    zstd, ///< one frame or several
};

/// What a request says that it takes.
inline constexpr std::string_view known_codings = "gzip, deflate, br, zstd";

/// The coding that a field Content-Encoding names; nothing if it is none of these, or a list of several.
[[nodiscard]] std::optional<content_coding> coding_named(std::string_view name) noexcept;

class decompressor;

class content_decoder {
public:
    /// Throws std::bad_alloc.
    content_decoder(content_coding coding, const decoding_limits& l);
    content_decoder(content_decoder&&) noexcept;
    content_decoder& operator=(content_decoder&&) noexcept;
    ~content_decoder();

    struct step {
        std::size_t used;      ///< bytes taken from the front of what was fed
        std::string_view data; ///< what came out; valid until the next call
    };

    /// Takes bytes, and gives what becomes of them. Call it again with the rest until it uses nothing and gives nothing, or
    /// why() says that the input is refused. Throws std::bad_alloc.
    [[nodiscard]] step feed(std::string_view bytes);

    /// No more comes. A fault if the input should have gone on; no bytes at all are a whole input.
    [[nodiscard]] response_fault end() const noexcept;
    [[nodiscard]] const response_fault& why() const noexcept { return why_; }

private:
    [[nodiscard]] step refuse(fault what, std::string_view reason) noexcept {
        why_ = {what, reason};
        return {0, {}};
    }

    static constexpr std::size_t most_at_once = 16 * 1024;

    std::unique_ptr<decompressor> how_;
    decoding_limits limits_;
    std::unique_ptr<char[]> buffer_;
    std::uint64_t taken_ = 0, given_ = 0;
    bool may_end_ = true;
    bool has_more_ = false; // to give, without taking anything
    response_fault why_;
};

} // namespace plait::http
