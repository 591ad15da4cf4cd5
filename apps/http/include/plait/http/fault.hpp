// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What is wrong with an answer. After a fault its connection is not used again: where another answer begins is not certain.

#include <string_view>

namespace plait::http {

enum class fault : unsigned char {
    none,
    malformed,        ///< it is not the HTTP/1.1 of RFC 9112
    version,          ///< it is of a version that is not spoken here
    framing,          ///< where its body ends is not certain (RFC 9112 §6.3)
    head_too_large,   ///< its status line, or its fields, are beyond the limits; so for trailers
    body_too_large,   ///< its body is, or will be, longer than the limit
    chunk,            ///< its chunks are damaged, or their framing is beyond the limits
    truncated,        ///< the connection ended in the middle of it
    too_many_interim, ///< there were too many answers of 1xx before it
    upgrade,          ///< it changes the protocol, which nobody asked for
    unasked,          ///< bytes came before anything was asked
};

struct response_fault {
    fault what = fault::none;
    std::string_view reason{}; ///< a literal, so that it outlives everything

    [[nodiscard]] explicit operator bool() const noexcept { return what != fault::none; }
};

} // namespace plait::http
