// Copyright 2026 the plait authors. Boost Software License 1.0
#include "table.hpp"

#include <algorithm>
#include <string_view>

namespace plait::inspector {
namespace {

/// Characters of UTF-8.
std::size_t width_of(std::string_view text) {
    auto is_first = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
    return static_cast<std::size_t>(std::ranges::count_if(text, is_first));
}

} // namespace

void table::print(std::ostream& out) const {
    std::vector<std::size_t> widths(rows_.front().size());
    for (auto& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], width_of(row[i]));
    for (auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            out << row[i];
            if (i + 1 < row.size()) out << std::string(widths[i] - width_of(row[i]) + 2, ' ');
        }
        out << '\n';
    }
}

} // namespace plait::inspector
