// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What can go wrong between a request and the end of its answer, each by a name that a program can act on. They are error
// codes of a category of their own.

#include <boost/system/error_code.hpp>

#include <string_view>
#include <type_traits>

namespace plait::http {

enum class fault : unsigned char {
    none,

    // Before anything was sent.
    invalid_request, ///< the request, or the origin, cannot be said in HTTP/1.1, or would say something else
    busy,            ///< no connection became free in time: as many as there may be are in use
    not_resolved,    ///< the host has no address
    address_refused, ///< the program did not let it connect to any of the host's addresses
    not_connected,   ///< no address of the host answers
    tls,             ///< TLS failed: the server is not who it should be, or it does not speak TLS

    // Time.
    connect_timed_out,    ///< the connection was not there in time
    first_byte_timed_out, ///< nothing of the answer came in time
    timed_out,            ///< the whole was not over in time

    // The answer. After these its connection is not used again: where another answer begins is not certain.
    closed,           ///< the connection ended before any byte of the answer
    truncated,        ///< the connection ended in the middle of the answer
    malformed,        ///< it is not the HTTP/1.1 of RFC 9112
    version,          ///< it is of a version that is not spoken here
    framing,          ///< where its body ends is not certain (RFC 9112 §6.3)
    head_too_large,   ///< its status line, its fields, or its trailers are beyond the limits
    body_too_large,   ///< its body is, or will be, longer than the limit
    chunk,            ///< its chunks are damaged, or their framing is beyond the limits
    too_many_interim, ///< there were too many answers of 1xx before it
    upgrade,          ///< it changes the protocol, which nobody asked for
    unasked,          ///< bytes came before anything was asked

    // What the answer's body becomes when it is decoded.
    coding_unknown,    ///< its coding was not offered, or there are several
    coding_damaged,    ///< it does not decode, or something follows its end
    coding_truncated,  ///< it decodes as far as it goes, and should go on
    decoded_too_large, ///< it becomes larger than the limit
    decoded_ratio,     ///< it becomes larger than what it was allows: a bomb
};

/// A fault of an answer's bytes, and one sentence about it.
struct response_fault {
    fault what = fault::none;
    std::string_view reason{}; ///< a literal, so that it outlives everything

    [[nodiscard]] explicit operator bool() const noexcept { return what != fault::none; }
};

[[nodiscard]] const boost::system::error_category& fault_category() noexcept;
[[nodiscard]] boost::system::error_code make_error_code(fault what) noexcept;

} // namespace plait::http

template <>
struct boost::system::is_error_code_enum<plait::http::fault> : std::true_type {};
