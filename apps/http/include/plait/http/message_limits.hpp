// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a message may cost its reader, whichever way it goes. Every limit has a default, so that none can be forgotten.

#include <cstddef>
#include <cstdint>

namespace plait::http {

struct message_limits {
    std::size_t header_count = 100;           ///< field lines
    std::size_t header_bytes = 16 * 1024;     ///< bytes of all field lines and the empty line
    std::uint64_t body = 1024 * 1024;         ///< bytes of the body once unchunked, where nobody says something else
    std::size_t chunk_line = 1024;            ///< bytes of one chunk-size line with its extensions
    std::size_t chunk_extensions = 16 * 1024; ///< bytes of all chunk extensions of one body
    std::size_t trailer_count = 100;          ///< trailer lines, which are read and dropped
    std::size_t trailer_bytes = 16 * 1024;    ///< bytes of all trailer lines
};

} // namespace plait::http
