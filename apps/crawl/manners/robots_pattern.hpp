// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   /Foo/%7ebar?x=*$  ──normal──▶  /Foo/~bar?x=*$  ──pieces──▶  "/Foo/~bar?x=" … ""  end
//   /Foo/~bar?x=ツ     ──normal──▶  /Foo/~bar?x=%E3%83%84
//
// Paths and the patterns of robots.txt in one form in which octets can be compared (RFC 9309 §2.2.2, §2.2.3), and the
// comparison.
//
// The form: %-encoded unreserved characters are decoded; every other octet that RFC 3986 does not let stand as it is,
// those beyond ASCII among them, is encoded, in capitals. '*' and '$' are encoded in paths, and stand in patterns for
// what they mean there: anything, and the end.
//
// Thread safety: that of any object.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace plait::crawl {

/// Of a path with its query. A fragment is dropped; "" and "?a" get the '/' they lack.
[[nodiscard]] std::string normal_path(std::string_view path_and_query);

/// The same with ':', '/', '?' and '@' decoded in the query, where they mean the same in both forms (RFC 3986 §3.4): so
/// that "?to=http%3A%2F%2Fa" and "?to=http://a" match each other, as RFC 9309 §2.2.2 shows it. A pattern of a query is in
/// this form; one that reaches it by a star may mean either: it is compared with both.
[[nodiscard]] std::string normal_path_with_plain_query(std::string_view path_and_query);

/// Of a pattern. Stars that follow a star are dropped; a '$' that is not the end stands for itself.
[[nodiscard]] std::string normal_pattern(std::string_view pattern);

/// Compares, and counts what that costs.
class robots_matcher {
public:
    /// Whether the pattern matches the path from its first octet on, up to the path's end if it ends with '$'. Both are
    /// in their normal form.
    ///
    /// Complexity: O(size of path), whatever the pattern: each piece between stars is found with Knuth, Morris and
    /// Pratt's algorithm, the first time that it occurs.
    [[nodiscard]] bool matches(std::string_view pattern, std::string_view path);

    /// How many octets were compared in all.
    [[nodiscard]] std::size_t steps() const noexcept { return steps_; }

private:
    [[nodiscard]] bool starts(std::string_view text, std::string_view with);
    [[nodiscard]] std::size_t find(std::string_view piece, std::string_view text);
    void learn(std::string_view piece);

    std::vector<std::uint32_t> borders_; ///< of the piece that is looked for
    std::size_t steps_ = 0;
};

} // namespace plait::crawl
