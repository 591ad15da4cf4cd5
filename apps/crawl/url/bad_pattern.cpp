// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bad_pattern.hpp"

namespace plait::crawl {
namespace {

/// Where the piece is, if that is certain and says something.
std::string position(std::string_view pattern, std::string_view piece) {
    const std::size_t at = pattern.find(piece);
    const bool certain = !piece.empty() && at != std::string_view::npos && pattern.rfind(piece) == at;
    return certain && piece != pattern ? " (byte " + std::to_string(at + 1) + ")" : "";
}

} // namespace

bad_pattern::bad_pattern(
    std::string_view option, std::string_view pattern, std::string_view error, std::string_view piece)
    : std::invalid_argument(
          std::string(option) + " '" + std::string(pattern) + "': " + std::string(error) + position(pattern, piece)) {}

} // namespace plait::crawl
