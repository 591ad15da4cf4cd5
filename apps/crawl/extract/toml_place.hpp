// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Where something stands in a file of TOML: also what stands within a string, behind its escapes.

#include <cstddef>
#include <string>
#include <string_view>

namespace plait::crawl {

struct file_place {
    std::size_t line, column; // from 1; columns are characters, as editors count them

    /// As compilers write it: "films.toml:3:12: ".
    [[nodiscard]] std::string in(const std::string& path) const;
};

/// Of the byte `offset` of the string that is written at `begin` in `text`, with its quotes. The place of the string itself
/// if it is one of several lines.
[[nodiscard]] file_place place_in_string(std::string_view text, file_place begin, std::size_t offset);

} // namespace plait::crawl
