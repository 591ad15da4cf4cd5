// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Long texts in short lines, for --help and for configuration files.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace plait::intake {

/// `text` broken at its blanks, so that no line is longer than `width`, unless a word alone is. The lines have no end.
[[nodiscard]] inline std::string wrapped(std::string_view text, std::size_t width, std::string_view line_break = "\n") {
    std::string out;
    std::size_t used = 0;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        if (used != 0 && used + 1 + word.size() > width) {
            out += line_break;
            used = 0;
        } else if (used != 0) {
            out += ' ';
            ++used;
        }
        out += word;
        used += word.size();
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
    return out;
}

} // namespace plait::intake
