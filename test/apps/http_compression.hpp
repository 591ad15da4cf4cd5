// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Compressed bytes, for tests.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

namespace plait::test {

[[nodiscard]] inline std::string deflated(std::string_view text, int window_bits) {
    z_stream z{};
    if (::deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("deflateInit2");
    std::string bytes(::deflateBound(&z, text.size()), '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(bytes.data());
    z.avail_out = static_cast<uInt>(bytes.size());
    if (::deflate(&z, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("deflate");
    bytes.resize(z.total_out);
    ::deflateEnd(&z);
    return bytes;
}

[[nodiscard]] inline std::string gzip_of(std::string_view text) { return deflated(text, 15 + 16); }
[[nodiscard]] inline std::string zlib_of(std::string_view text) { return deflated(text, 15); }
[[nodiscard]] inline std::string deflate_of(std::string_view text) { return deflated(text, -15); }

[[nodiscard]] inline std::string brotli_of(std::string_view text) {
    std::size_t size = ::BrotliEncoderMaxCompressedSize(text.size()) + 16;
    std::string bytes(size, '\0');
    if (!::BrotliEncoderCompress(
            5, BROTLI_DEFAULT_WINDOW, BROTLI_DEFAULT_MODE, text.size(),
            reinterpret_cast<const std::uint8_t*>(text.data()), &size, reinterpret_cast<std::uint8_t*>(bytes.data())))
        throw std::runtime_error("BrotliEncoderCompress");
    bytes.resize(size);
    return bytes;
}

[[nodiscard]] inline std::string zstd_of(std::string_view text) {
    std::string bytes(::ZSTD_compressBound(text.size()), '\0');
    const std::size_t size = ::ZSTD_compress(bytes.data(), bytes.size(), text.data(), text.size(), 3);
    if (::ZSTD_isError(size)) throw std::runtime_error("ZSTD_compress");
    bytes.resize(size);
    return bytes;
}

} // namespace plait::test
