// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a compressed body may become. Ten kilobytes can become ten megabytes of zeros, or by nesting anything.

#include <cstdint>

namespace plait::http {

struct decoding_limits {
    std::uint64_t size = 64 * 1024 * 1024; ///< bytes once decoded
    /// Decoded bytes for each byte that was received, as far as it has come. Deflate cannot exceed 1032; text seldom exceeds 20.
    std::uint64_t ratio = 200;
    std::uint64_t free = 256 * 1024; ///< decoded bytes beyond which the ratio is looked at
};

} // namespace plait::http
