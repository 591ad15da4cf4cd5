// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"
#include "character_references.hpp"
#include "toml_place.hpp"

#include <algorithm>

namespace plait::crawl {
namespace {

/// The bytes of the character that `rest` begins with.
std::size_t size_of_character(std::string_view rest) {
    std::size_t size = 1;
    while (size < rest.size() && static_cast<unsigned char>(rest[size]) >> 6 == 2)
        ++size;
    return size;
}

std::string_view from_place(std::string_view text, file_place where) {
    for (std::size_t line = 1; line < where.line; ++line)
        text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    for (std::size_t column = 1; column < where.column && !text.empty(); ++column)
        text.remove_prefix(size_of_character(text));
    return text;
}

/// A character within quotes: how it is written, and how long it is in the string.
struct written {
    std::size_t size, length;
};

written next_character(std::string_view rest, bool has_escapes) {
    if (!has_escapes || rest[0] != '\\' || rest.size() < 2) {
        const std::size_t size = size_of_character(rest);
        return {size, size};
    }
    const std::size_t digits = rest[1] == 'u' ? 4 : rest[1] == 'U' ? 8 : 0;
    char32_t code = 0;
    for (const char c : rest.substr(2, digits))
        code = code * 16 + static_cast<char32_t>(std::max(bytes::hex(c), 0));
    std::string decoded;
    append_utf8(decoded, code);
    return {2 + digits, decoded.size()};
}

} // namespace

std::string file_place::in(const std::string& path) const {
    return path + ':' + std::to_string(line) + ':' + std::to_string(column) + ": ";
}

file_place place_in_string(std::string_view text, file_place begin, std::size_t offset) {
    std::string_view rest = from_place(text, begin);
    if (rest.empty() || (rest[0] != '"' && rest[0] != '\'')) return begin;
    if (rest.starts_with("\"\"\"") || rest.starts_with("'''")) return begin;
    const bool has_escapes = rest[0] == '"';
    rest.remove_prefix(1);
    file_place at{begin.line, begin.column + 1};
    while (offset > 0 && !rest.empty()) {
        const written c = next_character(rest, has_escapes);
        at.column += c.size == c.length ? 1 : c.size; // an escape is ASCII
        offset -= std::min(offset, c.length);
        rest.remove_prefix(std::min(c.size, rest.size()));
    }
    return at;
}

} // namespace plait::crawl
