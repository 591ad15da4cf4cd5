// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A pattern that somebody wrote and RE2 cannot read.

#include <stdexcept>
#include <string>
#include <string_view>

namespace plait::crawl {

class bad_pattern : public std::invalid_argument {
public:
    /// `error` is RE2's text, and `piece` what of the pattern it complains of; perhaps nothing.
    bad_pattern(std::string_view option, std::string_view pattern, std::string_view error, std::string_view piece);
};

} // namespace plait::crawl
