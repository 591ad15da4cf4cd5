// Copyright 2026 the plait authors. Boost Software License 1.0
#include "robots_pattern.hpp"

#include <optional>

namespace plait::crawl {
namespace {

constexpr bool is_unreserved(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

constexpr bool is_reserved(char c) noexcept {
    return std::string_view(":/?#[]@!$&'()*+,;=").find(c) != std::string_view::npos;
}

/// Reserved, but delimits nothing once the query has begun (RFC 3986 §3.4).
constexpr bool is_plain_in_a_query(char c) noexcept { return c == ':' || c == '/' || c == '?' || c == '@'; }

constexpr int digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<char> decoded(std::string_view three) noexcept {
    if (three.size() < 3 || three[0] != '%' || digit(three[1]) < 0 || digit(three[2]) < 0) return std::nullopt;
    return static_cast<char>(digit(three[1]) * 16 + digit(three[2]));
}

void append_encoded(std::string& to, char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto octet = static_cast<unsigned char>(c);
    to += '%';
    to += digits[octet >> 4U];
    to += digits[octet & 15U];
}

enum class query { as_it_is, plain };

class normaliser {
public:
    normaliser(std::size_t size, query how) : how_(how) { out_.reserve(size + size / 8 + 8); }

    /// What stands at the beginning of `rest`; how much of it that was.
    std::size_t take(std::string_view rest) {
        if (const auto octet = decoded(rest)) {
            if (is_unreserved(*octet) || (in_query_ && how_ == query::plain && is_plain_in_a_query(*octet)))
                out_ += *octet;
            else
                append_encoded(out_, *octet);
            return 3;
        }
        const char c = rest.front();
        if (c == '?') in_query_ = true;
        if (c != '*' && c != '$' && (is_unreserved(c) || is_reserved(c)))
            out_ += c;
        else
            append_encoded(out_, c);
        return 1;
    }
    void take_sign(char c) { out_ += c; }
    [[nodiscard]] bool ends_with_star() const noexcept { return out_.ends_with('*'); }
    std::string result() && { return std::move(out_); }

private:
    query how_;
    bool in_query_ = false;
    std::string out_;
};

std::string normal(std::string_view path, query how) {
    path = path.substr(0, path.find('#'));
    normaliser n(path.size(), how);
    if (!path.starts_with('/')) n.take("/");
    while (!path.empty())
        path.remove_prefix(n.take(path));
    return std::move(n).result();
}

} // namespace

std::string normal_path(std::string_view path_and_query) { return normal(path_and_query, query::as_it_is); }
std::string normal_path_with_plain_query(std::string_view path_and_query) {
    return normal(path_and_query, query::plain);
}

std::string normal_pattern(std::string_view pattern) {
    normaliser n(pattern.size(), query::plain);
    while (!pattern.empty()) {
        const bool is_star = pattern.front() == '*', is_end = pattern == "$";
        if (!is_star && !is_end) {
            pattern.remove_prefix(n.take(pattern));
            continue;
        }
        if (is_end || !n.ends_with_star()) n.take_sign(pattern.front());
        pattern.remove_prefix(1);
    }
    return std::move(n).result();
}

bool robots_matcher::matches(std::string_view pattern, std::string_view path) {
    const bool to_the_end = pattern.ends_with('$');
    if (to_the_end) pattern.remove_suffix(1);
    const std::size_t first = pattern.find('*');
    if (!starts(path, pattern.substr(0, first))) return false;
    if (first == std::string_view::npos) return !to_the_end || path.size() == pattern.size();
    path.remove_prefix(first);
    pattern.remove_prefix(first + 1);
    for (;;) { // the first place for each piece leaves most to the others
        const std::size_t star = pattern.find('*');
        const std::string_view piece = pattern.substr(0, star);
        if (star == std::string_view::npos && to_the_end)
            return piece.size() <= path.size() && starts(path.substr(path.size() - piece.size()), piece);
        const std::size_t at = find(piece, path);
        if (at == std::string_view::npos) return false;
        if (star == std::string_view::npos) return true;
        path.remove_prefix(at + piece.size());
        pattern.remove_prefix(star + 1);
    }
}

bool robots_matcher::starts(std::string_view text, std::string_view with) {
    if (with.size() > text.size()) return false;
    for (std::size_t i = 0; i < with.size(); ++i) {
        ++steps_;
        if (text[i] != with[i]) return false;
    }
    return true;
}

std::size_t robots_matcher::find(std::string_view piece, std::string_view text) {
    if (piece.empty()) return 0;
    if (piece.size() > text.size()) return std::string_view::npos;
    learn(piece);
    std::size_t same = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        while (++steps_, text[i] != piece[same] && same > 0)
            same = borders_[same - 1];
        if (text[i] == piece[same] && ++same == piece.size()) return i + 1 - same;
    }
    return std::string_view::npos;
}

// borders_[i] is the size of the longest proper prefix of the piece that its first i + 1 octets end with.
void robots_matcher::learn(std::string_view piece) {
    borders_.assign(piece.size(), 0);
    std::size_t same = 0;
    for (std::size_t i = 1; i < piece.size(); ++i) {
        while (++steps_, piece[i] != piece[same] && same > 0)
            same = borders_[same - 1];
        if (piece[i] == piece[same]) ++same;
        borders_[i] = static_cast<std::uint32_t>(same);
    }
}

} // namespace plait::crawl
