// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What the libraries of compression have in common. Each is known to one source.

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace plait::http {

class decompressor {
public:
    virtual ~decompressor() = default;

    enum class state : unsigned char {
        running, ///< more input must come
        may_end, ///< it is whole, and another one may follow
        over,    ///< it is whole, and nothing may follow
        damaged,
    };
    struct result {
        std::size_t used, made;
        state now;
    };

    /// Takes from `in` and fills `out`, as far as either goes. Not called again once over or damaged. Throws std::bad_alloc.
    virtual result decompress(std::string_view in, std::span<char> out) = 0;
};

[[nodiscard]] std::unique_ptr<decompressor> make_gunzip();
[[nodiscard]] std::unique_ptr<decompressor> make_inflate();
[[nodiscard]] std::unique_ptr<decompressor> make_unbrotli();
[[nodiscard]] std::unique_ptr<decompressor> make_unzstd();

} // namespace plait::http
